import io
import json
import subprocess
import sys
import threading

import pytest

from latebloom import worker
from latebloom.errors import LabError, LockedError
from latebloom.running import training
from latebloom.running.job import Job

JOB = Job("nowhere", ("addition-s0-1f3a9c02d4",)).plain()


@pytest.mark.parametrize(
    ("error", "name", "code"),
    [
        (LockedError("run a is being written by process 7"), "LockedError", 75),
        (LabError("read-only"), "LabError", 2),
        (MemoryError(), "ResourceError", 5),
        (RuntimeError("CUDA out of memory. Tried to allocate 20 GiB."), "ResourceError", 5),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
            "ResourceError",
            5,
        ),
    ],
)
def test_what_stops_a_job_is_answered_with_its_exit_code(monkeypatch, error, name, code):
    def fail(*_):
        raise error

    monkeypatch.setattr(training, "train_job", fail)
    answer = worker._train(JOB, threading.Event())
    assert (answer["kind"], answer["error"], answer["exit_code"]) == ("failed", name, code)
    assert "\n" not in answer["message"]
    if code == 5:
        assert answer["message"].startswith("out of memory; ")


def test_a_mistake_of_ours_is_not_taken_for_a_lack_of_memory(monkeypatch):
    def fail(*_):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(training, "train_job", fail)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        worker._train(JOB, threading.Event())


def test_a_job_that_is_stopped_is_not_whole(monkeypatch):
    stopping = threading.Event()
    monkeypatch.setattr(training, "train_job", lambda job, report, stopped: not stopped())
    assert worker._train(JOB, stopping) == {"kind": "finished", "whole": True}
    stopping.set()
    assert worker._train(JOB, stopping) == {"kind": "finished", "whole": False}


def test_messages_are_lines_of_json(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    worker._say({"kind": "warning", "message": "two\nlines"})
    assert json.loads(sys.stdout.getvalue()) == {"kind": "warning", "message": "two\nlines"}
    assert sys.stdout.getvalue().count("\n") == 1


def test_a_worker_refuses_a_lab_that_is_none_quits_when_told_and_ends_when_nobody_is_there(tmp_path):
    words = [sys.executable, "-m", "latebloom.worker"]
    job = Job(str(tmp_path / "none"), ("addition-s0-1f3a9c02d4",)).plain()
    asked = "".join(json.dumps(line) + "\n" for line in ({"kind": "job", "job": job}, {"kind": "quit"}))
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(asked)
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    assert (answer["kind"], answer["exit_code"]) == ("failed", 2)
    assert process.wait(timeout=60) == 0
    process.stdin.close()
    process.stdout.close()

    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as orphan:
        orphan.stdin.close()
        assert orphan.wait(timeout=60) == 1
