"""Every measure: how far from its oracles, and how fast beside the usual library or a plain loop."""

import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.natural import CLASSES, arrays, inputs_for
from benchmarks.oracles.errors import LEGEND, errors_of, written
from benchmarks.rounds import alternate, ratio, spread, table
from latebloom.measures import MEASURES
from latebloom.measures.applying import apply, takes

Arrays = Mapping[str, Any]
DRAWS = 200
LEAST = 0.1  # seconds for which a quick measure is repeated


def measure(quick: bool) -> dict[str, Any]:
    """Hold each measure to its oracles, and time it and its rival in turn; print errors, milliseconds and ratios.

    It is timed on arrays of the manifold protocol's sizes.
    """
    drawn, errors = arrays(), errors_of(MEASURES)
    found = {name: _timed(name, drawn, 1 if quick else 5) for name in MEASURES}
    rows = []
    for name in MEASURES:
        rival = RIVALS.get(name, ("-", None))[0]
        times = found[name]
        both = "rival" in times
        faster = f"{ratio(times['rival'], times['ours']):.1f}" if both else "-"
        rows.append([name, spread(times["ours"]), spread(times["rival"]) if both else "-", faster, rival])
        rows[-1] += [written(errors[name][0]), errors[name][0]["oracle"]]
        rows += [["", "", "", "", "", written(one), one["oracle"]] for one in errors[name][1:]]
    print("milliseconds, all cores for either, median (least to most)")
    print(LEGEND)
    table(["", "ours", "rival", "ours is faster by", "rival is", "error", "oracle"], rows, left=(0, 4, 6))
    return {"milliseconds": found, "oracles": errors}


def _timed(name: str, drawn: Arrays, rounds: int) -> dict[str, list[float]]:
    given = inputs_for(name, takes(name).required, drawn)
    contenders = {"ours": partial(_milliseconds, partial(apply, name, given))}
    rival = RIVALS.get(name)
    if rival and all(find_spec(module) for module in rival[1]):
        contenders["rival"] = partial(_milliseconds, partial(rival[2], given))
    for contender in contenders.values():
        contender()  # what is loaded and cached at the first call is no part of the measure
    return alternate(contenders, rounds)


def _milliseconds(call: Callable[[], object]) -> float:
    """Time a call, the mean of several where it is short."""
    began, calls, passed = time.perf_counter(), 0, 0.0
    while passed < LEAST:
        call()
        calls, passed = calls + 1, time.perf_counter() - began
    return 1000 * passed / calls


def _pca(given: Arrays) -> object:
    from sklearn.decomposition import PCA

    return PCA().fit(given["points"].numpy()).explained_variance_ratio_.cumsum()


def _twonn(given: Arrays) -> object:
    from skdim.id import TwoNN

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the rival's own warnings, of its own dependencies
        return TwoNN().fit(given["points"].numpy()).dimension_


def _ripser(given: Arrays) -> object:
    from ripser import ripser

    points = given["points"].numpy()
    return ripser(points[np.random.default_rng(0).permutation(len(points))[:500]], maxdim=1)["dgms"]


def _ring_loop(given: Arrays) -> object:
    """Relabel the classes and score every stride anew, one relabelling after the other."""
    centroids, generator, best = given["centroids"].numpy(), np.random.default_rng(0), []
    for draw in range(DRAWS + 1):
        order = np.arange(CLASSES) if draw == 0 else generator.permutation(CLASSES)
        distances = np.linalg.norm(centroids[order, None] - centroids[order], axis=-1)
        np.fill_diagonal(distances, np.inf)
        steps = (np.argsort(distances, axis=1)[:, :2] - np.arange(CLASSES)[:, None]) % CLASSES
        scores = [np.isin(steps, (stride, CLASSES - stride)).mean() for stride in range(1, CLASSES // 2 + 1)]
        best.append(max(scores))
    return np.quantile(best[1:], [0.5, 0.95]), best[0]


def _quotient_loop(given: Arrays) -> object:
    """Relabel the classes and compute the variance between cosets of every quotient, one after the other."""
    points, labels, order = given["points"].double().numpy(), given["labels"].numpy(), given["order"]
    divisors = [m for m in range(2, order) if order % m == 0]
    generator, shares = np.random.default_rng(0), []
    centred = points - points.mean(0)
    for draw in range(DRAWS + 1):
        relabelled = (np.arange(order) if draw == 0 else generator.permutation(order))[labels]
        for m in divisors:
            members = relabelled[:, None] % m == np.arange(m)  # (sample, coset)
            between = (members.T @ centred) ** 2 / members.sum(0)[:, None]
            shares.append(between.sum() / (centred**2).sum())
    return shares


def _kmeans(given: Arrays) -> object:
    from sklearn.cluster import KMeans

    return KMeans(given["quotient"], n_init=10, random_state=0).fit(given["points"].numpy()).labels_


def _spectrum_loop(given: Arrays) -> object:
    centroids, generator = given["centroids"].numpy(), np.random.default_rng(0)
    orders = [np.arange(CLASSES), *(generator.permutation(CLASSES) for _ in range(DRAWS))]
    return [np.abs(np.fft.rfft(centroids[order] - centroids.mean(0), axis=0)) ** 2 for order in orders]


def _class_means(given: Arrays) -> object:
    points, labels = given["points"].numpy(), given["labels"].numpy()
    return [points[labels == label].mean(0) for label in range(CLASSES)]


def _singular(given: Arrays) -> object:
    return np.linalg.svd(given["weights"].double().numpy(), compute_uv=False)


def _embedding(given: Arrays) -> object:
    centred = given["embedding"].double().numpy()
    return np.abs(np.fft.rfft(centred - centred.mean(0), axis=0)) ** 2


def _entropy(given: Arrays) -> object:
    from scipy.stats import entropy

    return entropy(given["pattern"].double().numpy(), axis=-1).mean()


def _activations(given: Arrays) -> object:
    points = given["points"].double().numpy()
    return (
        np.linalg.norm(points, axis=1).mean(),
        points.std(),
        np.abs(points).max(),
        (np.abs(points) < 0.1).mean(),
    )


def _key_loop(given: Arrays) -> object:
    table_ = given["table_activations"].double().numpy()
    return [np.abs(np.fft.fft2(table_[..., unit])) ** 2 for unit in range(table_.shape[-1])]


RIVALS: Mapping[str, tuple[str, tuple[str, ...], Callable[[Arrays], object]]] = {
    "linear_dimensions": ("scikit-learn PCA", ("sklearn",), _pca),
    "twonn_dimension": ("scikit-dimension", ("skdim",), _twonn),
    "betti_numbers": ("ripser, 500 points", ("ripser",), _ripser),
    "ring_scan": ("loop over relabellings", (), _ring_loop),
    "quotient_variance": ("loop over relabellings", (), _quotient_loop),
    "coset_purity": ("scikit-learn k-means alone", ("sklearn",), _kmeans),
    "group_spectrum": ("numpy FFT per relabelling", (), _spectrum_loop),
    "class_centroids": ("loop over classes", (), _class_means),
    "singular_values": ("numpy SVD", (), _singular),
    "embedding_spectrum": ("numpy FFT alone", (), _embedding),
    "attention_entropy": ("scipy", ("scipy",), _entropy),
    "activation_statistics": ("numpy", (), _activations),
    "key_frequencies": ("numpy FFT per unit", (), _key_loop),
}
"""What people would use instead: its name, the modules that it needs, and the call."""
