"""What is read of a run's records: accuracy in windows, scores of healthy networks, and takeovers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latebloom.study import LeftOut, RunEvidence, Time
from latebloom.study.claim import Statistic
from latebloom.study.evidence import Observed

TEST, TRAIN = "test_accuracy", "train_accuracy"
UP, PERFECT = 0.9, 0.99
LEADING = ("quotient_scan_divisor", "quotient_scan_inside", "quotient_scan_stride")
"""What names the leading structure: cosets of which divisor, among or inside them, at which stride."""
KEPT = 3
"""Evaluations for which a structure must lead before it counts."""
Numbers = NDArray[np.float64]


def at(name: str, step: int) -> Statistic:
    """Read a number at a step, whatever the network is like there."""
    return lambda run: run.at(name, step)


def first_crossing(run: RunEvidence) -> Observed:
    """Tell when test accuracy first reached 0.9; censored at the last evaluation where it has not."""
    return run.when("grokked_first")


def healthy_at(name: str, step: int) -> Statistic:
    """Read a number at a step, if the network answers at least 0.9 of the test pairs there."""
    return healthy_between(name, step, step)


def healthy_between(name: str, first: int, last: int) -> Statistic:
    """Take the median of a number over the evaluations of a window at which the network is healthy."""

    def read(run: RunEvidence) -> Observed:
        values = run.between(name, first, last)[run.between(TEST, first, last) >= UP]
        return float(np.median(values)) if len(values) else LeftOut(f"down from step {first:,} to {last:,}")

    return read


def share_at_least(name: str, least: float, first: int, last: int) -> Statistic:
    """Take the share of a window's evaluations at which a number is at least so high."""
    return lambda run: float((run.between(name, first, last) >= least).mean())


def lowest(name: str, first: int, last: int) -> Statistic:
    """Find the lowest value in a window."""
    return lambda run: float(run.between(name, first, last).min())


def longest_stay(names: Sequence[str], least: float, first: int, last: int) -> Statistic:
    """Count the most evaluations in a row at which one of the numbers is at least so high."""

    def read(run: RunEvidence) -> Observed:
        best = np.max([run.between(name, first, last) for name in names], axis=0)
        return float(_longest(best >= least))

    return read


def both_at_least(first_names: Sequence[str], second: str, least: float, first: int, last: int) -> Statistic:
    """Take the share of a window's evaluations at which the best of some numbers, and another, are both so high."""

    def read(run: RunEvidence) -> Observed:
        best = np.max([run.between(name, first, last) for name in first_names], axis=0)
        return float(((best >= least) & (run.between(second, first, last) >= least)).mean())

    return read


def ring_lost(names: Sequence[str], first: int, last: int) -> Statistic:
    """Tell when the outer ring, once there (0.9 in the window), fell under 0.5 for three evaluations in a row."""

    def read(run: RunEvidence) -> Observed:
        steps, _ = run.curve(names[0])
        best = np.max([run.curve(name)[1] for name in names], axis=0)
        inside = (steps >= first) & (steps <= last)
        steps, best = steps[inside], best[inside]
        there = np.flatnonzero(best >= UP)
        if not len(there):
            return LeftOut("no outer ring to lose")
        low = best < 0.5
        for place in range(int(there[0]), len(low) - KEPT + 1):
            if low[place : place + KEPT].all():
                return Time(float(steps[place]))
        return Time.of(None, last=int(steps[-1]))

    return read


def takeovers(run: RunEvidence) -> Observed:
    """Count changes of the leading structure that last three evaluations, all of them with test accuracy >= 0.99."""
    return float(len(takeover_steps(run)))


def takeover_steps(run: RunEvidence) -> list[int]:
    """List the steps at which another structure takes the lead and keeps it, while the network answers everything.

    The structure before must have led for three evaluations too, and test accuracy must be at least 0.99 at all six.
    """
    steps, _ = run.curve(LEADING[0])
    leading = np.stack([run.curve(name)[1] for name in LEADING], axis=-1)  # (evaluation, 3)
    good = np.array([run.at(TEST, int(step)) >= PERFECT for step in steps])
    found: list[int] = []
    for place in range(KEPT, len(steps) - KEPT + 1):
        before, after = leading[place - KEPT : place], leading[place : place + KEPT]
        steady = (before == before[0]).all() and (after == after[0]).all() and (before[0] != after[0]).any()
        if steady and good[place - KEPT : place + KEPT].all():
            found.append(int(steps[place]))
    return found


def first_takeover(run: RunEvidence) -> Observed:
    """Tell when a structure first took over from another; censored at the last evaluation where none did."""
    return Time.of(next(iter(takeover_steps(run)), None), last=run.last_step)


def is_largest(name: str, other: str, first: int, last: int) -> Statistic:
    """Tell whether one number's healthy median in a window is above another's."""
    one, two = healthy_between(name, first, last), healthy_between(other, first, last)

    def read(run: RunEvidence) -> Observed:
        left, right = one(run), two(run)
        return left > right if isinstance(left, float) and isinstance(right, float) else left

    return read


def pair(name: str, other: str, first: int, last: int) -> Statistic:
    """Give two numbers' healthy medians in a window, to be held against each other."""
    one, two = healthy_between(name, first, last), healthy_between(other, first, last)

    def read(run: RunEvidence) -> Observed:
        left, right = one(run), two(run)
        return (left, right) if isinstance(left, float) and isinstance(right, float) else left

    return read


def _longest(holds: NDArray[np.bool_]) -> int:
    longest = length = 0
    for value in holds:
        length = length + 1 if value else 0
        longest = max(longest, length)
    return longest
