import json

import pytest

from latebloom.cli import watching
from latebloom.errors import InterruptionError
from latebloom.executors import Failure
from latebloom.running.execute import Outcome
from latebloom.store import Lab
from tests.cli.commands import say

RUN = ("run", "small.toml", "--lab", "lab", "--device", "cpu")


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_is_done_is_not_trained_twice_but_told(folder):
    before = contents(folder / "lab" / "runs")
    said = say(*RUN)
    assert said.code == 0
    assert said.err.splitlines() == [
        "2 runs are done already; --again trains anew",
        f"next: latebloom report --lab {folder / 'lab'}",
    ]
    assert said.out.startswith(
        "2 runs of addition, embedding-mlp, seeds 0, 1: all trained to the last step, 60.\n"
    )
    assert {
        path: data for path, data in contents(folder / "lab" / "runs").items() if path in before
    } == before


def test_again_trains_anew_what_is_done(folder):
    lab = Lab.open(folder / "lab")
    run = lab.run_ids()[0]
    spec = lab.folder(run) / "spec.json"
    before = spec.stat().st_mtime_ns
    said = say(*RUN, "--again", "--workers", "1", "--json", "--seeds", "1")
    assert said.code == 0, said.err
    assert [entry["status"] for entry in json.loads(said.out)] == ["done"]
    assert spec.stat().st_mtime_ns > before
    assert "training 1 run as 1 population in 1 process\n" in said.err
    assert "done already" not in said.err


def test_results_go_to_one_stream_and_progress_to_the_other(folder):
    said = say("run", "small.toml", "--lab", "new", "--device", "cpu", "--workers", "1", "--steps", "7")
    assert said.code == 0, said.err
    assert said.err.splitlines()[0] == "training 2 runs as 1 population in 1 process"
    assert said.err.splitlines()[-1].startswith("next: ")
    assert "100% · 2 lanes · " in said.err
    assert said.out.startswith("2 runs of addition, embedding-mlp, seeds 0, 1: ")


def test_resuming_what_is_done_says_so_and_trains_nothing(folder):
    said = say("resume", "--lab", "lab", "--device", "cpu")
    assert said.code == 0
    assert said.err.splitlines()[0] == "3 runs are done already"


def test_verifying_trains_the_last_stretch_again(folder):
    run = next(known for known in Lab.open("lab").run_ids() if "-s0-" in known)
    said = say("verify", run[:11], "--lab", "lab")
    assert said.code == 0, said.err
    assert said.out.startswith(f"{run}: steps 0 to 60 trained again: equal to the last bit\n  stored  ")
    found = json.loads(say("verify", run, "--lab", "lab", "--json").out)
    assert found["equal"] is True
    assert found["stored"] == found["trained"]


def test_a_dry_run_as_json_tells_what_it_would_take(folder):
    said = say(
        *RUN[:2], "--lab", "none", "--device", "cpu", "--dry-run", "--json", "--seeds", "5", "--workers", "2"
    )
    view = json.loads(said.out)
    assert (view["runs"], view["workers"], view["device"], view["preset"]) == (5, 2, "cpu", "small")
    assert [population["lanes"] for population in view["populations"]] == [3, 2]
    assert all(population["parameters"] == 255 for population in view["populations"])
    assert view["seconds"] > 0
    assert not (folder / "none").exists()


def test_a_dry_run_names_the_looks_that_it_does_not_count(folder):
    look = "local_learning_coefficient@parameters/train"
    asked = (*RUN[:2], "--device", "cpu", "--dry-run", "--workers", "1", "--look", look)
    assert json.loads(say(*asked, "--json").out)["not_counted"] == [look]
    assert say(*asked).out.splitlines()[-1] == f"not counted, since trying takes long: {look}"


def test_a_dry_run_names_only_the_first_of_many_runs(folder):
    said = say(*RUN[:2], "--device", "cpu", "--dry-run", "--seeds", "5", "--workers", "1")
    (line, total) = said.out.splitlines()
    assert line.endswith(" and 2 more")
    assert line.count("addition-s") == 3
    assert total.startswith("5 runs, 1 process: about ")


@pytest.fixture
def watched(folder, monkeypatch):
    """Call `watch` with an outcome or a fault instead of training."""

    def watch(act):
        return watching.watch(Lab.open(folder / "lab"), act)

    return watch


def test_a_second_signal_stops_at_once_and_tells_how_to_go_on(watched):
    import os
    import signal

    def insist(progress, asked):
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked()
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("went on")

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(
        InterruptionError, match=r"^stopped at once; what was saved before stays\. Go on with: "
    ) as caught:
        watched(insist)
    assert caught.value.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_failures_are_told_once_each_and_the_gravest_gives_the_exit_code(folder, capsys):
    failures = (Failure(0, "a is locked", 75), Failure(1, "a is locked", 75), Failure(2, "b is damaged", 4))
    outcome = Outcome((), (), failures, interrupted=False)
    assert watching.conclude(Lab.open(folder / "lab"), outcome, hint="", json=False) == 75
    said = capsys.readouterr()
    assert said.err == "latebloom: a is locked\nlatebloom: b is damaged\n"
    assert said.out == ""


def test_an_interrupted_outcome_tells_failures_and_how_to_go_on(watched, capsys):
    outcome = Outcome((), (), (Failure(0, "a worker process ended with code 1", 1),), interrupted=True)
    with pytest.raises(InterruptionError, match="everything is saved"):
        watched(lambda *_: outcome)
    assert capsys.readouterr().err.endswith("latebloom: a worker process ended with code 1\n")


def test_the_command_that_resumes_can_be_pasted_whatever_the_path(tmp_path):
    lab = Lab.open(tmp_path / "my lab; ls", create=True)
    with pytest.raises(InterruptionError) as caught:
        watching.watch(lab, lambda *_: Outcome((), (), (), interrupted=True))
    assert str(caught.value).endswith(f"latebloom resume --lab '{lab.path}'")
