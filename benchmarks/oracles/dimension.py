"""Oracles of linear and intrinsic dimension."""

import math
import warnings
from collections.abc import Mapping

import numpy as np
import torch
from tests.measures.clouds import round_cloud
from tests.measures.intrinsic import balls, by_differences, published_clouds
from tests.measures.matrices import matrix_of, normal

from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, WRONG, Arrays, Inputs, Oracle, exact

RANK, FEATURES = 10, 100
VALUES = (4.0, 2.0, 1.0, 1.0)
ENTROPY = 1.75 * math.log(2)
RANKS = {"effective_rank": 2**1.75, "feature_diversity": ENTROPY, "stable_rank": 22 / 16}
DIMENSIONS = {"gaussian": 5, "flat torus": 2, "swiss roll": 2, "line": 1, "clusters": 3}
ESTIMATES = ("twonn_dimension", "twonn_dimension_facco", "twonn_dimension_ml")
ROUND = f"round cloud of rank {RANK} in {FEATURES} features"
SHARES = "matrix of singular values 4, 2, 1, 1"


def _round() -> Arrays:
    return {"points": round_cloud(RANK, FEATURES)}


def _steep() -> Arrays:
    return {"points": normal(300, 40) * torch.logspace(0.0, -1.5, 40)}


def _known_values() -> Arrays:
    return {"points": matrix_of(list(VALUES), 30, 4)}


def _eigenvalues(given: Arrays) -> np.ndarray:
    from sklearn.decomposition import PCA

    return PCA(svd_solver="full").fit(exact(given["points"])).explained_variance_


def _components(given: Arrays, fraction: float) -> int:
    from sklearn.decomposition import PCA

    return PCA(n_components=fraction, svd_solver="full").fit(exact(given["points"])).n_components_


def _linear(given: Arrays) -> Arrays:
    shares = _eigenvalues(given) / _eigenvalues(given).sum()
    return {
        "participation_ratio": 1 / (shares**2).sum(),
        "pca_dimension_95": _components(given, 0.95),
        "pca_dimension_99": _components(given, 0.99),
    }


def _of_rank(*names: str) -> Oracle:
    truth = dict.fromkeys(names, float(RANK))
    return Oracle(ROUND, RELATIVE, 1e-6, _round, lambda _: truth)


def _of_shares(*names: str) -> Oracle:
    return Oracle(SHARES, RELATIVE, 1e-6, _known_values, lambda _: {name: RANKS[name] for name in names})


def _differences(given: Arrays) -> Arrays:
    found = dict(zip(ESTIMATES, by_differences(given["points"]), strict=True))
    samples, kept = len(given["points"]), len(np.unique(given["points"].numpy(), axis=0))
    return {**found, "twonn_duplicates": 1 - kept / samples, "twonn_samples": kept}


def _by_differences(name: str, inputs: Inputs) -> Oracle:
    return Oracle(f"{name}: every distance by differences in float64", ABSOLUTE, 1e-9, inputs, _differences)


def _scikit_dimension(given: Arrays) -> Arrays:
    """Ask version 0.5 or later, whose F is i / N."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of its own dependencies
        from skdim.id import TwoNN

        points = exact(given["points"])
        plain, likely = TwoNN().fit(points), TwoNN(method="mle", discard_fraction=0).fit(points)
    return {"twonn_dimension_facco": plain.dimension_, "twonn_dimension_ml": likely.dimension_}


def _estimates() -> tuple[Oracle, ...]:
    """Hold TwoNN to five clouds: to their dimension, and to the library that is usual."""
    found = []
    for name, dimension in DIMENSIONS.items():
        inputs = _cloud(name)
        known = f"{name} of dimension {dimension}, 2000 points"
        truth = dict.fromkeys(ESTIMATES, float(dimension))
        found += [
            Oracle(known, RELATIVE, 0.06, inputs, lambda _, truth=truth: truth),
            Oracle(f"{name}: scikit-dimension", RELATIVE, 1e-3, inputs, _scikit_dimension, ("skdim",)),
        ]
    return tuple(found)


def _cloud(name: str) -> Inputs:
    return lambda: {"points": published_clouds()[name]}


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "covariance_spectrum": (
        Oracle(
            "300 points of 40 unequal spreads: scikit-learn PCA",
            RELATIVE,
            1e-12,
            _steep,
            lambda given: {"covariance_spectrum": _eigenvalues(given)},
        ),
    ),
    "participation_ratio": (_of_rank("participation_ratio"),),
    "pca_dimension": (
        Oracle(ROUND, WRONG, 0, _round, lambda _: {"pca_dimension": RANK}),
        Oracle(
            "300 points of 40 unequal spreads: scikit-learn PCA",
            WRONG,
            0,
            _steep,
            lambda given: {"pca_dimension": _components(given, 0.95)},
        ),
    ),
    "linear_dimensions": (
        _of_rank("participation_ratio", "pca_dimension_95", "pca_dimension_99"),
        Oracle("300 points of 40 unequal spreads: scikit-learn PCA", RELATIVE, 1e-12, _steep, _linear),
    ),
    "effective_rank": (_of_shares("effective_rank"),),
    "feature_diversity": (_of_shares("feature_diversity"),),
    "stable_rank": (_of_shares("stable_rank"),),
    "rank_statistics": (_of_shares(*RANKS),),
    "twonn_dimension": (
        *_estimates(),
        _by_differences("flat torus", _cloud("flat torus")),
        _by_differences("97 clusters of radius 1e-6", lambda: {"points": balls(1e-6, 10)}),
    ),
}
