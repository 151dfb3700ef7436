"""What every decision rule is: written down before the runs, a formula from observations to a decision."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from latebloom.errors import StudyError, shown
from latebloom.study.evidence import Observed, Sample, Time

Answer = Literal["reproduced", "refuted", "undecided"]
LEVEL = 0.05
"""A rule errs either way with less than this probability; intervals are of 1 - LEVEL."""


@dataclass(frozen=True)
class Decision:
    """What a rule makes of a sample.

    Attributes:
        answer: the verdict; where there is a `p`, that which holds if the corrected p is at most `LEVEL`.
        observed, low, high: what was observed and its 95 % interval; None where there is none, or no bound.
        n, censored: how many runs were judged, and in how many of them what is timed had not happened.
        why: in words.
        p: of the test that the answer rests on, if it rests on one; it is corrected with the study's others.
        otherwise: the verdict where the corrected p is above `LEVEL`.
        would_do: how many runs would do for a clean result to be reproduced; None where that is not known.
    """

    answer: Answer
    observed: float | None
    low: float | None
    high: float | None
    n: int
    why: str
    censored: int = 0
    p: float | None = None
    otherwise: Answer = "undecided"
    would_do: int | None = None

    def settled(self, corrected: float | None) -> Answer:
        """Give the verdict, once the p-value is corrected for the other claims of the study."""
        return self.answer if corrected is None or corrected <= LEVEL else self.otherwise


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """A decision rule. Make it with its numbers; it checks itself.

    Args:
        least: fewer runs than this are not judged at all: the claim is undecided, and says how many are lacking.
    """

    least: int = 6
    arms: ClassVar[tuple[int, int | None]] = (1, None)
    """The fewest and the most arms that it compares."""
    tested: ClassVar[bool] = False
    """Whether its verdict rests on a p-value, which is corrected together with the study's others."""

    def __post_init__(self) -> None:
        """Refuse numbers that make no rule."""
        if type(self.least) is not int or self.least < 1:
            raise StudyError(
                f"{type(self).__name__}: least is {shown(self.least)}; must be a whole number from 1"
            )

    @property
    @abstractmethod
    def formula(self) -> str:
        """The rule in words, with its numbers: when it is reproduced, and when refuted."""

    @property
    def region(self) -> tuple[float | None, float | None] | None:
        """The values that the claim allows, for pictures; None on a side that is open, and where there is no region."""
        return None

    @abstractmethod
    def decide(self, sample: Sample) -> Decision:
        """Judge a sample that has at least `least` runs."""

    def judge(self, sample: Sample) -> Decision:
        """Judge a sample of any size.

        Raises:
            StudyError: the statistic gave what this rule cannot judge.
        """
        if sample.n < self.least:
            why = f"too few runs: {sample.n} of the {self.least} that the rule needs"
            return Decision("undecided", None, None, None, sample.n, why, would_do=self.least)
        return self.decide(sample)

    @property
    def plain(self) -> dict[str, Any]:
        """The rule as plain data: its kind, its numbers, its formula."""
        numbers = {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}
        return {"kind": type(self).__name__, **numbers, "formula": self.formula, "region": self.region}


def _plain(value: object) -> Any:
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    return getattr(value, "__qualname__", None) or repr(value)


def numbers(values: Iterable[Observed]) -> list[float]:
    """Read observations that are numbers or truth values.

    Raises:
        StudyError: one is something else.
    """
    found = list(values)
    for value in found:
        if isinstance(value, Time) or not isinstance(value, int | float):
            raise StudyError(f"the statistic gave {shown(value)}; this rule judges a number of each run")
    return [float(value) for value in found if isinstance(value, int | float)]


def times(values: Iterable[Observed]) -> list[Time]:
    """Read observations that are times; a bare number is a step at which it happened."""
    found: list[Time] = []
    for value in values:
        if isinstance(value, tuple) or not isinstance(value, Time | int | float):
            raise StudyError(f"the statistic gave {shown(value)}; this rule judges a Time of each run")
        found.append(value if isinstance(value, Time) else Time(float(value)))
    return found


def pairs(values: Iterable[Observed]) -> list[tuple[float, float]]:
    """Read observations that are pairs of numbers."""
    found: list[tuple[float, float]] = []
    for value in values:
        if not isinstance(value, tuple) or len(value) != 2:
            raise StudyError(
                f"the statistic gave {shown(value)}; this rule judges a pair of numbers of each run"
            )
        found.append((float(value[0]), float(value[1])))
    return found


def within(low: float | None, high: float | None, least: float | None, most: float | None) -> Answer:
    """Hold an interval against a region; None is an open side of either.

    >>> within(1.0, 2.0, 0.0, 3.0), within(4.0, 5.0, 0.0, 3.0), within(2.0, 5.0, 0.0, 3.0)
    ('reproduced', 'refuted', 'undecided')
    """
    inside_below = least is None or (low is not None and low >= least)
    inside_above = most is None or (high is not None and high <= most)
    if inside_below and inside_above:
        return "reproduced"
    below = least is not None and high is not None and high < least
    above = most is not None and low is not None and low > most
    return "refuted" if below or above else "undecided"


def span(least: float | None, most: float | None, unit: str = "") -> str:
    """Write a region in words.

    >>> span(8, 12), span(0.9, None), span(None, 3)
    ('from 8 to 12', 'at or above 0.9', 'at or below 3')
    """
    if least is None and most is None:
        raise StudyError("a region open on both sides decides nothing; give low, high or both")
    if least is not None and most is not None:
        if least > most:
            raise StudyError(f"a region from {least:g} to {most:g} is empty; low must not be above high")
        return f"from {least:,g}{unit} to {most:,g}{unit}"
    return f"at or above {least:,g}{unit}" if least is not None else f"at or below {most:,g}{unit}"
