"""Gradient descent and the logistic loss, in numpy: what several propositions are computed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from latebloom.study import Compared

Array = NDArray[np.float64]


def drawn(seed: int, *shape: int) -> Array:
    """Draw normal numbers: the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def compared(
    what: str, at: Sequence[float], computed: Sequence[float], expected: Sequence[float]
) -> list[Compared]:
    """Put numbers side by side, one for each place."""
    together = zip(at, computed, expected, strict=True)
    return [Compared(f"{what} {place:g}", float(one), float(form)) for place, one, form in together]


def logistic(weights: Array, points: Array) -> float:
    """Compute the mean logistic loss; `points` are inputs times their labels, +1 or -1: (example, input)."""
    return float(np.logaddexp(0.0, -points @ weights).mean())


def logistic_gradient(weights: Array, points: Array) -> Array:
    """Differentiate `logistic` by its formula: -mean of points / (1 + e^margin)."""
    shares = np.exp(-np.logaddexp(0.0, points @ weights))
    return -(points * shares[:, None]).mean(axis=0)


def differentiated(objective: Callable[[Array], float], weights: Array, width: float = 1e-5) -> Array:
    """Differentiate by central differences: without any formula."""
    shifts = np.eye(len(weights)) * width
    return np.array([objective(weights + one) - objective(weights - one) for one in shifts]) / (2.0 * width)


def descended(gradient: Callable[[Array], Array], weights: Array, rate: float, steps: int) -> Array:
    """Take steps of gradient descent."""
    for _ in range(steps):
        weights = weights - rate * gradient(weights)
    return weights
