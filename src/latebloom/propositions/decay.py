"""Decay contracts: under gradient descent, and under Adam with decay coupled to the gradient or decoupled from it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from latebloom.propositions.descending import (
    Array,
    compared,
    differentiated,
    drawn,
    logistic,
    logistic_gradient,
)
from latebloom.study import Compared

USED, UNUSED = 6, 4
"""Inputs of the data under Adam, which moves each weight by itself; the unused are always 0."""


def gradient_descent_contracts() -> list[Compared]:
    """Descend on a penalised loss, differentiated numerically; watch the directions that the data do not reach.

    There the length after t steps is that at the start times (1 - rate * decay)^t.
    """
    rate, decay, steps = 0.1, 0.2, 100
    points, weights = drawn(31, 6, 10), drawn(32, 10)
    unreached = np.linalg.svd(points)[2][len(points) :]  # (direction, input)

    def objective(some: Array) -> float:
        return logistic(some, points) + decay / 2.0 * float(some @ some)

    lengths = list[float]()
    for _ in range(steps + 1):
        lengths.append(float(np.linalg.norm(unreached @ weights)))
        weights = weights - rate * differentiated(objective, weights)
    at = range(0, steps + 1, 10)
    expected = [lengths[0] * (1.0 - rate * decay) ** step for step in at]
    return compared("length at step", at, lengths[:: at.step], expected)


def gradient_descent_shrinks_and_descends() -> list[Compared]:
    """Take one step on a penalised loss, differentiated numerically, from eight places; compare every weight.

    The step is (1 - rate * decay) times the weights, less rate times the gradient of the loss alone.
    """
    rate, decay = 0.1, 0.2
    points = drawn(33, 6, 10)

    def objective(some: Array) -> float:
        return logistic(some, points) + decay / 2.0 * float(some @ some)

    found = list[Compared]()
    for place, weights in enumerate(3.0 * drawn(34, 8, 10)):
        stepped = weights - rate * differentiated(objective, weights)
        expected = (1.0 - rate * decay) * weights - rate * logistic_gradient(weights, points)
        off, size = (float(np.linalg.norm(one)) for one in (stepped - expected, expected))
        found.append(Compared(f"distance from place {place}", off, 0.0, scale=size))
    return found


def decoupled_decay_contracts() -> list[Compared]:
    """Run AdamW on data with unused inputs; their weights' length at step t is the first times (1 - rate * decay)^t."""
    rate, decay, steps = 0.01, 1.0, 200
    course = adam(_gradient, _weights(), rate=rate, decay=decay, coupled=False, steps=steps)
    lengths = np.linalg.norm(course[:, USED:], axis=1)
    at = range(0, steps + 1, 20)
    expected = [lengths[0] * (1.0 - rate * decay) ** step for step in at]
    return compared("length at step", at, lengths[:: at.step].tolist(), expected)


def coupled_decay_under_adam() -> list[Compared]:
    """Take one step of Adam with decay coupled to the gradient; unused weights move by the rate, whatever the decay."""
    rate, found = 1e-3, list[Compared]()
    for decay in (1e-3, 1e-2, 1e-1, 1.0):
        course = adam(_gradient, _weights(), rate=rate, decay=decay, coupled=True, steps=1)
        moved = np.abs(course[1] - course[0])[USED:]
        found += compared(f"move at decay {decay:g}, weight", range(UNUSED), moved.tolist(), [rate] * UNUSED)
    return found


def adam(
    gradient: Callable[[Array], Array],
    weights: Array,
    *,
    rate: float,
    decay: float,
    coupled: bool,
    steps: int,
) -> Array:
    """Run Adam, betas 0.9 and 0.999 and epsilon 1e-8, written out. Returns (step, weight), the start included."""
    mean, square, course = np.zeros_like(weights), np.zeros_like(weights), [weights]
    for step in range(1, steps + 1):
        slope = gradient(weights) + (decay * weights if coupled else 0.0)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        move = mean / (1.0 - 0.9**step) / (np.sqrt(square / (1.0 - 0.999**step)) + 1e-8)
        weights = weights - rate * move - (0.0 if coupled else rate * decay) * weights
        course.append(weights)
    return np.array(course)


def _gradient(weights: Array) -> Array:
    return logistic_gradient(weights, np.concatenate([drawn(35, 12, USED), np.zeros((12, UNUSED))], axis=1))


def _weights() -> Array:
    return np.concatenate([drawn(36, USED), [0.5, -1.0, 2.0, -3.0]])
