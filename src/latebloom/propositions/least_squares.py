"""Ridge regression of fewer examples than inputs, and what it tends to as the penalty vanishes."""

from __future__ import annotations

import numpy as np

from latebloom.propositions.descending import Array, compared, descended, drawn
from latebloom.study import Compared

EXAMPLES, INPUTS = 20, 50


def ridge_is_its_formula() -> list[Compared]:
    """Descend on the ridge objective from a random start; it ends at (X'X + n * penalty * I)^-1 X'y."""
    inputs, targets = _data()
    found = list[Compared]()
    for penalty in (0.1, 1.0):

        def slope(weights: Array, penalty: float = penalty) -> Array:
            return inputs.T @ (inputs @ weights - targets) / EXAMPLES + penalty * weights

        ended = descended(slope, drawn(39, INPUTS), 0.1, 3000)
        formula = np.linalg.solve(inputs.T @ inputs + EXAMPLES * penalty * np.eye(INPUTS), inputs.T @ targets)
        off, size = (float(np.linalg.norm(one)) for one in (ended - formula, formula))
        found.append(Compared(f"distance at penalty {penalty:g}", off, 0.0, scale=size))
    return found


def ridge_tends_to_the_shortest() -> list[Compared]:
    """Solve ridge regressions as least squares with added rows; follow how far they are from w = X'(XX')^-1 y.

    That distance is |X'(XX' + n * penalty * I)^-1 (n * penalty)(XX')^-1 y|, and tends to 0 with the penalty.
    """
    inputs, targets = _data()
    gram = inputs @ inputs.T
    weights = np.linalg.solve(gram, targets)
    penalties = (10.0 ** -np.arange(1.0, 8.0)).tolist()
    distances, expected = list[float](), list[float]()
    for penalty in penalties:
        added = EXAMPLES * penalty
        rows = np.concatenate([inputs, np.sqrt(added) * np.eye(INPUTS)])
        solved = np.linalg.lstsq(rows, np.concatenate([targets, np.zeros(INPUTS)]), rcond=None)[0]
        distances.append(float(np.linalg.norm(solved - inputs.T @ weights)))
        missing = inputs.T @ np.linalg.solve(gram + added * np.eye(EXAMPLES), added * weights)
        expected.append(float(np.linalg.norm(missing)))
    size = float(np.linalg.norm(inputs.T @ weights))
    limit = Compared("distance at the smallest penalty", distances[-1], 0.0, scale=size)
    return [*compared("distance at penalty", penalties, distances, expected), limit]


def shortest_interpolant_is_its_formula() -> list[Compared]:
    """Fit the data by 20 weights of 50, take away what changes no output; what is left is X'(XX')^-1 y."""
    inputs, targets = _data()
    fitted = np.concatenate([np.linalg.solve(inputs[:, :EXAMPLES], targets), np.zeros(INPUTS - EXAMPLES)])
    free = np.linalg.svd(inputs)[2][EXAMPLES:].T  # (input, direction)
    shortest = fitted - free @ np.linalg.lstsq(free, fitted, rcond=None)[0]
    formula = inputs.T @ np.linalg.solve(inputs @ inputs.T, targets)
    off, size = (float(np.linalg.norm(one)) for one in (shortest - formula, formula))
    residual = float(np.linalg.norm(inputs @ shortest - targets))
    return [
        Compared("distance of the weights", off, 0.0, scale=size),
        Compared("residual", residual, 0.0, scale=float(np.linalg.norm(targets))),
    ]


def _data() -> tuple[Array, Array]:
    return drawn(37, EXAMPLES, INPUTS), drawn(38, EXAMPLES)
