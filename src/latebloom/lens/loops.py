"""Which points a loop runs through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

MOST_LOOPS = 24
"""Loops whose points are sought, the longest bars first."""
EQUAL = 1e-9  # of the longest distance: two lengths that are one


def loop_points(apart: NDArray[np.float64], births: NDArray[np.float64]) -> list[list[int]]:
    """Find for each loop of a Vietoris-Rips filtration the points of a cycle that is born with it.

    A loop is born when an edge of that length closes it; the cycle is that edge, and the shortest way between its ends
    along edges that were there before. It stands for the loop up to loops that are older.

    Args:
        apart: the distance between any two points, (point, point).
        births: the length at which each loop is born, the longest bar first; the rest gets no points.

    Returns: places of points, in the order in which the cycle runs through them; empty where no way was found.

    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> [sorted(loop) for loop in loop_points(np.linalg.norm(square[:, None] - square, axis=-1), np.array([1.0]))]
    [[0, 1, 2, 3]]
    """
    return [_cycle(apart, birth) if place < MOST_LOOPS else [] for place, birth in enumerate(births.tolist())]


def _cycle(apart: NDArray[np.float64], birth: float) -> list[int]:
    same = EQUAL * float(apart.max())
    rows, columns = np.nonzero(np.triu(np.abs(apart - birth) <= same, 1))
    there = np.where(apart <= birth + same, apart, 0.0)  # 0 stands for no edge
    for first, last in zip(rows.tolist(), columns.tolist(), strict=True):
        graph = there.copy()
        graph[first, last] = graph[last, first] = 0.0
        lengths, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
        if np.isfinite(lengths[last]):
            way = [last]
            while way[-1] != first:
                way.append(int(before[way[-1]]))
            return way[::-1]
    return []
