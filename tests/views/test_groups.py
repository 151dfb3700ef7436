from __future__ import annotations

import json

import pytest

from latebloom.views import group_view

from .labs import Story, damage_document, damage_log, spec_of, tell, ten, write


def never(last, *, memorised=100):
    return [(s, 1.0 if s >= memorised else 0.1, 0.1) for s in range(0, last + 1, 100)]


def grokking(step, last, *, memorised=100):
    return [(s, 1.0 if s >= memorised else 0.1, 1.0 if s >= step else 0.1) for s in range(0, last + 1, 100)]


def test_runs_that_differ_only_in_their_seed_are_one_group(lab):
    ids = [tell(lab, Story(seed=seed)) for seed in (2, 0, 1)]
    view = group_view(lab, ids)
    [group] = view["groups"]
    assert (group["label"], group["n"], group["seeds"]) == ("addition, transformer", 3, [0, 1, 2])
    assert view["differs"] == []
    assert "seed" not in group["spec"]
    assert [run["id"] for run in view["runs"]] == ids


def test_groups_are_labelled_by_what_differs_and_ordered_by_it(lab):
    ids = [tell(lab, Story(seed=seed, weight_decay=decay)) for decay in (10.0, 0.5, 2.0) for seed in (0, 1)]
    view = group_view(lab, ids)
    assert [group["label"] for group in view["groups"]] == [
        f"optimizer.weight_decay={d}" for d in (0.5, 2.0, 10.0)
    ]
    assert [group["n"] for group in view["groups"]] == [2, 2, 2]
    assert view["groups"][0]["differs"] == {"optimizer.weight_decay": 0.5}
    assert all(run["id"] in view["groups"][run["group"]]["runs"] for run in view["runs"])


def test_runs_that_did_not_grok_are_censored_at_their_last_evaluation_and_never_left_out(lab):
    ids = [write(lab, spec_of(0), grokking(500, 1000)), write(lab, spec_of(1), grokking(900, 1000))]
    ids += [write(lab, spec_of(seed), never(last), end="") for seed, last in ((2, 700), (3, 1000))]
    [group] = group_view(lab, ids)["groups"]
    grokked = group["grokked_first"]
    assert (grokked["rate"]["count"], grokked["rate"]["of"]) == (2, 4)
    assert grokked["times"]["curve"]["censored"] == [700, 1000]
    assert (grokked["times"]["lower_quartile"], grokked["times"]["median"]) == (500, 900)
    assert grokked["known_to"] == 100
    assert group["ratio"]["censored"] == 2
    assert group["ratio"]["curve"]["censored"] == [7, 10]
    assert group["unfinished"] == 2


def test_all_evaluated_runs_stand_behind_a_rate_and_those_without_evaluation_are_counted_apart(lab):
    ids = [write(lab, spec_of(0), grokking(500, 1000)), write(lab, spec_of(1), [], end="")]
    [group] = group_view(lab, ids)["groups"]
    assert (group["n"], group["evaluated"], group["memorised"]["rate"]["of"]) == (2, 1, 1)


def test_collapses_and_divergence_are_counted(lab):
    ids = [
        tell(lab, Story(seed=0, grokked=800, falls=((2000, 9999),))),
        tell(lab, Story(seed=1, grokked=800, falls=((2000, 2100),))),
        tell(lab, Story(seed=2, diverged=700)),
        tell(lab, Story(seed=3, grokked=800)),
    ]
    [group] = group_view(lab, ids)["groups"]
    assert (group["collapsed"], group["fell"], group["oscillated"], group["diverged"]) == (1, 2, 2, 1)
    assert group["statuses"] == {"diverged": 1, "done": 3}
    assert group["up_time"]["of"] == 3
    assert group["up_time"]["lowest"] < group["up_time"]["median"]
    assert group["grokked_first"]["times"]["curve"]["censored"] == [680]


def test_a_run_with_a_damaged_log_counts_as_far_as_it_is_sound(lab):
    ids = ten(lab)
    whole = group_view(lab, ids)["groups"][0]
    damage_log(lab, ids[9], 0.5)
    view = group_view(lab, ids)
    group = view["groups"][0]
    assert group["n"] == whole["n"]
    assert group["statuses"]["damaged"] == 1
    assert group["grokked_first"]["times"]["censored"] == whole["grokked_first"]["times"]["censored"] + 1
    assert view["left_out"] == []


def test_a_run_whose_settings_cannot_be_read_is_named_and_in_no_group(lab):
    ids = [tell(lab, Story(seed=seed)) for seed in range(3)]
    damage_document(lab, ids[1])
    view = group_view(lab, ids)
    assert view["groups"][0]["n"] == 2
    assert [out["id"] for out in view["left_out"]] == [ids[1]]
    assert view["left_out"][0]["problem"].startswith(f"runs/{ids[1]}/spec.json: the checksum does not fit")
    assert [run["group"] for run in view["runs"]] == [0, None, 0]


def test_memorising_at_step_zero_has_no_ratio_and_spoils_no_other(lab):
    ids = [
        write(lab, spec_of(0), grokking(500, 1000, memorised=0)),
        write(lab, spec_of(1), grokking(600, 1000)),
    ]
    assert group_view(lab, ids)["groups"][0]["ratio"]["curve"]["at"] == [0, 6]


def test_no_run_counts_twice(lab):
    run = tell(lab, Story())
    assert group_view(lab, [run, run])["groups"][0]["n"] == 1


def test_the_view_of_no_runs_is_empty_and_of_any_runs_is_json(lab):
    assert group_view(lab, [])["groups"] == []
    json.dumps(group_view(lab, ten(lab)), allow_nan=False)


def test_environments_are_listed_once_each_with_their_runs(lab):
    ids = [tell(lab, Story(seed=seed)) for seed in range(3)]
    [entry] = group_view(lab, ids)["groups"][0]["environment"]
    assert (entry["runs"], entry["threads"], entry["device"]) == (3, 1, "cpu")


@pytest.mark.parametrize(("milestone", "known"), [("memorised", 50), ("grokked_first", 400)])
def test_the_resolution_is_the_widest_distance_to_the_evaluation_before(lab, milestone, known):
    steps = [0, 50, 100, 500]
    ids = [write(lab, spec_of(0), [(s, 1.0 if s else 0.1, 1.0 if s == 500 else 0.0) for s in steps])]
    ids += [write(lab, spec_of(1), [(s, 1.0 if s else 0.1, 1.0 if s >= 100 else 0.0) for s in steps])]
    assert group_view(lab, ids)["groups"][0][milestone]["known_to"] == known
