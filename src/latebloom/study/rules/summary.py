"""A rule for what is computed of all runs together: bounded by drawing runs again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latebloom.errors import StudyError
from latebloom.study.evidence import Sample
from latebloom.study.rules.bounds import bootstrap_bounds
from latebloom.study.rules.rule import Decision, Rule, span, within

Summary = Callable[[Mapping[str, Sequence[Any]]], float]
"""Computes one number of what a statistic gave of each run, by arm."""


@dataclass(frozen=True, kw_only=True)
class SummaryWithin(Rule):
    """A number computed of all runs together lies from `low` to `high`; either may be left open.

    Its interval is a bootstrap over runs, drawn within their arms.

    Args:
        of: computes it, of the observations by arm.
        what: it is, in words.
        low, high: the region.
        draws: of the bootstrap.
    """

    of: Summary
    what: str
    low: float | None = None
    high: float | None = None
    draws: int = 2000
    least: int = 8

    def __post_init__(self) -> None:
        """Refuse an empty region."""
        super().__post_init__()
        span(self.low, self.high)

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        return (
            f"reproduced if the 95% interval of {self.what} (bootstrap over runs) lies {span(self.low, self.high)}; "
            "refuted if it lies wholly outside"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The values that are allowed."""
        return self.low, self.high

    def decide(self, sample: Sample) -> Decision:
        """Hold the bootstrap's interval against the region."""
        arms, groups = list(sample.arms), list(sample.arms.values())
        observed = self._number(self.of(dict(sample.arms)))
        if observed is None:
            return Decision(
                "undecided", None, None, None, sample.n, f"{self.what} is no number of these runs"
            )
        (low, high), _ = bootstrap_bounds(
            groups, lambda drawn: self.of(dict(zip(arms, drawn, strict=True))), draws=self.draws
        )
        answer = within(low, high, self.low, self.high)
        return Decision(answer, observed, low, high, sample.n, f"{self.what} is {observed:.4g}")

    def _number(self, value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise StudyError(f"SummaryWithin: {self.what} came out as {value!r}; must be a number")
        return None if math.isnan(value) else float(value)
