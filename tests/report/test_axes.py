from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from latebloom.report.axes import StepAxis, thinned

UNHURRIED = settings(deadline=None)  # the first example may load a library

VALUES = st.lists(st.floats(-10, 10) | st.just(float("nan")), min_size=2, max_size=400)


def test_an_axis_over_two_decades_is_logarithmic_and_still_shows_step_zero():
    axis = StepAxis.over([[0, 10, 20, 5000], [0, 100, 200]])
    assert (axis.first, axis.last, axis.logarithmic) == (10, 5000, True)
    assert axis.ticks() == [0, 10, 100, 1000]


def test_a_short_axis_is_plain():
    assert not StepAxis.over([[0, 100, 200, 1000]]).logarithmic


def test_an_axis_of_nothing_is_an_axis():
    assert StepAxis.over([]) == StepAxis(1, 1)
    assert StepAxis.over([[0]]) == StepAxis(1, 1)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 1000), st.integers(1, 10**6))
def test_positions_are_those_that_matplotlib_draws_at(first, beyond):
    axis = StepAxis(first, first + beyond)
    steps = np.unique(np.linspace(0, axis.last, 50).round())
    panel = Figure().subplots()
    axis.put_on(panel)
    drawn = panel.transScale.transform(np.stack([steps, np.zeros_like(steps)], axis=1))[:, 0]
    assert np.allclose(axis.position(steps), drawn / drawn[-1], atol=1e-6)


@UNHURRIED
@given(VALUES, st.integers(1, 50))
def test_thinning_keeps_the_ends_the_gaps_and_the_extremes_of_every_column(values, columns):
    array, steps = np.array(values), np.arange(len(values)) * 10
    axis = StepAxis(10, max(10, int(steps[-1])))
    kept = thinned(axis, steps, array, columns)
    assert {0, len(array) - 1} <= set(kept.tolist())
    assert set(np.flatnonzero(np.isnan(array))) <= set(kept.tolist())
    column = np.minimum((axis.position(steps) * columns).astype(int), columns - 1)
    for one in np.unique(column):
        inside = array[(column == one) & np.isfinite(array)]
        drawn = array[kept][(column[kept] == one) & np.isfinite(array[kept])]
        if len(inside):
            assert (drawn.min(), drawn.max()) == (inside.min(), inside.max())


def test_thinning_a_long_curve_leaves_at_most_two_points_a_column():
    steps = np.arange(10_000)
    assert len(thinned(StepAxis(1, 9999), steps, np.sin(steps / 7.0), 100)) <= 202
