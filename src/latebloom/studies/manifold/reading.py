"""What is read of a run's records. Each function makes a statistic: from one run to what is observed of it.

Two filters keep collapsed networks out of comparisons. *Healthy* is an evaluation with test accuracy of at least 0.9,
after the first such one. *Matched* is the first snapshot with test accuracy of at least 0.99, so that networks that are
compared answer equally well.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latebloom.study import LeftOut, RunEvidence, Time
from latebloom.study.claim import Statistic
from latebloom.study.evidence import Observed

UP, DOWN, MATCHED = 0.9, 0.5, 0.99
TEST = "test_accuracy"
NEVER = LeftOut("test accuracy never reached 0.9")
Steps = NDArray[np.int64]
Numbers = NDArray[np.float64]


def at(name: str, step: int) -> Statistic:
    """Read a number at a step, whatever the network is like there."""
    return lambda run: run.at(name, step)


def healthy_at(name: str, step: int) -> Statistic:
    """Read a number at a step, if the network answers well there."""

    def read(run: RunEvidence) -> Observed:
        accuracy = run.at(TEST, step)
        return (
            run.at(name, step) if accuracy >= UP else LeftOut(f"down at step {step:,}: test {accuracy:.0%}")
        )

    return read


def at_crossing(name: str) -> Statistic:
    """Read a number at the first evaluation with test accuracy of at least 0.9."""

    def read(run: RunEvidence) -> Observed:
        step = run.course.grokked_first
        return NEVER if step is None else run.at(name, step)

    return read


def lowest_before(name: str, first: int) -> Statistic:
    """Find the lowest value from a step to the first crossing of 0.9, where no network has collapsed yet."""

    def read(run: RunEvidence) -> Observed:
        step = run.course.grokked_first
        return NEVER if step is None else float(run.between(name, first, max(step, first)).min())

    return read


def accuracy_at_lowest(name: str, first: int) -> Statistic:
    """Read the test accuracy where a number is lowest between a step and the first crossing of 0.9."""

    def read(run: RunEvidence) -> Observed:
        crossing = run.course.grokked_first
        if crossing is None:
            return NEVER
        steps, values = window(run, name, first, max(crossing, first))
        return run.at(TEST, int(steps[int(values.argmin())]))

    return read


def lowest_is_a_collapse(name: str, first: int) -> Statistic:
    """Tell whether a number is lowest, over the whole run, where the network has collapsed."""

    def read(run: RunEvidence) -> Observed:
        crossing = run.course.grokked_first
        if crossing is None or not len(_down(run, crossing)):
            return LeftOut("never collapsed")
        steps, values = window(run, name, first, run.last_step)
        lowest = int(steps[int(values.argmin())])
        return bool(lowest > crossing and run.at(TEST, lowest) < DOWN)

    return read


def healthy_median(name: str) -> Statistic:
    """Take the median over the healthy evaluations at which a number was recorded."""

    def read(run: RunEvidence) -> Observed:
        values = healthy_values(run, name)
        return float(np.median(values)) if len(values) else LeftOut(f"no healthy evaluation has {name}")

    return read


def last_healthy(name: str) -> Statistic:
    """Read a number at the last healthy evaluation at which it was recorded."""

    def read(run: RunEvidence) -> Observed:
        values = healthy_values(run, name)
        return float(values[-1]) if len(values) else LeftOut(f"no healthy evaluation has {name}")

    return read


def gain_over_start(name: str) -> Statistic:
    """Subtract the number of the untrained network, at step 0, from that at the last healthy evaluation."""

    def read(run: RunEvidence) -> Observed:
        values = healthy_values(run, name)
        return (
            float(values[-1]) - run.at(name, 0)
            if len(values)
            else LeftOut(f"no healthy evaluation has {name}")
        )

    return read


def change_since(name: str, first: int) -> Statistic:
    """Subtract the number at an early step from its median over healthy evaluations."""

    def read(run: RunEvidence) -> Observed:
        values = healthy_values(run, name)
        if not len(values):
            return LeftOut(f"no healthy evaluation has {name}")
        return float(np.median(values)) - run.at(name, first)

    return read


def collapsed_median(name: str) -> Statistic:
    """Take the median over the evaluations, after the first crossing, at which the network is down (under 0.5)."""

    def read(run: RunEvidence) -> Observed:
        crossing = run.course.grokked_first
        down = _down(run, crossing) if crossing is not None else ()
        return (
            float(np.median([run.at(name, int(step)) for step in down]))
            if len(down)
            else LeftOut("never collapsed")
        )

    return read


def collapsed_share(name: str) -> Statistic:
    """Divide the median over collapsed evaluations by that over healthy ones."""
    down, up = collapsed_median(name), healthy_median(name)

    def read(run: RunEvidence) -> Observed:
        low, high = down(run), up(run)
        if isinstance(low, LeftOut) or isinstance(high, LeftOut):
            return low if isinstance(low, LeftOut) else high
        return _number(low) / _number(high)

    return read


def matched(name: str) -> Statistic:
    """Read a number at the first snapshot that has it and answers at least 0.99 of the test pairs."""

    def read(run: RunEvidence) -> Observed:
        step = matched_step(run, name)
        return LeftOut("no snapshot answers 0.99 of the test pairs") if step is None else run.at(name, step)

    return read


def matched_ratio(name: str, before: int) -> Statistic:
    """Divide a number at the matched snapshot by that at an early step."""

    def read(run: RunEvidence) -> Observed:
        step, early = matched_step(run, name), run.at(name, before)
        if step is None:
            return LeftOut("no snapshot answers 0.99 of the test pairs")
        return run.at(name, step) / early if early else LeftOut(f"{name} is 0 at step {before:,}")

    return read


def ratio(name: str, before: int, after: int) -> Statistic:
    """Divide a number at one step by that at an earlier one, whatever the network is like."""

    def read(run: RunEvidence) -> Observed:
        early = run.at(name, before)
        return run.at(name, after) / early if early else LeftOut(f"{name} is 0 at step {before:,}")

    return read


def happened(event: str) -> Statistic:
    """Tell when an event first happened; censored at the last evaluation where it has not."""
    return lambda run: run.when(event)


def has_happened(event: str) -> Statistic:
    """Tell whether an event happened at all."""
    return lambda run: run.when(event).happened


def crossed_by(step: int) -> Statistic:
    """Tell when test accuracy first reached 0.9; censored at a step."""

    def read(run: RunEvidence) -> Observed:
        crossing = run.course.grokked_first
        return Time.of(crossing if crossing is not None and crossing <= step else None, last=step)

    return read


def holds(statistic: Statistic, condition: Callable[[float], bool]) -> Statistic:
    """Tell whether what a statistic reads meets a condition."""

    def read(run: RunEvidence) -> Observed:
        found = statistic(run)
        return found if isinstance(found, LeftOut) else bool(condition(_number(found)))

    return read


def window(run: RunEvidence, name: str, first: int, last: int) -> tuple[Steps, Numbers]:
    """Give a number's steps and values from one step to another, both included."""
    steps, values = run.curve(name)
    inside = (steps >= first) & (steps <= last)
    return steps[inside], values[inside]


def healthy_values(run: RunEvidence, name: str) -> Numbers:
    """Give a number at the healthy evaluations that have it."""
    crossing = run.course.grokked_first
    if crossing is None:
        return np.empty(0)
    steps, values = window(run, name, crossing, run.last_step)
    return values[[run.at(TEST, int(step)) >= UP for step in steps]] if len(steps) else values


def matched_step(run: RunEvidence, name: str) -> int | None:
    """Find the first snapshot that has a number and answers at least 0.99 of the test pairs; None for none."""
    steps, values = run.curve(name)
    return next(
        (int(step) for step, value in zip(steps, values, strict=True)
         if step and run.at(TEST, int(step)) >= MATCHED and np.isfinite(value)),
        None,
    )  # fmt: skip


def _down(run: RunEvidence, crossing: int) -> Steps:
    steps, values = window(run, TEST, crossing, run.last_step)
    return steps[values < DOWN]


def _number(found: Observed) -> float:
    assert isinstance(found, int | float), found
    return float(found)
