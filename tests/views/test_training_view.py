"""Training shows whole medians of groups, thinned with their extremes, over steps from any origin."""

import itertools
import shutil

import numpy as np
import pytest

from latebloom.errors import InputError, UnknownNameError
from latebloom.records import Event, Look
from latebloom.store import ColumnReader, open_run
from latebloom.views import curves_view
from latebloom.views.course_of_time import spans
from latebloom.views.timebar import timebar_view
from latebloom.views.training import Cut, training_view
from tests.views.labs import Story, damage_document, document_of, make, spec_of, tell, ten


@pytest.fixture
def lab(tmp_path):
    return make(tmp_path / "lab")


def read(lab):
    return ColumnReader(lab).read_all()


def test_without_thinning_curves_and_bands_are_those_of_the_curves_view(lab):
    ten(lab)
    tell(lab, Story(seed=3, weight_decay=2.0, every=30))
    names = ["test_accuracy", "activation_l2"]
    ours, theirs = (
        training_view(read(lab), names, Cut(members=True, points=100_000)),
        curves_view(lab, lab.run_ids(), names),
    )
    assert [run["id"] for run in ours["runs"]] == [run["id"] for run in theirs["runs"]]
    for mine, other in zip(ours["runs"], theirs["runs"], strict=True):
        assert mine["group"] == other["group"]
        for name, curve in other["curves"].items():
            assert (mine["curves"][name]["steps"], mine["curves"][name]["values"]) == (
                curve["steps"],
                curve["values"],
            )
    for mine, other in zip(ours["groups"], theirs["groups"], strict=True):
        assert (mine["label"], mine["n"]) == (other["label"], other["n"])
        for name, band in other["bands"].items():
            assert {key: mine["bands"][name][key] for key in band} == band


def test_where_none_is_named_those_numbers_are_shown_that_the_runs_have(lab):
    ten(lab)
    usual = ["train_accuracy", "test_accuracy", "train_loss", "test_loss"]
    assert training_view(read(lab))["names"] == usual
    for run in lab.run_ids():
        shutil.rmtree(lab.folder(run))
    with open_run(lab, *named(0)) as writer:
        writer.append(Look(10, {"perplexity": 3.0, "norm": 2.0}))
    assert training_view(read(lab))["names"] == ["norm", "perplexity"]
    assert training_view([])["names"] == []


def named(seed):
    document = document_of(spec_of(seed))
    return document["id"], document


def test_a_thinned_band_is_computed_of_all_points(lab):
    ten(lab, every=2)
    whole = training_view(read(lab), ["test_accuracy"], Cut(points=100_000))["groups"][0]["bands"][
        "test_accuracy"
    ]
    few = training_view(read(lab), ["test_accuracy"], Cut(points=60))["groups"][0]["bands"]["test_accuracy"]
    assert len(few["steps"]) <= 60 < few["of"] == len(whole["steps"])
    at = {step: whole["median"][place] for place, step in enumerate(whole["steps"])}
    assert few["median"] == [at[step] for step in few["steps"]]
    assert (min(few["low"]), max(few["high"])) == (min(whole["low"]), max(whole["high"]))


def test_steps_can_be_counted_from_what_happened_and_runs_without_it_are_left_out(lab):
    ten(lab)
    view = training_view(read(lab), ["test_accuracy"], Cut(origin="grokked_first", members=True))
    never = [run for run in view["runs"] if not run["curves"]]
    assert [run["seed"] for run in never] == [3]
    for run in view["runs"]:
        if run["curves"]:
            curve = run["curves"]["test_accuracy"]
            assert curve["values"][curve["steps"].index(0)] >= 0.9
            assert max(v for s, v in zip(curve["steps"], curve["values"], strict=True) if s < 0) < 0.9
    assert max(view["groups"][0]["bands"]["test_accuracy"]["n"]) == 9


def test_a_range_of_steps_is_cut_before_it_is_thinned(lab):
    run = tell(lab, Story(every=1))
    (curve,) = training_view(read(lab), ["test_accuracy"], Cut(first=1000, last=1100, points=200))["runs"]
    found = curve["curves"]["test_accuracy"]
    assert (found["steps"], found["of"]) == (list(range(1000, 1101)), 101)
    assert run == curve["id"]


def test_single_runs_are_given_where_they_are_few_or_asked_for(lab):
    ten(lab)
    runs = read(lab)
    assert all(not run["curves"] for run in training_view(runs)["runs"])
    assert all(run["curves"] for run in training_view(runs[:8])["runs"])
    assert all(run["curves"] for run in training_view(runs, cut=Cut(members=True))["runs"])


def test_a_number_that_no_run_has_is_refused_and_before_the_first_record_none_is_missed(lab):
    tell(lab, Story(steps=200))
    with pytest.raises(UnknownNameError, match="no number 'weight'"):
        training_view(read(lab), ["weight"])
    assert training_view([], ["weight"])["groups"] == []


def test_a_run_whose_settings_are_lost_is_left_out(lab):
    lost, kept = tell(lab, Story(seed=1, steps=200)), tell(lab, Story(seed=2, steps=200))
    damage_document(lab, lost)
    assert [run["id"] for run in training_view(read(lab))["runs"]] == [kept]


def test_stages_follow_one_another_without_gap_to_the_end():
    events = [
        Event(name, step, step)
        for name, step in (
            ("memorised", 10),
            ("grokked_first", 50),
            ("grokked_stable", 60),
            ("collapsed", 80),
            ("recovered", 90),
        )
    ]
    found = spans(events, 0, 100)
    assert [span["stage"] for span in found] == [
        "fitting",
        "memorised",
        "grokking",
        "grokked",
        "collapsed",
        "grokked",
    ]
    assert (found[0]["from"], found[-1]["to"]) == (0, 100)
    assert all(a["to"] == b["from"] for a, b in itertools.pairwise(found))
    assert spans([], 0, 0) == [{"from": 0, "to": 0, "stage": "fitting"}]
    together = [Event("memorised", 10, 10), Event("grokked_first", 10, 10)]
    assert [span["stage"] for span in spans(together, 0, 20)] == ["fitting", "grokking"]


def test_the_time_bar_of_a_run_has_its_accuracies_snapshots_and_events(lab):
    tell(lab, Story(every=1))
    (run,) = read(lab)
    bar = timebar_view([run])
    assert (bar["first"], bar["last"], bar["live"], bar["snapshots"]) == (0, 3000, False, [0])
    assert len(bar["steps"]) <= 400
    assert [event["name"] for event in bar["events"]] == [event.name for event in run.events]
    assert bar["stages"][-1]["stage"] == "grokked"


def test_the_time_bar_of_several_runs_is_their_median(lab):
    ten(lab, every=100)
    runs = read(lab)
    bar = timebar_view(runs)
    expected = np.median([run.curve("test_accuracy")[1] for run in runs], axis=0)
    assert bar["test"] == pytest.approx(expected.tolist())
    assert (bar["events"], bar["stages"]) == ([], [])
    with pytest.raises(InputError, match="no run"):
        timebar_view([])
