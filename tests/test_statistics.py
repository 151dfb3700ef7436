from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.statistics import quartiles, rate, times

UNHURRIED = settings(deadline=None)  # the first example may load a library

STEPS = st.lists(st.integers(1, 50), min_size=1, max_size=30)


@UNHURRIED
@given(st.integers(1, 200).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_rate_has_the_interval_of_wilsons_formula(counts):
    count, of = counts
    z, share = 1.959963984540054, count / of
    middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z * math.sqrt(share * (1 - share) / of + z**2 / (4 * of**2)) / (1 + z**2 / of)
    found = rate(count, of)
    assert found["share"] == share
    assert found["low"] == pytest.approx(max(0.0, middle - half), abs=1e-9)
    assert found["high"] == pytest.approx(min(1.0, middle + half), abs=1e-9)


def test_a_rate_of_no_runs_is_no_number():
    assert rate(0, 0) == {"count": 0, "of": 0, "share": None, "low": None, "high": None}


def test_the_survival_curve_is_the_product_of_fractions_at_risk():
    """Worked by hand: 6 runs, one leaves unseen at 2 and one at 4."""
    curve = times([1, 3, 3, 5], [2, 4])["curve"]
    assert curve["at"] == [0, 1, 2, 3, 4, 5]
    assert curve["share"] == pytest.approx([1, 5 / 6, 5 / 6, 5 / 6 * 2 / 4, 5 / 6 * 2 / 4, 0])
    assert curve["censored"] == [2, 4]


def test_the_survival_curves_interval_is_greenwoods_on_the_log_log_scale():
    """Checked by hand at the first event of 10: S = 0.9, variance of log(-log S) = (1 / 90) / log(0.9)^2."""
    curve = times([5], [9] * 9)["curve"]
    spread = 1.959963984540054 * math.sqrt(1 / (10 * 9)) / abs(math.log(0.9))
    assert curve["low"][1] == pytest.approx(0.9 ** math.exp(spread))
    assert curve["high"][1] == pytest.approx(0.9 ** math.exp(-spread))


def test_a_median_that_half_of_the_runs_have_not_reached_is_none():
    assert times([100, 200], [300, 300, 300])["median"] is None
    assert times([100, 200, 250], [300, 300, 300])["median"] == 250


def test_leaving_censored_runs_out_would_give_another_median():
    assert times([100, 200, 300, 400, 500], [])["median"] == 300
    assert times([100, 200, 300, 400, 500], [600] * 4)["median"] == 500


@UNHURRIED
@given(STEPS)
def test_without_censoring_the_median_is_the_lower_middle_value_and_its_interval_holds_it(steps):
    found = times(steps, [])
    assert found["median"] == sorted(steps)[(len(steps) - 1) // 2]
    assert found["low"] is None or found["low"] <= found["median"]
    assert found["high"] is None or found["high"] >= found["median"]
    assert (found["low"] is None) == (len(steps) < 6)  # 2 * 0.5**5 is above 5 %


@UNHURRIED
@given(STEPS, STEPS)
def test_quartiles_come_in_order_and_what_is_not_reached_is_last(happened, censored):
    found = times(happened, censored)
    order = [
        math.inf if found[name] is None else found[name]
        for name in ("lower_quartile", "median", "upper_quartile")
    ]
    assert order == sorted(order)
    share = np.array(found["curve"]["share"])
    assert (np.diff(share) <= 0).all()
    assert found["happened"] + found["censored"] == len(happened) + len(censored)


@UNHURRIED
@given(STEPS)
def test_one_more_run_that_never_got_there_never_makes_the_median_earlier(steps):
    before, after = times(steps, [])["median"], times(steps, [100])["median"]
    assert after is None or after >= before


def test_with_no_or_one_run_nothing_is_made_up():
    assert times([], [])["median"] is None
    assert times([7], [])["low"] is None
    assert times([], [7])["curve"]["share"] == [1, 1]


def test_quartiles_of_nothing_are_none():
    assert quartiles([])["median"] is None
    assert quartiles([0.2, 1.0, 1.0])["lowest"] == 0.2
