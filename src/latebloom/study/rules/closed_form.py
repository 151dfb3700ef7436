"""Propositions of a theory, held against numbers: no runs, no chance, so nothing can be undecided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from latebloom.errors import StudyError
from latebloom.study.evidence import Sample
from latebloom.study.rules.rule import Decision, Rule


@dataclass(frozen=True)
class Compared:
    """A number that was computed, beside the one that the closed form gives.

    Args:
        what: in a few words, for the table behind the figure.
        computed: numerically. expected: by the closed form.
        scale: what a deviation is relative to; the expected number, or 1 where that is 0, if none is given.
    """

    what: str
    computed: float
    expected: float
    scale: float | None = None

    @property
    def deviation(self) -> float:
        """How far off it is, relative to its scale."""
        scale = self.scale if self.scale is not None else abs(self.expected) or 1.0
        return abs(self.computed - self.expected) / scale


@dataclass(frozen=True, kw_only=True)
class ClosedForm(Rule):
    """Every computed number agrees with its closed form to within a relative tolerance."""

    tolerance: float
    least: int = 1
    arms: ClassVar[tuple[int, int | None]] = (0, 0)

    @property
    def formula(self) -> str:
        """Say when it is reproduced, and when refuted."""
        return (
            f"reproduced if every number is within {self.tolerance:g} of its closed form, relative to its scale; "
            "refuted if one is not"
        )

    @property
    def region(self) -> tuple[float | None, float | None]:
        """The deviations that are allowed."""
        return None, self.tolerance

    def decide(self, sample: Sample) -> Decision:
        """Refuse runs.

        Raises:
            StudyError: always; `compare` is what judges.
        """
        raise StudyError(
            f"ClosedForm judges what is computed, not {sample.n} runs; give the claim `computed`"
        )

    def compare(self, found: Sequence[Compared]) -> Decision:
        """Judge numbers beside their closed forms.

        Raises:
            StudyError: there are none.
        """
        if not found:
            raise StudyError("`computed` gave nothing to compare")
        farthest = max(found, key=lambda one: (math.isnan(one.deviation), one.deviation))
        holds = farthest.deviation <= self.tolerance
        why = (
            f"{farthest.what}: {farthest.computed:.6g} beside {farthest.expected:.6g}, "
            f"the farthest of {len(found)}: off by {farthest.deviation:.2g}, tolerance {self.tolerance:g}"
        )
        worst = None if math.isnan(farthest.deviation) else farthest.deviation
        return Decision("reproduced" if holds else "refuted", worst, None, None, len(found), why)
