"""With --control the page starts, stops, resumes and deletes runs; without it nothing; and never more than it says."""

import json
import os
import shutil
import subprocess
import time

import pytest

from latebloom.store import Lab, is_locked, open_run, read_run
from latebloom.store.lock import MeasuringLock
from latebloom.web.jobs import Jobs
from tests.cli.commands import SMALL
from tests.views.labs import Story, make, tell
from tests.web.asking import Server

PROOF = {"x-latebloom": "1"}
LONG = (
    SMALL.replace("steps = 60", "steps = 400000")
    .replace("every = 10", "every = 50", 1)
    .replace("seeds = 2", "seeds = 1")
)


@pytest.fixture
def lab(tmp_path):
    return make(tmp_path / "lab")


@pytest.fixture
def control(lab):
    server = Server(lab, control=True)
    yield server
    for job in list(server.context.jobs._jobs.values()):
        job.process.kill()
        job.process.wait()


def change(server, deed, headers=PROOF, **body):
    return server.ask(f"/api/control/{deed}", "POST", json=body, headers=headers)


def wait_until(done, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def test_a_run_is_started_from_toml_with_changes_stopped_resumed_and_deleted(lab, control):
    answer = change(control, "start", toml=LONG, set={"optimizer.weight_decay": 0.25}, seeds="7,")
    assert answer.status_code == 200, answer.text
    (run,) = answer.json()["runs"]
    assert "-s7-" in run
    wait_until(lambda: run in lab.run_ids() and read_run(lab, run).step >= 100)
    assert read_run(lab, run).document["spec"]["optimizer"]["weight_decay"] == 0.25
    assert (
        change(control, "start", toml=LONG, set={"optimizer.weight_decay": 0.25}, seeds="7,").status_code
        == 409
    )
    assert change(control, "delete", run=run, confirm=run).status_code == 409
    assert change(control, "stop", run=run).json() == {"ok": True, "runs": [run]}
    wait_until(lambda: not control.context.jobs.own())
    assert read_run(lab, run).status == "interrupted"
    stopped_at = read_run(lab, run).step
    assert change(control, "resume", run=run).status_code == 200
    wait_until(lambda: read_run(lab, run).step > stopped_at + 100)
    change(control, "stop", run=run)
    wait_until(lambda: not control.context.jobs.own())
    assert change(control, "delete", run=run, confirm=run).status_code == 200
    assert lab.run_ids() == []
    assert list(lab.runs.iterdir()) == []


def test_a_command_goes_on_when_the_server_ends_and_does_not_give_way(lab):
    jobs = Jobs()
    os_nice = os.nice(0)
    job = jobs.start("start", ["run", "demo", "--set=training.steps=400000", f"--lab={lab.path}"], ["none"])
    try:
        assert jobs.close() == [job.process.pid]
        assert job.process.poll() is None
        assert os.getsid(job.process.pid) == job.process.pid
        assert os.getpriority(os.PRIO_PROCESS, job.process.pid) == os_nice
    finally:
        job.process.kill()
        job.process.wait()


def test_a_command_that_fails_is_told_with_its_last_words(lab):
    told, jobs = [], Jobs()
    jobs.on_end = told.append
    jobs.start("start", ["run", "no-such-preset", f"--lab={lab.path}"], ["a"])
    wait_until(lambda: told)
    assert told[0]["code"] == 2
    assert "no-such-preset" in told[0]["message"]
    assert jobs.own() == []


def test_without_control_nothing_can_be_changed(ten_runs):
    server = Server(ten_runs)
    run = ten_runs.run_ids()[0]
    for deed, body in (("start", {"preset": "demo"}), ("stop", {"run": run}), ("resume", {"run": run})):
        assert change(server, deed, **body).status_code == 403
    answer = change(server, "delete", run=run, confirm=run)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "reading-only")
    assert run in ten_runs.run_ids()


def test_a_change_needs_the_proof_that_no_form_can_send(lab, control):
    run = tell(lab, Story(steps=200))
    for headers in ({}, {"x-latebloom": "0"}, {"x-latebloom": ""}):
        answer = change(control, "delete", headers=headers, run=run, confirm=run)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "no-proof")
    assert run in lab.run_ids()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_a_change_is_made_by_post_alone(lab, control, method):
    run = tell(lab, Story(steps=200))
    body = json.dumps({"run": run, "confirm": run})
    answer = control.ask("/api/control/delete", method, content=body, headers=PROOF)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert run in lab.run_ids()


