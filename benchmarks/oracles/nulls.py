"""Nulls from a plain loop over relabellings: the score of what was given comes first."""

from collections.abc import Sequence

import numpy as np

from benchmarks.oracles.oracle import Arrays

ONE_IN_201 = 1 / 201
"""The p-value of what none of 200 relabellings reaches."""

LEVELS = {"median": 0.5, "95": 0.95, "99": 0.99}
ROUNDING = 1e-9


def p_value(scores: np.ndarray) -> np.ndarray:
    """Compute the share that scores at least as high as the first, itself among them; (relabelling, ...)."""
    return (scores >= scores[0] - ROUNDING).mean(0)


def quantiles(scores: Sequence[float] | np.ndarray, name: str) -> Arrays:
    """Give the null quantiles of a score, under the names that a measure gives them."""
    return {f"{name}_null_{key}": np.quantile(scores[1:], level, axis=0) for key, level in LEVELS.items()}
