"""Rules about two arms: the first against the second. Where a time is censored they go by the log-rank test."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from latebloom.study.evidence import Observed, Sample, Time
from latebloom.study.rules.bounds import LEVEL, newcombe_bounds, shift_bounds, welch
from latebloom.study.rules.rule import Answer, Decision, Rule, numbers, pairs, times, within
from latebloom.study.rules.shares import truths
from latebloom.study.rules.times import median_time

TWO = (2, 2)


class Shift(NamedTuple):
    """By how much the first of two groups lies above the second, with its interval and a two-sided p.

    `sign` is 1 where the test says that the first is greater, -1 where smaller, 0 where neither.
    """

    observed: float | None
    low: float | None
    high: float | None
    p: float
    sign: int
    censored: int

    @property
    def words(self) -> str:
        """Say it."""
        test = "log-rank" if self.censored else "Mann-Whitney"
        size = "" if self.observed is None else f"the first lies {self.observed:+.4g} above the second; "
        return f"{size}{test} p = {self.p:.2g}"


@dataclass(frozen=True, kw_only=True)
class ArmGreater(Rule):
    """The first arm's numbers, or times, are greater than the second's, by more than `by`."""

    by: float = 0.0
    least: int = 8
    arms: ClassVar[tuple[int, int | None]] = TWO
    tested: ClassVar[bool] = True

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        more = f" by more than {self.by:g}" if self.by else ""
        return (
            f"reproduced if the first arm is greater than the second{more} (Mann-Whitney, log-rank where times are "
            f"censored; two-sided p, corrected, at most {LEVEL:g}); refuted if it is smaller by the same test"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The shifts that are allowed."""
        return self.by, None

    def decide(self, sample: Sample) -> Decision:
        """Test the first arm against the second."""
        if too_few := one_sided(sample):
            return too_few
        tested, found = _shift(sample, self.by), _shift(sample, 0.0)
        answer: Answer = "reproduced" if tested.sign > 0 else "refuted" if tested.sign < 0 else "undecided"
        return Decision(
            answer, found.observed, found.low, found.high, sample.n,
            f"{found.words}" + (f"; beyond {self.by:g}: p = {tested.p:.2g}" if self.by else ""),
            censored=found.censored, p=tested.p,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ArmsDiffer(Rule):
    """Two arms differ, by more than `by` either way. Only where `by` is above 0 can it be refuted."""

    by: float = 0.0
    least: int = 8
    arms: ClassVar[tuple[int, int | None]] = TWO
    tested: ClassVar[bool] = True

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        more = f" and the 95% interval of the shift lies beyond {self.by:g} either way" if self.by else ""
        refuted = f"refuted if that interval lies within {self.by:g}" if self.by else "never refuted"
        return (
            f"reproduced if the arms differ (Mann-Whitney, log-rank where times are censored; two-sided p, "
            f"corrected, at most {LEVEL:g}){more}; {refuted}"
        )

    def decide(self, sample: Sample) -> Decision:
        """Test the arms for a difference."""
        if too_few := one_sided(sample):
            return too_few
        found = _shift(sample, 0.0)
        inside = within(found.low, found.high, -self.by, self.by)
        otherwise: Answer = "refuted" if self.by and inside == "reproduced" else "undecided"
        beyond = not self.by or inside == "refuted"
        return Decision(
            "reproduced" if beyond and found.sign else otherwise,
            found.observed, found.low, found.high, sample.n, found.words,
            censored=found.censored, p=found.p, otherwise=otherwise,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ShareGreater(Rule):
    """Something is true of a greater share of the first arm's runs than of the second's."""

    least: int = 8
    arms: ClassVar[tuple[int, int | None]] = TWO
    tested: ClassVar[bool] = True

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        return (
            f"reproduced if the share is greater in the first arm (Fisher's exact test, two-sided p, corrected, at "
            f"most {LEVEL:g}); refuted if it is smaller by the same test"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The differences that are allowed."""
        return 0.0, None

    def decide(self, sample: Sample) -> Decision:
        """Test the shares of the two arms."""
        from scipy.stats import fisher_exact

        if too_few := one_sided(sample):
            return too_few
        first, second = (truths(values) for values in sample.arms.values())
        table = [[sum(first), len(first) - sum(first)], [sum(second), len(second) - sum(second)]]
        tested: Any = fisher_exact(table)
        p = float(tested.pvalue)
        observed, low, high = newcombe_bounds(sum(first), len(first), sum(second), len(second))
        answer: Answer = "reproduced" if observed > 0 else "refuted" if observed < 0 else "undecided"
        why = f"{sum(first)} of {len(first)} beside {sum(second)} of {len(second)}; Fisher p = {p:.2g}"
        return Decision(answer, observed, low, high, sample.n, why, p=p)


@dataclass(frozen=True, kw_only=True)
class Equivalent(Rule):
    """Two arms, or the two numbers of each run of one arm, are the same to within `margin`, in the mean."""

    margin: float
    least: int = 6
    arms: ClassVar[tuple[int, int | None]] = (1, 2)
    tested: ClassVar[bool] = True

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        return (
            f"reproduced if the mean difference is within {self.margin:g} (two one-sided t tests, each at "
            f"{LEVEL / 2:g}, corrected); refuted if its 95% interval lies wholly beyond"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The differences that are allowed."""
        return -self.margin, self.margin

    def decide(self, sample: Sample) -> Decision:
        """Do both one-sided tests."""
        if len(sample.arms) == 2:
            if too_few := one_sided(sample):
                return too_few
            first, second = (numbers(values) for values in sample.arms.values())
        else:
            first, second = [one - other for one, other in pairs(sample.pooled)], []
        found = welch(first, second)
        answer = within(found.low, found.high, -self.margin, self.margin)
        p = min(1.0, 2 * max(found.above(-self.margin), found.below(self.margin)))
        why = f"mean difference {found.difference:.4g}, {found.low:.4g} to {found.high:.4g}, margin {self.margin:g}"
        return Decision(
            "reproduced", found.difference, found.low, found.high, sample.n, why, p=p,
            otherwise="refuted" if answer == "refuted" else "undecided",
        )  # fmt: skip


def one_sided(sample: Sample) -> Decision | None:
    """Refuse to compare where one of the two arms has fewer than two runs."""
    if all(len(values) >= 2 for values in sample.arms.values()):
        return None
    counts = ", ".join(f"{arm}: {len(values)}" for arm, values in sample.arms.items())
    why = f"too few runs in one of the arms ({counts}); at least 2 in each are needed"
    return Decision("undecided", None, None, None, sample.n, why)


def _shift(sample: Sample, by: float) -> Shift:
    first, second = sample.arms.values()
    if _timed(first) or _timed(second):
        early = [Time(max(0.0, time.step - by), time.happened) for time in times(first)]
        late = times(second)
        if not all(time.happened for time in (*early, *late)):
            return _log_rank(early, late)
        return _rank_sum([time.step for time in early], [time.step for time in late])
    return _rank_sum([value - by for value in numbers(first)], numbers(second))


def _timed(values: Sequence[Observed]) -> bool:
    return any(isinstance(value, Time) for value in values)


def _rank_sum(first: Sequence[float], second: Sequence[float]) -> Shift:
    from scipy.stats import mannwhitneyu

    middle, (low, high) = shift_bounds(first, second)
    if len({*first, *second}) == 1:  # all alike: there is nothing to rank
        return Shift(middle, low, high, 1.0, 0, 0)
    found = mannwhitneyu(first, second)
    half = len(first) * len(second) / 2
    return Shift(middle, low, high, float(found.pvalue), _sign(float(found.statistic) - half), 0)


def _log_rank(first: Sequence[Time], second: Sequence[Time]) -> Shift:
    """Compare times of which some are censored. The shift is that of the medians, where both are reached."""
    from scipy.stats import CensoredData, logrank

    one, other = (
        CensoredData(
            uncensored=[time.step for time in group if time.happened],
            right=[time.step for time in group if not time.happened],
        )
        for group in (first, second)
    )
    censored = sum(not time.happened for time in (*first, *second))
    if censored == len(first) + len(second):
        return Shift(None, None, None, 1.0, 0, censored)
    with warnings.catch_warnings():
        # where only one run is left at risk its variance is 0 / 0, which counts as none
        warnings.filterwarnings("ignore", "invalid value encountered", RuntimeWarning)
        found = logrank(one, other)
    earlier, later = median_time(first).median, median_time(second).median
    observed = None if earlier is None or later is None else earlier - later
    # positive where the first group's events come early
    return Shift(observed, None, None, float(found.pvalue), _sign(-float(found.statistic)), censored)


def _sign(value: float) -> int:
    return int(value > 0) - int(value < 0)
