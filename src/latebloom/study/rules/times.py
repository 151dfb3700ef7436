"""Rules about when something happens; runs to which it has not happened are censored, never left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from latebloom.statistics import times as kaplan_meier
from latebloom.study.evidence import Sample, Time
from latebloom.study.rules.bounds import median_bounds
from latebloom.study.rules.rule import Decision, Rule, span, times, within


class MedianTime(NamedTuple):
    """The median time and its 95 % interval, in steps; None where the runs do not bound it."""

    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class TimeWithin(Rule):
    """The median time lies from `low` to `high` steps; either may be left open.

    Where every run was watched for at least as long as the latest one took, the interval is by order statistics, which
    hold their level; else by Brookmeyer and Crowley on the Kaplan-Meier curve.
    """

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        """Refuse an empty region."""
        super().__post_init__()
        span(self.low, self.high)

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        return (
            "reproduced if the 95% interval of the Kaplan-Meier median lies "
            f"{span(self.low, self.high, ' steps')}; refuted if it lies wholly outside"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The medians that are allowed, in steps."""
        return self.low, self.high

    def decide(self, sample: Sample) -> Decision:
        """Hold the interval of the median time against the region."""
        found = times(sample.pooled)
        median, low, high = median_time(found)
        answer = within(low, high, self.low, self.high)
        censored = sum(not time.happened for time in found)
        place = {"reproduced": "inside", "refuted": "outside", "undecided": "across a border of"}[answer]
        why = (
            f"median {_steps(median)}, interval {_steps(low)} to {_steps(high)} steps, "
            f"{place} the region {span(*self.region, ' steps')}"
        )
        return Decision(answer, median, low, high, len(found), why, censored=censored)


def median_time(found: Sequence[Time]) -> MedianTime:
    """Estimate the median of times of which some are censored.

    >>> median_time([Time(step) for step in (1, 2, 3, 4, 5, 6)])
    MedianTime(median=3.5, low=1.0, high=6.0)
    >>> median_time([Time(9, happened=False)] * 6)
    MedianTime(median=None, low=9.0, high=None)
    """
    happened = [time.step for time in found if time.happened]
    censored = [time.step for time in found if not time.happened]
    if min(censored, default=math.inf) < max(happened, default=-math.inf):
        curve = kaplan_meier(happened, censored)
        return MedianTime(curve["median"], curve["low"], curve["high"])
    ordered = sorted(happened) + sorted(censored)
    low, high = median_bounds(range(len(ordered)))
    return MedianTime(
        _middle(ordered, len(happened)),
        None if low is None else ordered[int(low)],
        None if high is None or high >= len(happened) else ordered[int(high)],
    )


def _middle(ordered: Sequence[float], happened: int) -> float | None:
    """Take the median of sorted times of which only the first so many happened; None where it is beyond them."""
    upper = len(ordered) // 2
    lower = (len(ordered) - 1) // 2
    return (ordered[lower] + ordered[upper]) / 2 if upper < happened else None


def _steps(step: float | None) -> str:
    return "not reached" if step is None else f"{step:,.0f}"
