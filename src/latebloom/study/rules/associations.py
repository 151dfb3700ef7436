"""A rule about two numbers of each run that go together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from latebloom.errors import StudyError
from latebloom.study.evidence import Sample
from latebloom.study.rules.bounds import LEVEL, rank_correlation_bounds
from latebloom.study.rules.rule import Answer, Decision, Rule, pairs


@dataclass(frozen=True, kw_only=True)
class Correlates(Rule):
    """Two numbers rise together over runs (`sign` 1), or one falls as the other rises (`sign` -1), by rank.

    With `at_least` above 0, the rank correlation must be at least so far from 0.
    """

    sign: int = 1
    at_least: float = 0.0
    least: int = 8
    tested: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Refuse a sign that is none, and a correlation out of range."""
        super().__post_init__()
        if self.sign not in (1, -1) or not 0 <= self.at_least < 1:
            raise StudyError(
                f"Correlates: sign {self.sign}, at_least {self.at_least:g}; 1 or -1, and from 0 to below 1, are right"
            )

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        way = "positive" if self.sign > 0 else "negative"
        more = f" and its 95% interval is beyond {self.sign * self.at_least:g}" if self.at_least else ""
        less = f" or its interval falls short of {self.sign * self.at_least:g}" if self.at_least else ""
        return (
            f"reproduced if Spearman's rank correlation is {way} (two-sided p, corrected, at most {LEVEL:g}){more}; "
            f"refuted if it has the other sign by the same test{less}"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The correlations that are allowed."""
        return (self.at_least, 1.0) if self.sign > 0 else (-1.0, -self.at_least)

    def decide(self, sample: Sample) -> Decision:
        """Test the rank correlation."""
        from scipy.stats import spearmanr

        found = pairs(sample.pooled)
        first, second = zip(*found, strict=True)
        if len(set(first)) == 1 or len(set(second)) == 1:
            why = "one of the two numbers is the same in all runs, so nothing can go with it"
            return Decision("undecided", None, None, None, len(found), why)
        result: Any = spearmanr(first, second)
        rho = float(result.statistic)
        p = max(
            float(result.pvalue), 2 / math.factorial(len(found))
        )  # no order of ranks is likelier than that
        low, high = rank_correlation_bounds(rho, len(found))
        near, far = (low, high) if self.sign > 0 else (high, low)
        short = bool(self.at_least) and far is not None and self.sign * far < self.at_least
        beyond = near is not None and self.sign * near >= self.at_least
        otherwise: Answer = "refuted" if short else "undecided"
        answer: Answer = "refuted" if short or self.sign * rho < 0 else otherwise
        if self.sign * rho > 0 and (beyond or not self.at_least):
            answer = "reproduced"
        why = f"rank correlation {rho:.3f} over {len(found)} runs, p = {p:.2g}"
        return Decision(answer, rho, low, high, len(found), why, p=p, otherwise=otherwise)
