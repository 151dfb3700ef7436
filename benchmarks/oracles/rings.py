"""Oracles of rings of Z_n, of its quotients and inside its cosets, and of its spectrum."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from tests.measures.embeddings import embedding, noise_cloud
from tests.measures.ring_loops import inverse_stride, profile_by_loops, structures_by_loops
from tests.measures.transforms import shares_by_numpy
from torch import Tensor

from benchmarks.oracles.nulls import ONE_IN_201, p_value, quantiles
from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, WRONG, Arrays, Inputs, Oracle, exact
from latebloom.measures.nulls import relabellings

DRAWS = 30


def _circles(order: int, frequencies: list[int], noise: float = 0.0) -> Inputs:
    return lambda: {"centroids": embedding(order, frequencies, noise=noise, features=32)}


def _few(order: int, frequencies: list[int], draws: int = DRAWS) -> Inputs:
    """A ring under so much noise that its score is no landmark, small enough for a loop."""
    return lambda: {"centroids": embedding(order, frequencies, noise=0.3, features=5), "draws": draws}


def _rows(given: Arrays) -> Tensor:
    centroids = given["centroids"]
    return centroids.double()[relabellings(len(centroids), given["draws"], 0, torch.device("cpu"))]


def _ring(frequency: int) -> Oracle:
    stride = inverse_stride(frequency, 97)
    truth = {
        "ring_scores": [float(one == stride) for one in range(1, 49)],
        "adjacency_stride_1": float(stride == 1),
        "ring_best_stride": stride,
        "ring_best_score": 1.0,
        "ring_best_gcd": 1,
        "ring_p_value": ONE_IN_201,
    }
    known = f"ring of Z_97 at frequency {frequency}: stride {stride}, score 1, p = 1/201"
    return Oracle(known, WRONG, 0, _circles(97, [frequency]), lambda _: truth)


def _whole_ring(frequency: int) -> Arrays:
    """What a scan of all quotients finds where there is none but the whole group: the same ring."""
    stride = inverse_stride(frequency, 97)
    whole = {"divisor": 97, "score": 1.0, "stride": stride, "p_value": ONE_IN_201}
    return {
        **{f"quotient_ring_{name}": [value] for name, value in whole.items()},
        **{f"coset_ring_{name}": [] for name in whole},
        **{f"quotient_scan_{name}": value for name, value in whole.items()},
        "quotient_scan_gcd": 1,
        "quotient_scan_inside": 0,
    }


def _scan(given: Arrays) -> Arrays:
    profiles = [profile_by_loops(row.tolist(), 2) for row in _rows(given)]
    best = [max(profile) for profile in profiles]
    stride = profiles[0].index(best[0]) + 1
    return {
        "ring_scores": [score for score, _ in profiles[0]],
        "adjacency_stride_1": profiles[0][0][0],
        "ring_best_stride": stride,
        "ring_best_score": best[0][0],
        "ring_best_gcd": math.gcd(stride, len(given["centroids"])),
        "ring_p_value": np.mean([one >= best[0] for one in best]),
        **quantiles([score for score, _ in best], "ring"),
    }


def _adjacency(given: Arrays) -> Arrays:
    profile = profile_by_loops(given["centroids"].tolist(), given["neighbours"])
    return {"adjacency_score": profile[given["stride"] - 1][0]}


def _inside(given: Arrays) -> Arrays:
    centroids, quotient = given["centroids"], given["quotient"]
    profiles = [profile_by_loops(centroids[coset::quotient].tolist(), 1) for coset in range(quotient)]
    return {"coset_adjacency_score": np.mean([profile[given["stride"] - 1][0] for profile in profiles])}


def _coset_means(given: Arrays) -> Arrays:
    centroids, quotient = exact(given["centroids"]), given["quotient"]
    return {"quotient_centroids": [centroids[coset::quotient].mean(0) for coset in range(quotient)]}


def _structures(given: Arrays) -> Arrays:
    """Score every quotient and every coset of Z_24 under every relabelling by loops."""
    loops = [structures_by_loops(exact(row)) for row in _rows(given)]
    kinds = list(loops[0])
    scores = np.array([[one[0] for one in loop.values()] for loop in loops])  # (relabelling, structure)
    excess = (scores - scores.mean(0)) / scores.std(0)
    prefix, divisor = kinds[excess[0].argmax()]
    score, _, stride = loops[0][prefix, divisor]
    places = 24 // divisor if prefix == "coset_ring" else divisor
    found = {
        "quotient_scan_divisor": divisor,
        "quotient_scan_inside": prefix == "coset_ring",
        "quotient_scan_stride": stride,
        "quotient_scan_score": score,
        "quotient_scan_gcd": math.gcd(stride, places),
        "quotient_scan_excess": excess[0].max(),
        "quotient_scan_p_value": p_value(excess.max(1)),
        **quantiles(excess.max(1), "quotient_scan"),
    }
    for name in ("quotient_ring", "coset_ring"):
        here = [place for place, (one, _) in enumerate(kinds) if one == name]
        found |= _of_kind(name, [kinds[place][1] for place in here], loops) | {
            f"{name}_excess": excess[0, here]
        }
    return found


def _of_kind(name: str, divisors: list[int], loops: list[Mapping[tuple[str, int], tuple]]) -> Arrays:
    """Answers of the quotients alone, or of the insides of cosets alone; a nearer ring wins among equals."""
    ranked = [[(loop[name, m][0], -loop[name, m][1]) for loop in loops] for m in divisors]
    return {
        f"{name}_divisor": divisors,
        f"{name}_score": [loops[0][name, m][0] for m in divisors],
        f"{name}_stride": [loops[0][name, m][2] for m in divisors],
        f"{name}_p_value": [np.mean([one >= every[0] for one in every]) for every in ranked],
    }


def _spectrum(given: Arrays) -> Arrays:
    shares = [shares_by_numpy(exact(row)) for row in _rows(given)]
    leading, first = np.array([one.max() for one in shares]), shares[0]
    order, frequency = len(given["centroids"]), int(first.argmax()) + 1
    numbers = np.arange(1, len(first) + 1)
    return {
        "spectrum": first,
        "spectrum_gini": np.abs(first[:, None] - first).sum() / (2 * len(first) * first.sum()),
        "spectrum_entropy": -(first * np.log(first)).sum(),
        "spectrum_leading_frequency": frequency,
        "spectrum_leading_share": leading[0],
        "spectrum_leading_gcd": math.gcd(frequency, order),
        "spectrum_mean_frequency": (first * numbers).sum() / (order / 2),
        "spectrum_key_frequencies": (first > np.quantile(leading[1:], 0.99)).sum(),
        "spectrum_p_value": p_value(leading),
        **quantiles(leading, "spectrum"),
    }


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "ring_scan": (
        *(_ring(frequency) for frequency in (1, 3, 41)),
        Oracle(f"Z_12: plain loop over {DRAWS} relabellings", ABSOLUTE, 1e-9, _few(12, [5]), _scan),
    ),
    "adjacency_score": (
        Oracle(
            "ring of Z_97 at frequency 41: every neighbour at stride 26",
            ABSOLUTE,
            0.0,
            lambda: {**_circles(97, [41])(), "stride": 26},
            lambda _: {"adjacency_score": 1.0},
        ),
        Oracle(
            "noisy ring of Z_31: plain loop",
            ABSOLUTE,
            1e-12,
            lambda: {"centroids": embedding(31, [4], noise=0.2), "stride": 8, "neighbours": 3},
            _adjacency,
        ),
    ),
    "quotient_centroids": (
        Oracle(
            "Z_96, 12 cosets: numpy's means",
            RELATIVE,
            1e-12,
            lambda: {"centroids": noise_cloud(96, 128), "quotient": 12},
            _coset_means,
        ),
    ),
    "coset_adjacency_score": (
        Oracle(
            "Z_96 at even frequencies: k and k + 48 coincide",
            ABSOLUTE,
            0.0,
            lambda: {"centroids": embedding(96, [2, 10, 34], noise=0.01), "quotient": 12, "stride": 4},
            lambda _: {"coset_adjacency_score": 1.0},
        ),
        Oracle(
            "noise on Z_30: mean over 3 cosets of a plain loop",
            ABSOLUTE,
            1e-12,
            lambda: {"centroids": noise_cloud(30, 4), "quotient": 3, "stride": 4},
            _inside,
        ),
    ),
    "quotient_ring_scan": (
        Oracle(
            "ring of Z_97 at frequency 41: stride 26, and no coset",
            WRONG,
            0,
            _circles(97, [41]),
            lambda _: _whole_ring(41),
        ),
        Oracle(
            "Z_96 at frequency 8 under noise: p = 1/201",
            WRONG,
            0,
            _circles(96, [8], noise=0.05),
            lambda _: {
                "quotient_ring_divisor": [6, 8, 12, 16, 24, 32, 48, 96],
                "coset_ring_divisor": [2, 3, 4, 6, 8, 12, 16],
                "quotient_scan_p_value": ONE_IN_201,
            },
        ),
        Oracle("Z_24: plain loops over 12 relabellings", ABSOLUTE, 1e-6, _few(24, [2, 5], 12), _structures),
    ),
    "group_spectrum": (
        Oracle(
            "Z_96 at frequency 40: gcd 8, one key frequency, p = 1/201",
            WRONG,
            0,
            _circles(96, [40]),
            lambda _: {
                "spectrum_leading_frequency": 40,
                "spectrum_leading_gcd": 8,
                "spectrum_key_frequencies": 1,
                "spectrum_p_value": ONE_IN_201,
            },
        ),
        Oracle(f"noisy Z_16: numpy FFT of {DRAWS} relabellings", ABSOLUTE, 1e-9, _few(16, [3]), _spectrum),
    ),
}
