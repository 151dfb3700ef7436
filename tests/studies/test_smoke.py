"""A whole study, from its arms to its verdicts, by the command line."""

import json
import subprocess
import sys

import pytest

from latebloom.studies.early import STUDY

SOMETHING_NOT_REPRODUCED = 3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_study_runs_end_to_end_at_smoke_scale_and_says_that_it_is_no_evidence(tmp_path):
    command = [sys.executable, "-m", "latebloom", "study", "run", "early", "--scale", "smoke", "--json"]
    done = subprocess.run([*command, "--lab", str(tmp_path / "lab")], capture_output=True, text=True)
    assert done.returncode in (0, SOMETHING_NOT_REPRODUCED), done.stderr
    board = json.loads(done.stdout)
    assert board["evidence"] is False
    assert [one["claim"] for one in board["verdicts"]] == [claim.name for claim in STUDY.claims]
    assert {one["verdict"] for one in board["verdicts"]} <= {"reproduced", "refuted", "undecided"}
