from __future__ import annotations

import json
from contextlib import ExitStack

from latebloom.store import read
from latebloom.views import list_view

from .labs import Story, damage_log, spec_of, tell, write


def test_an_empty_lab_lists_no_runs(lab):
    assert list_view(lab) == []


def test_a_list_says_of_each_run_how_far_it_is_and_what_happened(lab):
    run = write(
        lab,
        spec_of(4),
        [(0, 0.1, 0.0), (100, 1.0, 0.2), (200, 1.0, 0.97), (300, 1.0, 0.1)],
        end="",
        preset="demo",
    )
    [entry] = list_view(lab)
    assert (entry["id"], entry["preset"], entry["task"], entry["seed"]) == (run, "demo", "addition", 4)
    assert (entry["status"], entry["step"], entry["steps"]) == ("interrupted", 300, 3000)
    assert (entry["train_accuracy"], entry["test_accuracy"]) == (1.0, 0.1)
    assert (entry["memorised"], entry["grokked_first"], entry["grokked_stable"]) == (100, 200, None)
    assert (entry["oscillations"], entry["collapsed"]) == (1, True)
    assert [event["name"] for event in entry["events"]] == [
        "memorised",
        "grokked_first",
        "oscillation",
        "collapsed",
    ]
    json.dumps(entry, allow_nan=False)


def test_a_run_that_came_back_is_not_called_collapsed(lab):
    write(lab, spec_of(0), [(0, 1.0, 0.95), (100, 1.0, 0.1), (200, 1.0, 0.95)])
    assert not list_view(lab)[0]["collapsed"]


def test_running_diverged_and_damaged_runs_say_so(lab):
    with ExitStack() as stack:
        running = tell(lab, Story(seed=0, until=400), keep_open=stack)
        diverged = tell(lab, Story(seed=1, diverged=500))
        damaged = tell(lab, Story(seed=2))
        damage_log(lab, damaged)
        entries = {entry["id"]: entry for entry in list_view(lab)}
    assert entries[running]["status"] == "running"
    assert (entries[diverged]["status"], entries[diverged]["step"]) == ("diverged", 500)
    assert entries[damaged]["status"] == "damaged"
    assert "looks.log" in entries[damaged]["problem"]


def test_a_second_list_reads_no_log(lab, monkeypatch):
    for seed in range(3):
        tell(lab, Story(seed=seed))
    first = list_view(lab)

    def refused(*_):
        raise AssertionError("a log was read")

    monkeypatch.setattr(read, "scan_log", refused)
    assert list_view(lab) == first


def test_a_value_that_is_not_finite_is_none(lab):
    write(lab, spec_of(0), [(0, float("nan"), 0.0)])
    assert list_view(lab)[0]["train_accuracy"] is None
