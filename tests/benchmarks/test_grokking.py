"""The two-sample test and its power."""

import math

import numpy as np

from benchmarks import grokking

STEPS = np.random.default_rng(1).lognormal(6.0, 0.3, 200)


def test_samples_of_one_distribution_are_not_told_apart_and_those_of_two_are():
    assert grokking.p_value(STEPS[:16], STEPS[16:32]) > 0.05
    assert grokking.p_value(STEPS[:16], 3 * STEPS[16:32]) < 1e-5


def test_a_larger_sample_detects_a_smaller_shift():
    few, many = (grokking.detectable_shift(STEPS, size) for size in (8, 64))
    assert few > 2 * many > 0.05


def test_a_shift_is_found_as_often_as_the_power_says():
    shift = grokking.detectable_shift(STEPS, 16)
    generator = np.random.default_rng(2)
    pairs = [generator.choice(STEPS, (2, 16)) for _ in range(300)]
    found = [grokking.p_value(a, b * (1 + shift)) < grokking.LEVEL for a, b in pairs]
    assert 0.7 < np.mean(found) < 0.95


def test_nothing_is_detected_where_nearly_nothing_groks():
    assert grokking.detectable_shift([math.inf] * 30 + [100.0, 110.0], 16) is None


def test_runs_that_never_grok_are_later_than_all_others():
    assert grokking.crossings([{"steps": [20, None]}, {"steps": [10]}]) == [20.0, math.inf, 10.0]
    assert grokking.p_value([10.0] * 8, [math.inf] * 8) < 0.01
