"""Thinning keeps every extreme of every stretch, the ends, and the gaps."""

import numpy as np
import pytest

from latebloom.views.thinning import places, thinned


@pytest.mark.parametrize("count", [0, 1, 3, 16, 17, 100, 9999])
@pytest.mark.parametrize("points", [4, 16, 101])
def test_no_more_points_than_asked_for_stay_ascending_with_both_ends(count, points):
    values = np.random.default_rng(count).normal(size=count)
    kept = places(values, points)
    assert len(kept) <= max(points, 4)
    assert np.all(np.diff(kept) > 0)
    if count:
        assert (kept[0], kept[-1]) == (0, count - 1)


def test_a_single_dip_and_a_single_peak_stay_wherever_they_are():
    for place in range(1, 5000, 137):
        values = np.zeros(5000)
        values[place], values[-place] = -1.0, 1.0
        kept = values[places(values, 100)]
        assert (kept.min(), kept.max()) == (-1.0, 1.0)


def test_the_extremes_of_any_window_that_holds_a_whole_stretch_are_seen():
    values = np.random.default_rng(0).normal(size=4000)
    kept = places(values, 402)
    for begin in range(0, 4000 - 20, 20):
        window = values[begin : begin + 20]
        inside = kept[(kept >= begin) & (kept < begin + 20)]
        assert {window.min(), window.max()} <= set(values[inside])


def test_what_is_not_finite_leaves_a_gap_and_hides_no_extreme():
    values = np.linspace(0, 1, 1000)
    values[::7], values[400:700] = np.inf, np.nan
    found = thinned(np.arange(1000) * 10, values, 50)
    assert found["of"] == 1000
    assert None in found["values"]
    seen = [value for value in found["values"] if value is not None]
    finite = values[np.isfinite(values)]
    assert (min(seen), max(seen)) == (finite.min(), finite.max())
    assert all(
        4000 <= step < 7000 or value is not None or step == 0
        for step, value in zip(found["steps"], found["values"], strict=True)
    )


def test_a_short_curve_stays_as_it_is():
    found = thinned(np.array([0, 5, 9]), np.array([1.0, np.nan, 2.0]), 16)
    assert found == {"steps": [0, 5, 9], "values": [1.0, None, 2.0], "of": 3}
