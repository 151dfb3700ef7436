from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import UnknownNameError
from latebloom.views import curves_view
from latebloom.views.curves import band

from .labs import Story, spec_of, tell, write

UNHURRIED = settings(deadline=None)  # the first example may load a library

nan, inf = math.nan, math.inf


def points(steps, values):
    return np.array(steps), np.array(values, dtype=np.float64)


def test_curves_come_back_as_they_were_stored(lab):
    run = write(lab, spec_of(0), [(0, 0.1, 0.0), (100, 1.0, 0.5)], values={"weight_norm": [3.0, nan]})
    view = curves_view(lab, [run], ["test_accuracy", "weight_norm"])
    assert view["runs"][0]["curves"]["test_accuracy"] == {"steps": [0, 100], "values": [0.0, 0.5]}
    assert view["runs"][0]["curves"]["weight_norm"] == {"steps": [0, 100], "values": [3.0, None]}
    json.dumps(view, allow_nan=False)


def test_without_names_all_numbers_come(lab):
    assert "participation_ratio" in curves_view(lab, [tell(lab, Story())])["names"]


def test_bands_are_per_group_in_the_order_of_the_groups(lab):
    ids = [
        write(lab, spec_of(seed, weight_decay=decay), [(0, 0.1, decay / 4 + seed / 8)])
        for decay in (2.0, 1.0)
        for seed in (0, 1, 2)
    ]
    view = curves_view(lab, ids, ["test_accuracy"])
    assert [group["label"] for group in view["groups"]] == [
        "optimizer.weight_decay=1.0",
        "optimizer.weight_decay=2.0",
    ]
    assert [group["bands"]["test_accuracy"]["median"] for group in view["groups"]] == [[0.375], [0.625]]


def test_where_runs_have_ended_the_band_says_how_many_are_left():
    found = band([points([0, 1, 2], [1, 2, 3]), points([0, 1], [3, 4]), points([0], [8])])
    assert (found["steps"], found["n"], found["median"]) == ([0, 1, 2], [3, 2, 1], [3, 3, 3])


def test_evaluations_at_different_steps_are_not_mixed():
    assert band([points([0, 2], [1, 1]), points([0, 3], [5, 7])])["median"] == [3, 1, 7]


def test_nan_does_not_count_and_infinity_does():
    found = band([points([0, 1], [nan, inf]), points([0, 1], [2, inf]), points([0, 1], [nan, 1])])
    assert (found["n"], found["median"]) == ([1, 3], [2, None])


@UNHURRIED
@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4), min_size=1, max_size=9))
def test_a_band_is_the_quartiles_over_runs(rows):
    found = band([points([0, 1, 2, 3], row) for row in rows])
    low, median, high = np.quantile(np.array(rows), [0.25, 0.5, 0.75], axis=0)
    assert np.allclose([found["low"], found["median"], found["high"]], [low, median, high])


def test_an_unknown_number_is_refused_with_the_known_ones(lab):
    with pytest.raises(UnknownNameError, match="test_accuracy"):
        curves_view(lab, [tell(lab, Story())], ["test_acuracy"])


def test_no_runs_have_no_curves(lab):
    assert curves_view(lab, []) == {"names": [], "runs": [], "groups": []}
