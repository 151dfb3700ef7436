"""Oracles of activations, attention, accuracy and the stages of a course."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from tests.measures.matrices import normal

from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, WRONG, Arrays, Oracle, exact

NUMPY = "6587 x 128 normal numbers: numpy in float64"
SAMPLES, RIGHT = 6587, 5928


def _points() -> Arrays:
    return {"points": normal(SAMPLES, 128)}


def _statistics(given: Arrays) -> Arrays:
    points = exact(given["points"])
    return {
        "activation_l2": np.linalg.norm(points, axis=1).mean(),
        "activation_max": np.abs(points).max(),
        "activation_sparsity": (np.abs(points) < 0.1).mean(),
        "activation_std": points.std(),
    }


def _single(name: str) -> tuple[Oracle, ...]:
    return (Oracle(NUMPY, RELATIVE, 1e-12, _points, lambda given: {name: _statistics(given)[name]}),)


def _attention(given: Arrays) -> Arrays:
    from scipy.stats import entropy

    heads = entropy(exact(given["pattern"]), axis=-1, base=given["pattern"].shape[-1]).mean((0, 2))
    return {"attention_entropy": heads.mean(), "attention_entropy_heads": heads}


def _answers() -> Arrays:
    logits = normal(SAMPLES, 97)
    labels = logits.argmax(-1)
    labels[RIGHT:] = (labels[RIGHT:] + 1) % 97
    return {"logits": logits, "labels": labels}


def _course() -> Arrays:
    """A course written by hand: lazy twice, growing twice, shrinking, fitted, settled."""
    curves = {
        "hidden_change": [5e-4, 9e-4, 0.30, 0.40, 0.30, 0.200, 0.0100],
        "training_accuracy": [0.01, 0.20, 0.50, 0.94, 0.94, 0.970, 1.0000],
        "gradient_cosine": [0.10, 0.10, 0.70, 0.90, 0.90, -0.200, 0.0000],
        "hidden_norm": [6.50, 6.50, 8.00, 11.0, 10.9, 27.00, 27.000],
        "gradient_size": [0.01, 0.01, 2.00, 2.00, 2.00, 0.300, 0.0500],
    }
    return {name: torch.tensor(curve) for name, curve in curves.items()}


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "accuracy": (
        Oracle(
            f"{RIGHT} of {SAMPLES} answers right by construction",
            ABSOLUTE,
            0.0,
            _answers,
            lambda _: {"accuracy": RIGHT / SAMPLES},
        ),
    ),
    "activation_l2": _single("activation_l2"),
    "activation_max": _single("activation_max"),
    "activation_sparsity": _single("activation_sparsity"),
    "activation_std": _single("activation_std"),
    "activation_statistics": (Oracle(NUMPY, RELATIVE, 1e-12, _points, _statistics),),
    "attention_entropy": (
        Oracle(
            "even attention to 4 of 8 keys: log 4 / log 8",
            ABSOLUTE,
            1e-12,
            lambda: {"pattern": torch.tensor([0.25] * 4 + [0.0] * 4).expand(5, 3, 2, 8)},
            lambda _: {"attention_entropy": math.log(4) / math.log(8)},
        ),
        Oracle(
            "softmax of normal numbers, 97 keys: scipy in float64",
            RELATIVE,
            1e-6,
            lambda: {"pattern": normal(20, 4, 3, 97).softmax(-1)},
            _attention,
        ),
    ),
    "stages": (
        Oracle(
            "course of 7 evaluations written by hand",
            WRONG,
            0,
            _course,
            lambda _: {"stages": [1, 1, 2, 2, 0, 3, 0]},
        ),
    ),
}
