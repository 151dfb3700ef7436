"""A stretch of a run, looked at densely afterwards: the same run to the last bit, or said not to be."""

import pytest

from latebloom.errors import DamagedError, InputError, UnknownNameError
from latebloom.running import zoom as zooming
from latebloom.running.training import train_job
from latebloom.running.zoom import zoom
from latebloom.running.zoom_window import Window, window_around
from latebloom.store import curve, read_run
from latebloom.store.zooms import read_zooms
from tests.running.labs import planned, specs
from tests.running.test_resume import STOPPING


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Three runs that train to their end."""
    lab, (job,) = planned(tmp_path_factory.mktemp("zoom") / "lab", specs(3))
    assert train_job(job, lambda _: None, bool)
    return lab


@pytest.fixture(scope="module")
def stopping(tmp_path_factory):
    """Runs of which some stop early, so that the population shrinks while the others train on."""
    changes = {**STOPPING, "snapshots": {"every": 10}}
    lab, (job,) = planned(tmp_path_factory.mktemp("zoom") / "stopping", specs(4, **changes))
    assert train_job(job, lambda _: None, bool)
    return lab


def test_a_replay_from_the_beginning_is_the_original_to_the_last_bit(trained):
    run = trained.run_ids()[1]
    found = zoom(trained, run, Window("memorised", 20, 14, 26, 2))
    assert [look["step"] for look in found["looks"]] == [14, 16, 18, 20, 22, 24, 26]
    assert (found["replayed_from"], found["lanes"]) == (0, 3)
    assert [(one["step"], one["with"], one["equal"], one["farthest"]) for one in found["agreed"]] == [
        (30, "snapshot", True, 0.0)
    ]
    steps, losses = curve(read_run(trained, run), "train_loss")
    (seen,) = (look["values"]["train_loss"] for look in found["looks"] if look["step"] == 20)
    assert seen == losses[steps.tolist().index(20)]


def test_a_stretch_behind_a_checkpoint_is_replayed_from_there(trained):
    run = trained.run_ids()[0]
    found = zoom(trained, run, Window("late", 55, 52, 58, 1), looks=["stable_rank@parameter.readout.weight"])
    assert found["replayed_from"] == 50
    assert found["agreed"] == [{"step": 60, "with": "checkpoint", "equal": True, "farthest": 0.0}]
    assert all("stable_rank@parameter.readout.weight" in look["values"] for look in found["looks"])
    assert found["measured"] == ["stable_rank@parameter.readout.weight"]


def test_a_replay_shrinks_its_population_where_the_original_did(stopping):
    ends = {run: read_run(stopping, run).looks[-1].step for run in stopping.run_ids()}
    last = max(ends, key=lambda run: ends[run])
    assert min(ends.values()) < ends[last]
    found = zoom(stopping, last, window_around(read_run(stopping, last), "grokked_first", 1))
    assert found["agreed"]
    assert all(one["equal"] for one in found["agreed"])
    events = [(event["name"], event["step"]) for look in found["looks"] for event in look["events"]]
    (coarse,) = (one.step for one in read_run(stopping, last).events if one.name == "grokked_first")
    (dense,) = (step for name, step in events if name == "grokked_first")
    assert coarse - 2 < dense <= coarse


def test_a_replay_that_is_not_the_original_says_where_and_by_how_much(trained, monkeypatch):
    build = zooming.population_of

    def perturbed(*arguments):
        population, state = build(*arguments)
        state.parameters[:, 0] += 1e-3
        return population, state

    monkeypatch.setattr(zooming, "population_of", perturbed)
    found = zoom(trained, trained.run_ids()[2], Window("memorised", 20, 18, 22, 2))
    (agreed,) = found["agreed"]
    assert not agreed["equal"]
    assert agreed["farthest"] > 1e-5


def test_what_was_seen_is_stored_beside_the_runs_own_records_and_not_among_them(trained):
    run = trained.run_ids()[0]
    before = read_run(trained, run)
    found = zoom(trained, run, Window("memorised", 20, 19, 21, 1))
    assert read_run(trained, run).looks == before.looks
    stored = [one for one in read_zooms(trained, run) if one["start"] == 19]
    assert stored == [{key: value for key, value in found.items() if key != "file"}]
    path = trained.folder(run) / found["file"]
    path.write_text(path.read_text().replace("memorised", "memorized"))
    with pytest.raises(DamagedError, match="checksum"):
        read_zooms(trained, run)
    path.unlink()


def test_the_stretch_is_two_evaluations_on_each_side_unless_a_width_is_asked_for(stopping):
    run = read_run(stopping, stopping.run_ids()[0])
    (at,) = (one.step for one in run.events if one.name == "grokked_first")
    found = window_around(run, "grokked_first", 5)
    assert (found.start, found.stop) == (at - 4, min(run.step, at + 4))
    assert window_around(run, "grokked_first", 5, width=3).start == at - 3
    assert Window("x", 20, 14, 26, 5).steps == (14, 15, 20, 25, 26)


def test_a_stretch_that_cannot_be_is_refused(stopping, trained):
    run = read_run(stopping, stopping.run_ids()[0])
    with pytest.raises(UnknownNameError, match="did you mean 'grokked_first'"):
        window_around(run, "groked_first", 5)
    with pytest.raises(InputError, match="--every is 0"):
        window_around(run, "grokked_first", 0)
    with pytest.raises(InputError, match="nothing has happened to run"):
        window_around(read_run(trained, trained.run_ids()[0]), "grokked_first", 5)
    with pytest.raises(InputError, match="step 61 is none of run"):
        window_around(read_run(trained, trained.run_ids()[0]), 61, 5)
    assert window_around(read_run(trained, trained.run_ids()[0]), 30, 5) == Window("", 30, 10, 50, 5)
