"""Rules about where the middle of a number lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latebloom.study.evidence import Sample
from latebloom.study.rules.bounds import mean_bounds, median_bounds
from latebloom.study.rules.rule import Decision, Rule, numbers, span, within


@dataclass(frozen=True, kw_only=True)
class MedianWithin(Rule):
    """The median over runs lies from `low` to `high`; either may be left open.

    Its interval is by order statistics, which hold their level for every distribution; six runs are the fewest that
    bound a median at 95 %.
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
            f"reproduced if the 95% interval of the median (order statistics) lies {span(self.low, self.high)}; "
            "refuted if it lies wholly outside"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The medians that are allowed."""
        return self.low, self.high

    def decide(self, sample: Sample) -> Decision:
        """Hold the interval of the median against the region."""
        values = numbers(sample.pooled)
        middle, (low, high) = float(np.median(values)), median_bounds(values)
        answer = within(low, high, self.low, self.high)
        return Decision(
            answer, middle, low, high, len(values), told(answer, "median", low, high, self.region)
        )


@dataclass(frozen=True, kw_only=True)
class MeanWithin(Rule):
    """The mean over runs lies from `low` to `high`; either may be left open.

    Its interval is Student's, which supposes that the numbers are not very skewed; where they are, take the median.
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
            f"reproduced if the 95% interval of the mean (Student's t) lies {span(self.low, self.high)}; "
            "refuted if it lies wholly outside"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The means that are allowed."""
        return self.low, self.high

    def decide(self, sample: Sample) -> Decision:
        """Hold the interval of the mean against the region."""
        values = numbers(sample.pooled)
        middle, (low, high) = float(np.mean(values)), mean_bounds(values)
        answer = within(low, high, self.low, self.high)
        return Decision(answer, middle, low, high, len(values), told(answer, "mean", low, high, self.region))


def told(
    answer: str,
    what: str,
    low: float | None,
    high: float | None,
    region: tuple[float | None, float | None],
) -> str:
    """Say where an interval lies."""
    place = {"reproduced": "inside", "refuted": "outside", "undecided": "across a border of"}[answer]
    shown = f"{'-' if low is None else f'{low:.4g}'} to {'-' if high is None else f'{high:.4g}'}"
    return f"interval of the {what} {shown}, {place} the region {span(*region)}"
