"""Rules about the share of runs of which something is true."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from latebloom.errors import StudyError
from latebloom.statistics import rate
from latebloom.study.evidence import Observed, Sample
from latebloom.study.rules.bounds import share_bounds
from latebloom.study.rules.locations import told
from latebloom.study.rules.rule import LEVEL, Answer, Decision, Rule, numbers, span, within

MOST = 1000  # runs, beyond which nobody is told how many would do


@dataclass(frozen=True, kw_only=True)
class ShareWithin(Rule):
    """The share of runs of which it is true lies from `low` to `high`; either may be left open.

    Shown is Wilson's interval. It errs by more than it says where a share is near 0 or 1, so the exact interval of
    Clopper and Pearson must agree.
    """

    low: float | None = None
    high: float | None = None
    least: int = 4

    def __post_init__(self) -> None:
        """Refuse regions that are no shares."""
        super().__post_init__()
        span(self.low, self.high)
        for bound in (self.low, self.high):
            if bound is not None and not 0 <= bound <= 1:
                raise StudyError(f"a share of {bound:g}; must be from 0 to 1")

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        return (
            f"reproduced if the 95% interval of the share of runs (Wilson's and the exact one) lies "
            f"{span(self.low, self.high)}; refuted if it lies wholly outside"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The shares that are allowed."""
        return self.low, self.high

    def decide(self, sample: Sample) -> Decision:
        """Hold both intervals of the share against the region."""
        found = truths(sample.pooled)
        return self.of(sum(found), len(found))

    def of(self, count: int, n: int) -> Decision:
        """Judge so many of so many."""
        wilson = rate(count, n)
        answer = self.of_bounds(count, n)
        why = f"{count} of {n} runs; {told(answer, 'share', wilson['low'], wilson['high'], self.region)}"
        would_do = self.would_do() if answer == "undecided" else None
        return Decision(answer, wilson["share"], wilson["low"], wilson["high"], n, why, would_do=would_do)

    def of_bounds(self, count: int, n: int) -> Answer:
        """Hold both intervals of so many of so many against the region."""
        wilson = rate(count, n)
        shown = within(wilson["low"], wilson["high"], self.low, self.high)
        return shown if shown == within(*share_bounds(count, n), self.low, self.high) else "undecided"

    def would_do(self) -> int | None:
        """Count the runs with which the share that fits best could be reproduced; None beyond `MOST`."""
        low, high = self.low or 0.0, 1.0 if self.high is None else self.high
        middle = 1.0 if high == 1 else 0.0 if low == 0 else (low + high) / 2
        return _would_do(self, middle)


@dataclass(frozen=True, kw_only=True)
class AboveNull(Rule):
    """More than a share of the runs are above chance, each by its own test against a null.

    The statistic gives each run's p-value: the share of draws of the null that are at least as high.
    """

    share: float = 0.5
    level: float = 0.05
    least: int = 4
    tested: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse shares and levels that are none."""
        super().__post_init__()
        if not 0 < self.level < self.share <= 1:
            raise StudyError(
                f"AboveNull: share {self.share:g}, level {self.level:g}; 0 < level < share <= 1 is right"
            )

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        return (
            f"a run is above chance if its p is at most {self.level:g}; reproduced if the 95% interval of their share "
            f"(Wilson's and the exact one) lies at or above {self.share:g}, and they are more than chance gives "
            f"(binomial p, corrected, at most {LEVEL:g}); refuted if the interval lies below {self.share:g}"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The shares of runs above chance that are allowed."""
        return self.share, None

    def decide(self, sample: Sample) -> Decision:
        """Count the runs above chance."""
        from scipy.stats import binomtest

        values = numbers(sample.pooled)
        if wrong := [value for value in values if not 0 <= value <= 1]:
            raise StudyError(f"AboveNull judges a p-value of each run; got {wrong[0]:g}")
        count = sum(value <= self.level for value in values)
        found = ShareWithin(low=self.share, least=self.least).of(count, len(values))
        p = float(binomtest(count, len(values), self.level, alternative="greater").pvalue)
        otherwise = "refuted" if found.answer == "refuted" else "undecided"
        why = f"{found.why}; by chance {self.level:.0%} of runs would be: p = {p:.2g}"
        return replace(found, p=p, otherwise=otherwise, why=why)


@lru_cache(maxsize=64)
def _would_do(rule: ShareWithin, middle: float) -> int | None:
    counts = ((n, round(middle * n)) for n in range(rule.least, MOST))
    return next((n for n, count in counts if rule.of_bounds(count, n) == "reproduced"), None)


def truths(values: Iterable[Observed]) -> list[bool]:
    """Read observations that are truth values.

    Raises:
        StudyError: one is something else.
    """
    found = numbers(values)
    if any(value not in (0, 1) for value in found):
        raise StudyError("a share is of truth values; the statistic must give True or False")
    return [bool(value) for value in found]
