"""Oracles of weights and gradients."""

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import torch
from tests.measures.matrices import matrix_of, normal

from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, Arrays, Inputs, Oracle, exact

VALUES = (4.0, 2.0, 1.0, 0.5)
SPECTRUM = "matrix of singular values 4, 2, 1, 1/2"
SHARES = [value / sum(VALUES) for value in VALUES]
COUNT = 10_000


def _drawn(*names: str) -> Inputs:
    return lambda: {name: normal(COUNT, seed=seed) for seed, name in enumerate(names)}


def _norm(values: torch.Tensor) -> float:
    """Add the squares without any rounding in between."""
    return math.sqrt(math.fsum(value * value for value in values.tolist()))


def _cosine(left: np.ndarray, right: np.ndarray) -> float:
    return left @ right / np.linalg.norm(left) / np.linalg.norm(right)


def _sparsity(given: Arrays) -> Arrays:
    size = np.abs(exact(given["parameters"]))
    return {
        "weight_sparsity_absolute": (size < 0.01).mean(),
        "weight_sparsity_relative": (size < 0.1 * math.sqrt((size**2).mean())).mean(),
    }


def _pairs(given: Arrays) -> Arrays:
    cosines = [_cosine(left, right) for left, right in combinations(exact(given["gradients"])[-5:], 2)]
    return {"gradient_cosine_similarity": np.mean(cosines)}


def _summed(measure: str, argument: str) -> tuple[Oracle, ...]:
    known = f"{COUNT:,} normal numbers: exact sum of squares"
    return (
        Oracle(known, RELATIVE, 1e-12, _drawn(argument), lambda given: {measure: _norm(given[argument])}),
    )


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "weight_norm": _summed("weight_norm", "parameters"),
    "gradient_norm": _summed("gradient_norm", "gradient"),
    "weight_change": (
        Oracle(
            f"{COUNT:,} normal numbers and others: exact sum of squares",
            RELATIVE,
            1e-12,
            _drawn("parameters", "previous"),
            lambda given: {"weight_change": _norm(given["parameters"].double() - given["previous"].double())},
        ),
    ),
    "relative_weight_norm": (
        Oracle(
            f"{COUNT:,} normal numbers and others: exact sums of squares",
            RELATIVE,
            1e-12,
            _drawn("parameters", "initial"),
            lambda given: {"relative_weight_norm": _norm(given["parameters"]) / _norm(given["initial"])},
        ),
    ),
    "weight_sparsity": (
        Oracle(f"{COUNT:,} normal numbers: numpy's count", ABSOLUTE, 1e-12, _drawn("parameters"), _sparsity),
    ),
    "singular_values": (
        Oracle(
            SPECTRUM,
            RELATIVE,
            1e-6,
            lambda: {"weights": matrix_of(VALUES, 30, 4)},
            lambda _: {"singular_values": VALUES},
        ),
        Oracle(
            "128 x 97 normal numbers: numpy SVD in float64",
            RELATIVE,
            1e-12,
            lambda: {"weights": normal(128, 97)},
            lambda given: {"singular_values": np.linalg.svd(exact(given["weights"]), compute_uv=False)},
        ),
    ),
    "weight_spectrum": (
        Oracle(
            SPECTRUM,
            RELATIVE,
            1e-6,
            lambda: {"weights": matrix_of(VALUES, 30, 4)},
            lambda _: {
                "spectral_norm": 4.0,
                "weight_stable_rank": sum(value**2 for value in VALUES) / 16,
                "weight_effective_rank": math.exp(-sum(share * math.log(share) for share in SHARES)),
            },
        ),
    ),
    "gradient_cosine_similarity": (
        Oracle(
            "five corners of a simplex: -1/4",
            ABSOLUTE,
            1e-6,
            lambda: {"gradients": torch.eye(5, dtype=torch.float64) - 0.2},
            lambda _: {"gradient_cosine_similarity": -0.25},
        ),
        Oracle(
            "nine normal gradients: numpy over the pairs of the last five",
            ABSOLUTE,
            1e-12,
            lambda: {"gradients": normal(9, 300)},
            _pairs,
        ),
    ),
    "gradient_weight_alignment": (
        Oracle(
            f"{COUNT:,} normal numbers and others: numpy's cosine",
            ABSOLUTE,
            1e-12,
            _drawn("gradient", "parameters"),
            lambda given: {
                "gradient_weight_alignment": -_cosine(exact(given["gradient"]), exact(given["parameters"]))
            },
        ),
    ),
}
