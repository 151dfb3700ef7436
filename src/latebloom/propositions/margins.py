"""Logistic regression on separable points: the weights' length without decay and with it."""

from __future__ import annotations

import numpy as np

from latebloom.propositions.descending import Array, compared, descended, drawn, logistic_gradient
from latebloom.study import Compared

FIRST, SECOND = 10_000, 40_000  # steps between which growth is measured


def separable_weights_diverge() -> list[Compared]:
    """Descend without decay; the length grows by 1 / margin for each factor e of the step, for ever.

    The margin is that of the best of 100,000 directions; as 1 / margin of the length per logarithm of the step:
    Soudry et al. 2018, arXiv:1710.10345, theorem 3.
    """
    found = list[Compared]()
    for size in (0.5, 1.0, 2.0):
        points = size * np.array([[1.0, 1.0], [1.0, -1.0], [2.0, 0.3], [3.0, -2.0]])

        def slope(weights: Array, points: Array = points) -> Array:
            return logistic_gradient(weights, points)

        early = descended(slope, np.array([0.3, -0.2]), 1.0, FIRST)
        late = descended(slope, early, 1.0, SECOND - FIRST)
        growth = float(np.linalg.norm(late) - np.linalg.norm(early)) / float(np.log(SECOND / FIRST))
        found.append(Compared(f"growth at {size:g} times the points", growth, 1.0 / _widest(points)))
    return found


def decay_bounds_separable_weights() -> list[Compared]:
    """Descend with decay on x labelled +1 and -x labelled -1; the length r solves decay * r = |x| / (1 + e^(r|x|))."""
    length, decays = 2.0, (1.0, 0.1, 0.01, 0.001)
    points = np.stack([length / 3.0 * np.array([2.0, -1.0, 2.0])] * 2)
    lengths = list[float]()
    for decay in decays:

        def slope(weights: Array, decay: float = decay) -> Array:
            return logistic_gradient(weights, points) + decay * weights

        ended = descended(slope, drawn(40, 3), 0.5, round(30 / decay))
        lengths.append(float(np.linalg.norm(ended)))
    return compared("length at decay", decays, lengths, [_root(decay, length) for decay in decays])


def decayed_optimum_is_one() -> list[Compared]:
    """Descend with decay from twelve far starts; all end at one place, no longer than sqrt(2 log 2 / decay).

    The bound holds since the objective there is at most what it is at 0, log 2.
    """
    decay, points = 0.05, drawn(41, 8, 12)  # fewer examples than inputs: separable

    def slope(weights: Array) -> Array:
        return logistic_gradient(weights, points) + decay * weights

    ends = np.array([descended(slope, start, 0.5, 1500) for start in 10.0 * drawn(42, 12, 12)])
    size = float(np.linalg.norm(ends[0]))
    apart = np.linalg.norm(ends - ends[0], axis=1).tolist()
    beyond = max(0.0, size - float(np.sqrt(2.0 * np.log(2.0) / decay)))
    return [
        *(Compared(f"distance of end {place}", one, 0.0, scale=size) for place, one in enumerate(apart)),
        Compared("length beyond the bound", beyond, 0.0, scale=size),
    ]


def _widest(points: Array) -> float:
    """Try every direction of the plane: the largest of the smallest margins."""
    angles = np.linspace(0.0, 2.0 * np.pi, 100_001)
    return float((points @ np.stack([np.cos(angles), np.sin(angles)])).min(axis=0).max())


def _root(decay: float, length: float) -> float:
    """Halve an interval until it holds r alone."""
    low, high = 0.0, length / decay
    for _ in range(200):
        middle = (low + high) / 2.0
        below = np.log(decay * middle / length) < -np.logaddexp(0.0, middle * length)
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2.0
