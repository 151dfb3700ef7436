"""Real processes: signals, two at once, going on, and running again what is done."""

import json
import os
import signal
import subprocess
import time

import pytest

from latebloom.store import Lab, read_run
from latebloom.store.lock import HOLDER
from tests.cli.commands import SMALL, command, environment, say

LONG = (
    SMALL.replace("steps = 60", "steps = 2000")
    .replace("every = 10", "every = 100")
    .replace("every = 30", "every = 1000")
    .replace("width = 8", "width = 64")
)


class Going:
    """A command that is going on in a process group of its own, as one that a terminal starts."""

    def __init__(self, folder, *words):
        self.process = subprocess.Popen(
            command(*words), cwd=folder, env=environment(), text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def wait_for(self, text):
        """Read progress until a line holds the text."""
        for line in self.process.stderr:
            if text in line:
                return line
        raise AssertionError(f"ended with {self.process.wait()} before it said {text!r}")


@pytest.fixture
def start():
    """Start commands; whatever still goes on when a test has failed is ended."""
    begun = []

    def one(*words):
        begun.append(Going(*words))
        return begun[-1]

    yield one
    for going in begun:
        with going.process as process:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def place(tmp_path, monkeypatch):
    (tmp_path / "long.toml").write_text(LONG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


RUN = ("run", "long.toml", "--device", "cpu", "--workers", "1", "--lab", "lab")
RESUME = ("resume", "--device", "cpu", "--workers", "1", "--lab", "lab")


def test_a_run_is_locked_while_it_is_trained_stops_when_asked_and_goes_on_to_its_end(place, start):
    going = start(place, *RUN)
    going.wait_for("memorised at step")
    first = sorted(Lab.open("lab").run_ids())[0]
    worker = json.loads((Lab.open("lab").folder(first) / HOLDER).read_text())["pid"]
    os.kill(worker, signal.SIGSTOP)  # so that it cannot come to its end meanwhile
    second = say(*RUN)
    assert second.code == 75, second
    assert f"latebloom: run {first} is being written by process " in second.err
    assert "Traceback" not in second.err

    going.process.send_signal(signal.SIGTERM)
    going.wait_for("stopping: saving what was done; once more stops at once")
    os.kill(worker, signal.SIGCONT)
    out, err = going.process.communicate(timeout=100)
    assert going.process.returncode == 143
    assert err.splitlines()[-1] == (
        f"latebloom: stopped; everything is saved. Go on with: latebloom resume --lab {place / 'lab'}"
    )
    assert out == ""
    stored = read_run(Lab.open("lab"), first)
    assert stored.status == "interrupted"
    assert 0 < stored.step < 2000

    done = say(*RESUME, "--json")
    assert done.code == 0, done.err
    assert {entry["status"] for entry in json.loads(done.out)} == {"done"}


def test_a_signal_that_comes_before_training_has_begun_leaves_no_traceback(place, start):
    going = start(place, *RUN)
    going.wait_for("training 2 runs")
    time.sleep(0.05)
    os.killpg(going.process.pid, signal.SIGINT)
    out, err = going.process.communicate(timeout=100)
    assert going.process.returncode == 130
    assert "Traceback" not in err
    assert "Go on with: latebloom resume --lab " in err
    assert out == ""
