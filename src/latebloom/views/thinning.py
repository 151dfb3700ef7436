"""Curves of many points as few: of each stretch the lowest and the highest stay, so that no dip and no peak is lost."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from latebloom.statistics import finite_list

LEAST = 4


class Thinned(TypedDict):
    """A curve for drawing: `values[i]` was seen at `steps[i]`, None where it was not finite; `of` points there were."""

    steps: list[int]
    values: list[float | None]
    of: int


def thinned(steps: NDArray[np.int64], values: NDArray[np.float64], points: int) -> Thinned:
    """Thin a curve to at most so many points; both arrays have shape (point,)."""
    kept = places(values, points)
    return Thinned(steps=steps[kept].tolist(), values=finite_list(values[kept]), of=len(values))


def places(values: NDArray[np.float64], points: int) -> NDArray[np.intp]:
    """Choose which points of a curve are drawn: of each stretch the lowest and the highest, and the ends.

    A stretch in which nothing is finite keeps one point, so that a gap stays a gap.

    Args:
        values: the curve. Shape (point,).
        points: how many at most; at least 4.

    Returns:
        The places of those that stay, ascending. Shape (kept,).

    >>> places(np.array([0.0, 0.0, 9.0, 0.0, -9.0, 0.0, 1.0, 1.0]), 6).tolist()
    [0, 2, 4, 6, 7]
    """
    count = len(values)
    if count <= max(points, LEAST):
        return np.arange(count)
    stretches = (max(points, LEAST) - 2) // 2
    length = -(-count // stretches)
    table = np.full(stretches * length, np.nan)
    table[:count] = np.where(np.isfinite(values), values, np.nan)
    table = table.reshape(stretches, length)  # (stretch, point)
    known = ~np.isnan(table)
    starts = np.arange(stretches) * length
    lowest = starts + np.argmin(np.where(known, table, np.inf), axis=1)
    highest = starts + np.argmax(np.where(known, table, -np.inf), axis=1)
    chosen = np.unique(np.concatenate([lowest, highest, [0, count - 1]]))
    return chosen[chosen < count]
