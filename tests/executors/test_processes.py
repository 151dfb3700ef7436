"""Real worker processes: small programs that speak the workers' language."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from latebloom.errors import ResourceError
from latebloom.executors import Failure, Workers, run_in_process

WORKER = """
import json, os, sys, time
for line in sys.stdin:
    request = json.loads(line)
    if request["kind"] == "quit":
        break
    if request["kind"] == "stop":
        continue
    job = request["job"]
    def say(**message):
        print(json.dumps(message), flush=True)
    if job["do"] == "die":
        os.kill(os.getpid(), 9)
    if job["do"] == "die once" and not os.path.exists(job["mark"]):
        open(job["mark"], "w").close()
        os.kill(os.getpid(), 9)
    if job["do"] == "fail":
        say(kind="failed", message="no space", exit_code=5)
        continue
    if job["do"] == "until told":
        say(kind="progress", pid=os.getpid())
        assert json.loads(sys.stdin.readline())["kind"] == "stop"
        say(kind="finished", whole=False)
        continue
    if job["do"] == "chatter":
        print("a library says hello", flush=True)
        print(17, flush=True)
    say(kind="progress", name=job["do"], pid=os.getpid())
    say(kind="finished", whole=True)
"""
COMMAND = [sys.executable, "-c", WORKER]


def carried_out(requests, workers=2, should_stop=lambda heard: False, command=COMMAND):
    heard = []
    with Workers(command) as crew:
        failures, whole = crew.carry_out(
            requests,
            at_once=workers,
            on_message=lambda *said: heard.append(said),
            should_stop=lambda: should_stop(heard),
        )
    return failures, whole, heard


def test_requests_are_all_carried_out_by_as_many_processes_as_asked_for():
    failures, whole, heard = carried_out([{"do": f"work {number}"} for number in range(7)], workers=3)
    assert (failures, whole) == ([], True)
    assert sorted((request, message["name"]) for request, message in heard) == [
        (n, f"work {n}") for n in range(7)
    ]
    assert len({message["pid"] for _, message in heard}) <= 3


def test_nothing_to_do_starts_no_process():
    assert carried_out([], command=["no such program"]) == ([], True, [])


def test_a_worker_that_dies_once_is_started_again(tmp_path):
    failures, whole, heard = carried_out(
        [{"do": "die once", "mark": str(tmp_path / "mark")}, {"do": "other"}]
    )
    assert (failures, whole) == ([], True)
    assert "died" in next(message["message"] for _, message in heard if message["kind"] == "warning")


def test_a_worker_that_dies_twice_takes_only_its_own_request_with_it():
    failures, _, heard = carried_out([{"do": "die"}, {"do": "a"}, {"do": "b"}], workers=1)
    assert [(failure.request, failure.exit_code) for failure in failures] == [(0, 1)]
    assert "signal 9" in failures[0].message
    assert {message["name"] for _, message in heard if message["kind"] == "progress"} == {"a", "b"}


def test_a_request_that_fails_says_why_and_the_others_go_on():
    failures, whole, heard = carried_out([{"do": "fail"}, {"do": "a"}], workers=1)
    assert failures == [Failure(0, "no space", 5)]
    assert whole
    assert len(heard) == 1


def test_what_a_library_prints_in_a_worker_is_a_warning_and_hinders_nothing():
    failures, whole, heard = carried_out([{"do": "chatter"}], workers=1)
    assert (failures, whole) == ([], True)
    assert [m["message"] for _, m in heard if m["kind"] == "warning"] == ["a library says hello", "17"]


def test_asked_to_stop_workers_save_and_nothing_new_begins():
    failures, whole, begun = carried_out([{"do": "until told"}] * 4, should_stop=bool)
    assert (failures, whole) == ([], False)
    assert 1 <= len(begun) <= 2


def batch(crew, *words, should_stop=lambda heard: False):
    heard = []
    outcome = crew.carry_out(
        [{"do": word} for word in words],
        at_once=2,
        on_message=lambda *said: heard.append(said),
        should_stop=lambda: should_stop(heard),
    )
    return outcome, {message["pid"] for _, message in heard if "pid" in message}


def test_workers_that_are_kept_carry_out_the_next_batch_too():
    with Workers(COMMAND) as crew:
        _, first = batch(crew, "a", "b", "c", "d")
        outcome, second = batch(crew, "e", "f")
        assert outcome == ([], True)
        assert len(first) == 2
        assert second <= first
        assert all(map(alive, first))
    assert not any(map(alive, first))


def test_a_kept_worker_that_died_in_between_is_replaced():
    with Workers(COMMAND) as crew:
        _, first = batch(crew, "a")
        os.kill(*first, signal.SIGKILL)
        crew.workers[0].process.wait()
        outcome, second = batch(crew, "b")
        assert outcome == ([], True)
        assert len(second) == 1
        assert second.isdisjoint(first)


def test_workers_that_were_told_to_stop_are_not_kept():
    with Workers(COMMAND) as crew:
        outcome, first = batch(crew, "until told", should_stop=bool)
        assert outcome == ([], False)
        assert not any(map(alive, first))
        assert batch(crew, "a")[0] == ([], True)


def test_in_this_process_failures_are_told_apart_from_stopping():
    def work(request, report, should_stop):
        if request["do"] == "fail":
            raise ResourceError("no space")
        report({"kind": "progress"})
        return not should_stop()

    heard = []
    listen = {"on_message": lambda *said: heard.append(said)}
    requests = [{"do": "fail"}, {"do": "work"}]
    assert run_in_process(work, requests, should_stop=lambda: False, **listen) == (
        [Failure(0, "no space", 5)],
        True,
    )
    assert heard == [(1, {"kind": "progress"})]
    assert run_in_process(work, requests, should_stop=lambda: True, **listen)[1] is False


def alive(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return status != "Z"


def test_workers_end_when_whoever_started_them_is_killed():
    program = (
        "import subprocess, sys\n"
        "worker = subprocess.Popen([sys.executable, '-m', 'latebloom.worker'], stdin=subprocess.PIPE)\n"
        "print(worker.pid, flush=True)\n"
        "worker.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    assert alive(worker)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(200):
        if not alive(worker):
            break
        time.sleep(0.1)
    assert not alive(worker)
