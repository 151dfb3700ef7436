"""Oracles of Fourier circuits: a network that adds without training, numpy's transforms, direct sums."""

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from tests.measures.analytic import adding_network, mask, sums
from tests.measures.clocks import angles, circle, clock, gradients, pizza, with_correct_logits
from tests.measures.direct_sums import direct, loss_by_direct_sum
from tests.measures.matrices import normal
from tests.measures.transforms import circularity_by_formula, energies_by_numpy, explained_by_numpy
from torch import Tensor

from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, WRONG, Arrays, Inputs, Oracle, Truth, exact

KEYS = [3, 11, 19, 29, 41]
NETWORK = "analytic quadratic network on Z_97 with 5 frequencies"


def _logits(order: int) -> Inputs:
    train = torch.rand(order, order, generator=torch.Generator().manual_seed(0)) < 0.4
    given = {
        "table_logits": 3.0 * normal(order, order, order),
        "table_labels": sums(order),
        "frequencies": mask(order, [1, order // 2]),
    }
    return lambda: {**given, "train": train}


def _parts(given: Arrays) -> dict[str, list[tuple[int, int]]]:
    """Split all pairs as the losses do, by the ends of their names."""
    train = given["train"]
    pairs = [(a, b) for a in range(len(train)) for b in range(len(train))]
    return {
        "": pairs,
        "_train": [pair for pair in pairs if train[pair]],
        "_test": [pair for pair in pairs if not train[pair]],
    }


def _keys(given: Arrays) -> list[int]:
    return [int(place) + 1 for place in given["frequencies"].nonzero()]


def _restricted(given: Arrays) -> Arrays:
    logits, labels = given["table_logits"].double(), given["table_labels"]
    table = direct(logits, labels, _keys(given), keep=True)
    return {
        f"restricted_loss{suffix}": loss_by_direct_sum(table, labels.tolist(), pairs)
        for suffix, pairs in _parts(given).items()
    }


def _excluded(given: Arrays) -> Arrays:
    logits, labels = given["table_logits"].double(), given["table_labels"]
    every = range(1, len(given["frequencies"]) + 1)
    table = direct(logits, labels, _keys(given), keep=False)
    singly = [direct(logits, labels, [frequency], keep=False) for frequency in every]
    found = {}
    for suffix, pairs in _parts(given).items():
        found[f"excluded_loss{suffix}"] = loss_by_direct_sum(table, labels.tolist(), pairs)
        each = [loss_by_direct_sum(one, labels.tolist(), pairs) for one in singly]
        found[f"excluded_loss_each{suffix}"] = each
    return found


def _by_direct_sums(truth: Truth) -> tuple[Oracle, ...]:
    return tuple(
        Oracle(f"direct sum in float64, p = {order}", RELATIVE, 1e-12, _logits(order), truth)
        for order in (7, 11)
    )


def _network(*names: str, gain: float = 4.0) -> Inputs:
    """Give what is asked for of the network that adds on Z_97."""

    def inputs() -> Arrays:
        answer = adding_network(97, KEYS, gain=gain)
        every = {
            "table_logits": answer.logits,
            "table_labels": answer.labels,
            "table_activations": answer.before,
            "embedding": answer.embedding,
            "frequencies": mask(97, KEYS),
        }
        return {name: every[name] for name in names}

    return inputs


def _known_keys(_: Arrays) -> Arrays:
    owned = mask(97, KEYS)
    return {
        "key_frequency_count": len(KEYS),
        "key_frequency_mask": owned,
        "key_frequency_units": 9 * owned,
        "key_frequency_unit_share": 1.0,
        "unit_frequency": np.repeat(KEYS, 9),
    }


def _unit_shares(given: Arrays) -> Arrays:
    shares = explained_by_numpy(exact(given["table_activations"]))
    return {"unit_explained": shares.max(0), "unit_frequency": shares.argmax(0) + 1}


def _embedding(given: Arrays) -> Arrays:
    embedding = exact(given["embedding"])
    constant, energies = energies_by_numpy(embedding)
    shares = np.sort(energies) / np.sum(energies)
    return {
        "embedding_constant": constant,
        "embedding_spectrum": energies,
        "embedding_gini": np.abs(shares[:, None] - shares).sum() / (2 * len(shares)),
        "embedding_entropy": -(shares * np.log(shares)).sum(),
        "embedding_top_share": shares[-5:].sum(),
        "embedding_singular_values": np.linalg.svd(embedding, compute_uv=False),
    }


def _flat() -> Arrays:
    """Equal circles at each frequency of Z_11."""
    return {"embedding": torch.cat([circle(11, frequency) for frequency in range(1, 6)], dim=-1), "top": 2}


def _two_circles() -> Arrays:
    sizes = torch.tensor([1.3, 1.2, 1.1, 1.0], dtype=torch.float64)  # no two components alike
    return {"embedding": torch.cat([circle(59, 7), circle(59, 20)], dim=-1) * sizes}


def _differentiated(logit: Callable[..., Tensor], order: int = 11) -> Inputs:
    return lambda: dict(zip(("first_gradients", "second_gradients"), gradients(logit, order), strict=True))


def _sum_and_difference() -> Arrays:
    """Correct logits cos(a + b) + cos(a - b), of which half the variance is one of the distance."""
    angle = angles(13)
    correct = (angle[:, None] + angle).cos() + (angle[:, None] - angle).cos()
    return {"table_logits": with_correct_logits(correct), "table_labels": sums(13)}


def _two_networks() -> Arrays:
    """Units at the frequencies 3, 11 and 41, and an embedding at 11, 41 and 45."""
    units, tokens = (adding_network(97, keys) for keys in ([3, 11, 41], [11, 41, 45]))
    return {"table_activations": units.before, "embedding": tokens.embedding}


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "restricted_loss": _by_direct_sums(_restricted),
    "excluded_loss": (
        *_by_direct_sums(_excluded),
        Oracle(
            f"{NETWORK}: log 97 is left",
            ABSOLUTE,
            1e-6,
            _network("table_logits", "table_labels", "frequencies"),
            lambda _: {"excluded_loss": math.log(97)},
        ),
    ),
    "logit_variance_explained": (
        Oracle(
            f"{NETWORK}: all, a fifth each",
            ABSOLUTE,
            1e-6,
            _network("table_logits", "frequencies"),
            lambda _: {
                "logit_variance_explained": 1.0,
                "logit_variance_explained_each": mask(97, KEYS) / len(KEYS),
            },
        ),
    ),
    "key_frequencies": (
        Oracle(f"{NETWORK}: exactly these", WRONG, 0, _network("table_activations"), _known_keys),
        Oracle(
            "12 x 12 table of normal numbers: numpy FFT in two dimensions",
            ABSOLUTE,
            1e-12,
            lambda: {"table_activations": normal(12, 12, 9) + 3.0},
            _unit_shares,
        ),
    ),
    "embedding_key_frequencies": (
        Oracle(
            f"{NETWORK}: exactly these",
            WRONG,
            0,
            _network("embedding"),
            lambda _: {"embedding_key_mask": mask(97, KEYS), "embedding_key_count": len(KEYS)},
        ),
    ),
    "key_frequency_agreement": (
        Oracle(
            f"{NETWORK}: units and embedding agree",
            WRONG,
            0,
            _network("table_activations", "embedding"),
            lambda _: {"key_frequency_agreement": 1, "key_frequency_overlap": 1},
        ),
        Oracle(
            "units and embedding of two networks: 2 of 4 in common",
            WRONG,
            0,
            _two_networks,
            lambda _: {"key_frequency_agreement": 0, "key_frequency_overlap": 0.5},
        ),
    ),
    "embedding_spectrum": (
        Oracle(
            "equal circles at each frequency of Z_11: flat",
            ABSOLUTE,
            1e-6,
            _flat,
            lambda _: {
                "embedding_gini": 0.0,
                "embedding_entropy": math.log(5),
                "embedding_top_share": 0.4,
                "embedding_norm_gini": 1 / 11,
            },
        ),
        Oracle(
            "97 x 128 normal numbers: numpy FFT and SVD",
            RELATIVE,
            1e-12,
            lambda: {"embedding": normal(97, 128) + 1.0},
            _embedding,
        ),
    ),
    "gradient_symmetricity": (
        Oracle(
            "pizza on Z_11: gradients alike",
            ABSOLUTE,
            1e-6,
            _differentiated(pizza),
            lambda _: {"gradient_symmetricity": 1.0, "gradient_symmetricity_samples": 11**3},
        ),
        Oracle(
            "clock on Z_11: at right angles on average",
            ABSOLUTE,
            1e-6,
            _differentiated(clock),
            lambda _: {"gradient_symmetricity": 0.0, "gradient_symmetricity_samples": 11**3},
        ),
    ),
    "distance_irrelevance": (
        Oracle(
            "waves of the sum and of the difference alike: root of 1/2",
            ABSOLUTE,
            1e-6,
            _sum_and_difference,
            lambda _: {"distance_irrelevance": math.sqrt(0.5)},
        ),
    ),
    "circularity": (
        Oracle(
            "circles at frequencies 7 and 20 of Z_59: 1",
            ABSOLUTE,
            1e-6,
            _two_circles,
            lambda _: {
                "circularity": 1.0,
                "component_circularity": [1.0] * 4,
                "component_frequency": [7, 7, 20, 20],
            },
        ),
        Oracle(
            "13 x 9 normal numbers: published formula on scikit-learn PCA",
            ABSOLUTE,
            1e-12,
            lambda: {"embedding": normal(13, 9) + 2.0},
            lambda given: {"circularity": circularity_by_formula(exact(given["embedding"]))},
        ),
    ),
}
