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


def written(folder, lab):
    """Bytes that the logs of a lab's runs hold: they grow as the study gets on, on machines of any speed."""
    return sum(log.stat().st_size for log in (folder / lab / "runs").glob("*/*.log"))


def run(folder, lab, *, killed_at=None):
    """The verdicts of the study, or None where it was killed when its logs had grown to `killed_at` bytes."""
    process = subprocess.Popen(
        command(*WORDS, "--lab", lab),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while True:
        try:
            out, err = process.communicate(timeout=None if killed_at is None else 0.02)
            break
        except subprocess.TimeoutExpired:
            if written(folder, lab) >= killed_at:
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
    whole = written(tmp_path, "alone")
    draws = random.Random(5)
    for kill in range(5):
        share = (kill + draws.random()) / 6
        assert run(tmp_path, "killed", killed_at=share * whole) is None
        time.sleep(1)  # for its workers to see that it is gone
    assert run(tmp_path, "killed") == left_alone
