"""A study that is killed at random and begun again comes to the same verdicts as one that is left alone."""

import json
import random
import subprocess
import time

import pytest

from tests.cli.commands import command, environment
from tests.study.small import TEXT

LONGER = TEXT.replace('"steps": 60', '"steps": 600').replace(
    'run.at("weight_norm", 60)', 'run.last("weight_norm")'
)
WORDS = ("study", "run", "./small.py", "--scale", "laptop", "--checkpoint-seconds", "0.2", "--json")


def run(folder, lab, *, killed_after=None):
    process = subprocess.Popen(
        command(*WORDS, "--lab", lab),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, err = process.communicate(timeout=killed_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    assert process.returncode == 0, err
    return json.loads(out)["verdicts"]


@pytest.mark.slow
def test_a_study_killed_five_times_and_resumed_gives_the_same_verdicts(tmp_path):
    assert LONGER != TEXT
    (tmp_path / "small.py").write_text(LONGER)
    left_alone = run(tmp_path, "alone")
    draws = random.Random(5)
    kills = 0
    while kills < 5:
        finished = run(tmp_path, "killed", killed_after=draws.uniform(5, 14))
        kills += 1
        if finished is not None:
            break
        time.sleep(1)  # for its workers to see that it is gone
    assert run(tmp_path, "killed") == left_alone
    assert kills == 5
