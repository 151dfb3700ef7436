"""Oracles of classes and their cosets: centroids, variances, purity, clumps."""

from collections.abc import Mapping

import numpy as np
import torch
from tests.measures.coset_loops import purity_by_loops, renamed, share_by_loops
from tests.measures.embeddings import embedding, noise_cloud, uneven_labels

from benchmarks.oracles.nulls import ONE_IN_201, p_value, quantiles
from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, WRONG, Arrays, Inputs, Oracle, exact
from latebloom.measures.nulls import relabellings

DRAWS = 25


def _cloud() -> Arrays:
    labels = uneven_labels(12, 150)
    points = embedding(12, [2], features=4)[labels] + 0.6 * noise_cloud(150, 4)
    return {"points": points, "labels": labels, "order": 12, "draws": DRAWS}


def _without(*names: str) -> Inputs:
    return lambda: {name: value for name, value in _cloud().items() if name not in names}


def _twelve_cosets(noise: float = 0.05) -> Arrays:
    labels = uneven_labels(96, 400)
    points = embedding(96, [8])[labels] + noise * noise_cloud(400, 16)
    return {"points": points, "labels": labels, "order": 96}


def _centroids(given: Arrays) -> Arrays:
    from sklearn.neighbors import NearestCentroid

    fitted = NearestCentroid().fit(exact(given["points"]), given["labels"].numpy())
    return {"class_centroids": fitted.centroids_}


def _class_means(given: Arrays) -> np.ndarray:
    """Give each sample the mean of its class."""
    points, labels = exact(given["points"]), given["labels"].numpy()
    return np.stack([points[labels == label].mean(0) for label in labels])


def _variances(given: Arrays) -> Arrays:
    points, means = exact(given["points"]), _class_means(given)
    return {
        "total_variance": points.var(0).sum(),
        "within_class_variance": ((points - means) ** 2).sum() / len(points),
        "between_class_variance": means.var(0).sum(),
    }


def _factorisation(given: Arrays) -> Arrays:
    from sklearn.metrics import r2_score

    score = r2_score(exact(given["points"]), _class_means(given), multioutput="variance_weighted")
    return {"factorisation": score}


def _rows(given: Arrays) -> torch.Tensor:
    return relabellings(given["order"], given["draws"], 0, torch.device("cpu"))


def _quotients(given: Arrays) -> Arrays:
    points, order = exact(given["points"]), given["order"]
    divisors = [m for m in range(1, order + 1) if order % m == 0]
    coordinates = [renamed(given["labels"], row).numpy() for row in _rows(given)]
    shares = np.array([[share_by_loops(points, places % m) for m in divisors] for places in coordinates])
    spread = np.where(shares.std(0) > 1e-9, shares.std(0), np.inf)
    excess = (shares - shares.mean(0)) / spread  # (relabelling, divisor)
    highest = excess[:, 1:-1].max(1)
    return {
        "quotient_variance_divisor": divisors,
        "quotient_variance": shares[0],
        "quotient_variance_p_value": p_value(shares),
        "quotient_variance_excess": excess[0],
        **quantiles(shares, "quotient_variance"),
        "quotient_variance_best_divisor": divisors[1 + excess[0, 1:-1].argmax()],
        "quotient_variance_best_excess": highest[0],
        "quotient_variance_best_p_value": p_value(highest),
        **quantiles(highest, "quotient_variance_best"),
    }


def _purity(given: Arrays) -> Arrays:
    from sklearn.cluster import KMeans

    quotient = given["quotient"]
    clusters = KMeans(quotient, n_init=10, random_state=0).fit_predict(exact(given["points"]))
    coordinates = [renamed(given["labels"], row).numpy() for row in _rows(given)]
    purities = np.array([purity_by_loops(clusters, places % quotient) for places in coordinates])
    return {
        "coset_purity": purities[0],
        "coset_purity_p_value": p_value(purities),
        **quantiles(purities, "coset_purity"),
    }


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "class_centroids": (
        Oracle(
            "12 classes of unequal size: scikit-learn NearestCentroid",
            RELATIVE,
            1e-12,
            _without("draws"),
            _centroids,
        ),
    ),
    "class_variances": (
        Oracle(
            "12 classes of unequal size: numpy in float64",
            RELATIVE,
            1e-12,
            _without("order", "draws"),
            _variances,
        ),
    ),
    "factorisation": (
        Oracle(
            "12 classes of unequal size: scikit-learn r2_score of the class means",
            ABSOLUTE,
            1e-12,
            _without("order", "draws"),
            _factorisation,
        ),
    ),
    "quotient_variance": (
        Oracle(
            "Z_96 at frequency 8 under noise: 12 cosets",
            WRONG,
            0,
            _twelve_cosets,
            lambda _: {"quotient_variance_best_divisor": 12, "quotient_variance_best_p_value": ONE_IN_201},
        ),
        Oracle(f"Z_12: plain loop over {DRAWS} relabellings", ABSOLUTE, 1e-9, _cloud, _quotients),
    ),
    "coset_purity": (
        Oracle(
            "Z_96 at frequency 8 under noise: 12 pure cosets",
            WRONG,
            0,
            lambda: {**_twelve_cosets(), "quotient": 12},
            lambda _: {"coset_purity": 1.0, "coset_purity_p_value": ONE_IN_201},
        ),
        Oracle(
            f"Z_12: scikit-learn k-means and a loop over {DRAWS} relabellings",
            ABSOLUTE,
            1e-12,
            lambda: {**_cloud(), "quotient": 4},
            _purity,
        ),
    ),
    "clump_structure": (
        Oracle(
            "Z_96 at frequency 8 under little noise: 12 clumps in a ring",
            WRONG,
            0,
            lambda: {**_twelve_cosets(noise=0.001), "quotient": 12},
            lambda _: {"clump_count": 12, "clump_adjacency": 1.0},
        ),
    ),
}