@pytest.mark.parametrize("confirm", [None, "", "yes", True, ["x"], "ADDITION"])
def test_a_run_is_deleted_only_where_its_id_is_given_twice(lab, control, confirm):
    run = tell(lab, Story(steps=200))
    assert change(control, "delete", run=run, confirm=confirm).status_code == 400
    assert run in lab.run_ids()


def test_a_run_that_somebody_writes_or_measures_is_not_deleted(lab, control):
    run = tell(lab, Story(steps=200, until=100))
    with open_run(lab, run):
        assert change(control, "delete", run=run, confirm=run).status_code == 409
    measuring = MeasuringLock(lab.folder(run))
    try:
        assert change(control, "delete", run=run, confirm=run).status_code == 409
    finally:
        measuring.release()
    assert change(control, "delete", run=run, confirm=run).status_code == 200


def test_what_a_killed_removal_left_is_taken_away_by_the_next_and_a_link_is_not_followed(
    lab, control, tmp_path
):
    run = tell(lab, Story(steps=200))
    (lab.runs / ".addition-s9-0000000000.0.gone" / "arrays").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("stays")
    (lab.runs / ".other.0.gone").symlink_to(elsewhere)
    assert change(control, "delete", run=run, confirm=run).status_code == 200
    assert list(lab.runs.iterdir()) == []
    assert (elsewhere / "precious").read_text() == "stays"


def test_only_an_interrupted_run_is_resumed(lab, control):
    done = tell(lab, Story(steps=200))
    answer = change(control, "resume", run=done)
    assert (answer.status_code, "is done" in answer.json()["error"]["message"]) == (400, True)


def test_a_run_that_this_server_did_not_start_is_not_stopped(lab, control):
    run = tell(lab, Story(steps=200, until=100))
    answer = change(control, "stop", run=run)
    assert answer.status_code == 400
    assert "stop it where it was started" in answer.json()["error"]["message"]


WRONG = [
    {},
    {"preset": "demo", "toml": "x = 1"},
    {"preset": "no-such"},
    {"preset": "../demo"},
    {"preset": "/etc/passwd.toml"},
    {"preset": "small.toml"},
    {"preset": 3},
    {"toml": 3},
    {"toml": "= = ="},
    {"toml": "[task]\nname = 'addition'\nmodulus = 7\n[unknown]\n"},
    {"toml": "a" + ".a" * 200 + " = 1"},
    {"toml": "x = " + "[" * 5000},
    {"toml": "x = " + "9" * 5000},
    {"toml": "\x00"},
    {"preset": "demo", "set": []},
    {"preset": "demo", "set": {"optimizer.weight_decay": "heavy"}},
    {"preset": "demo", "set": {"--lab": "/tmp"}},
    {"preset": "demo", "set": {"a=b": 1}},
    {"preset": "demo", "set": {f"k{n}": 1 for n in range(100)}},
    {"preset": "demo", "seeds": "--lab=/tmp"},
    {"preset": "demo", "seeds": "1000000"},
    {"preset": "demo", "seeds": 3},
    {"preset": "demo", "look": "ring_scan"},
    {"preset": "demo", "look": [1]},
    {"preset": "demo", "look": ["x" * 300]},
    {"preset": "demo", "again": "yes"},
    {"preset": "demo", "device": "cuda"},
]


@pytest.mark.parametrize("body", WRONG, ids=lambda body: json.dumps(body)[:40])
def test_a_wrong_start_is_refused_in_words_and_starts_nothing(lab, control, body, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("something was started"))
    answer = control.ask("/api/control/start", "POST", json=body, headers=PROOF)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]
    assert lab.run_ids() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(control, body):
    for deed in ("start", "stop", "resume", "delete"):
        answer = control.ask(f"/api/control/{deed}", "POST", content=body, headers=PROOF)
        assert answer.status_code == 400


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(lab, control):
    answer = change(control, "start", toml="#" * 3_000_000)
    assert answer.status_code == 400
    assert "too large" in answer.json()["error"]["message"]
    answer = change(control, "start", toml="#" * 1_000_001)
    assert answer.status_code == 400
    assert "too large" in answer.json()["error"]["message"]


def test_locks_are_let_go_after_a_refused_deletion(lab, control):
    run = tell(lab, Story(steps=200))
    change(control, "delete", run=run, confirm="no")
    assert not is_locked(lab.folder(run))


def test_a_lab_in_which_nothing_can_be_written_says_so(tmp_path):
    lab = make(tmp_path / "lab")
    server = Server(Lab(lab.path), control=True)
    shutil.rmtree(lab.path)
    answer = change(server, "start", preset="demo")
    assert answer.status_code in (400, 409)
