"""Rules about the share of runs of which something is true."""

from __future__ import annotations

from dataclasses import dataclass

from latebloom.errors import StudyError
from latebloom.statistics import rate
from latebloom.study.evidence import Sample
from latebloom.study.rules.bounds import share_bounds
from latebloom.study.rules.locations import told
from latebloom.study.rules.rule import Answer, Decision, Rule, numbers, span, within

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
        values = numbers(sample.pooled)
        if any(value not in (0, 1) for value in values):
            raise StudyError("a share is of truth values; the statistic must give True or False")
        return self.of(int(sum(values)), len(values))

    def of(self, count: int, n: int) -> Decision:
        """Judge so many of so many."""
        wilson = rate(count, n)
        answer = self._answer(count, n)
        why = f"{count} of {n} runs; {told(answer, 'share', wilson['low'], wilson['high'], self.region)}"
        return Decision(
            answer, wilson["share"], wilson["low"], wilson["high"], n, why, would_do=self.would_do()
        )

    def _answer(self, count: int, n: int) -> Answer:
        wilson = rate(count, n)
        shown = within(wilson["low"], wilson["high"], self.low, self.high)
        return shown if shown == within(*share_bounds(count, n), self.low, self.high) else "undecided"

    def would_do(self) -> int | None:
        """Count the runs with which the share that fits best could be reproduced; None beyond `MOST`."""
        low, high = self.low or 0.0, 1.0 if self.high is None else self.high
        middle = 1.0 if high == 1 else 0.0 if low == 0 else (low + high) / 2
        return next(
            (n for n in range(self.least, MOST) if self._answer(round(middle * n), n) == "reproduced"), None
        )
