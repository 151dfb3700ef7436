"""What the pictures share: an axis of steps that is logarithmic and still shows step 0, and thinning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ZERO_WIDTH = 0.35  # decades that the stretch from 0 to the first step takes


@dataclass(frozen=True, slots=True)
class StepAxis:
    """How steps are laid out: `first` is the first step after 0, from which on the axis is logarithmic."""

    first: int
    last: int

    @classmethod
    def over(cls, steps: Sequence[Sequence[int]]) -> StepAxis:
        """Lay out an axis for several curves' steps, each rising."""
        beyond = [step for own in steps for step in own[:2] if step > 0]
        last = max((own[-1] for own in steps if len(own)), default=1)
        return cls(min(beyond, default=1), max(last, 1))

    @property
    def logarithmic(self) -> bool:
        """Whether the steps span enough for a logarithmic axis to show more than a plain one."""
        return self.last > 10 * self.first

    def position(self, steps: NDArray[Any]) -> NDArray[np.float64]:
        """Tell where steps lie on the axis, from 0 to 1. Shape (step,)."""
        if not self.logarithmic:
            return np.asarray(steps, dtype=np.float64) / self.last
        return self._decades(np.asarray(steps)) / self._decades(np.array([self.last]))[0]

    def _decades(self, steps: NDArray[Any]) -> NDArray[np.float64]:
        beyond = ZERO_WIDTH + np.log10(np.maximum(steps, self.first) / self.first)
        return np.where(steps < self.first, ZERO_WIDTH * steps / self.first, beyond)

    def put_on(self, axes: Axes, *, labelled: bool = True) -> None:
        """Give axes this axis of steps."""
        from matplotlib.ticker import FixedLocator, FuncFormatter

        if self.logarithmic:
            # matplotlib draws the linear stretch 10 / 9 as wide as asked
            axes.set_xscale("symlog", linthresh=self.first, linscale=0.9 * ZERO_WIDTH)
            axes.xaxis.set_major_locator(FixedLocator(self.ticks()))
            axes.xaxis.set_minor_locator(FixedLocator([]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: step_label(value)))
        margin = 0.02
        axes.set_xlim(0 if self.logarithmic else -margin * self.last, self._beyond(margin))
        axes.tick_params(axis="x", labelbottom=labelled)
        if labelled:
            axes.set_xlabel(
                "optimizer step" + (" (logarithmic from the first evaluation on)" if self.logarithmic else "")
            )

    def _beyond(self, margin: float) -> float:
        if not self.logarithmic:
            return self.last * (1 + margin)
        return self.last * (self.last / self.first) ** margin

    def ticks(self) -> list[float]:
        """List the steps that are labelled: 0, powers of ten, and where these are few, 2 and 5 times them."""
        decades = range(int(np.floor(np.log10(self.first))), int(np.ceil(np.log10(self.last))) + 1)
        factors = (1, 2, 5) if self.last < 300 * self.first else (1,)
        marks = [factor * 10.0**decade for decade in decades for factor in factors]
        return [0.0, *(mark for mark in marks if self.first <= mark <= self.last)]


def step_label(step: float) -> str:
    """Write a step under its tick.

    >>> step_label(100), step_label(20000), step_label(3e6)
    ('100', '20,000', '3M')
    """
    return f"{step / 1e6:g}M" if abs(step) >= 1e6 else f"{step:,.0f}"


def thinned(
    axis: StepAxis, steps: NDArray[Any], values: NDArray[np.float64], columns: int
) -> NDArray[np.intp]:
    """Choose the points to draw: in each of so many columns of the axis the lowest and the highest.

    Both ends are kept, and points that are not finite, as they break the line. Returns rising indices.
    Shape (point,).
    """
    if len(steps) <= 2 * columns:
        return np.arange(len(steps))
    column = np.minimum((axis.position(steps) * columns).astype(np.intp), columns - 1)
    by_value = np.lexsort((values, column))  # by column, then value; nan comes last
    edges = np.flatnonzero(np.diff(column[by_value])) + 1
    lowest = by_value[np.r_[0, edges]]
    broken = np.where(np.isfinite(values), values, -np.inf)
    highest = np.lexsort((broken, column))[np.r_[edges - 1, len(steps) - 1]]
    gaps = np.flatnonzero(~np.isfinite(values))
    return np.unique(np.r_[0, lowest, highest, gaps, len(steps) - 1])
