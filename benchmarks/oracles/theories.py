"""Oracles of kernels, of logits that have collapsed, and of logits per unit of norm."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from tests.measures.matrices import normal

from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, Arrays, Oracle, exact

HALF_EPSILON = 2.0**-24
SAMPLES, COLLAPSED, WRONG_AMONG_THEM = 100, 37, 12


def _kernel(samples: int = 40, features: int = 6, seed: int = 0) -> torch.Tensor:
    points = normal(samples, features, seed=seed)
    return points @ points.mT


def _cosine(left: np.ndarray, right: np.ndarray) -> float:
    return (left * right).sum() / np.linalg.norm(left) / np.linalg.norm(right)


def _centred(kernel: np.ndarray) -> np.ndarray:
    centring = np.eye(len(kernel)) - 1 / len(kernel)
    return centring @ kernel @ centring


def _alignments(name: str, kernel: np.ndarray, target: np.ndarray) -> Arrays:
    return {name: _cosine(kernel, target), f"{name}_centred": _cosine(_centred(kernel), _centred(target))}


def _with_labels(given: Arrays) -> Arrays:
    labels = given["labels"].numpy()
    equal = (labels[:, None] == labels).astype(np.float64)
    return _alignments("kernel_alignment", exact(given["kernel"]), equal)


def _with_targets(given: Arrays) -> Arrays:
    targets = exact(given["targets"])
    return _alignments("kernel_target_alignment", exact(given["kernel"]), targets @ targets.T)


def _distances(given: Arrays) -> Arrays:
    kernel, initial = exact(given["kernel"]), exact(given["initial_kernel"])
    return {
        "kernel_distance": 1 - _cosine(kernel, initial),
        "kernel_change": np.linalg.norm(kernel - initial) / np.linalg.norm(initial),
    }


def _logits() -> Arrays:
    """Two classes a little further apart than half an epsilon of float32 asks for, or a little less."""
    gap = -math.log(HALF_EPSILON)
    logits = torch.zeros(SAMPLES, 2)
    logits[:COLLAPSED, 1], logits[COLLAPSED:, 1] = -1.001 * gap, -0.999 * gap
    labels = torch.zeros(SAMPLES, dtype=torch.long)
    labels[:WRONG_AMONG_THEM] = 1
    return {"logits": logits, "labels": labels}


def _correct_logits() -> Arrays:
    return {"logits": normal(300, 97), "labels": torch.arange(300) % 97, "parameters": normal(1000, seed=1)}


def _efficiency(given: Arrays) -> Arrays:
    logits, norm = exact(given["logits"]), np.linalg.norm(exact(given["parameters"]))
    correct = logits[np.arange(len(logits)), given["labels"].numpy()]
    return {
        "logit_efficiency": correct.mean() / norm,
        "logit_efficiency_centred": (correct - logits.mean(1)).mean() / norm,
    }


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "softmax_collapse": (
        Oracle(
            f"{COLLAPSED} of {SAMPLES} samples just beyond half an epsilon",
            ABSOLUTE,
            0.0,
            lambda: {"logits": _logits()["logits"]},
            lambda _: {"softmax_collapse": COLLAPSED / SAMPLES},
        ),
    ),
    "zero_loss_share": (
        Oracle(
            f"{COLLAPSED} of {SAMPLES} samples just beyond half an epsilon, {WRONG_AMONG_THEM} of them wrong",
            ABSOLUTE,
            0.0,
            _logits,
            lambda _: {"zero_loss_share": (COLLAPSED - WRONG_AMONG_THEM) / SAMPLES},
        ),
    ),
    "logit_efficiency": (
        Oracle("300 x 97 normal logits: numpy in float64", RELATIVE, 1e-12, _correct_logits, _efficiency),
    ),
    "kernel_alignment": (
        Oracle(
            "kernel of 40 normal points, 5 labels: numpy by definition",
            ABSOLUTE,
            1e-12,
            lambda: {"kernel": _kernel(), "labels": torch.arange(40) % 5},
            _with_labels,
        ),
    ),
    "kernel_target_alignment": (
        Oracle(
            "kernel of 40 normal points, 3 outputs: numpy by definition",
            ABSOLUTE,
            1e-12,
            lambda: {"kernel": _kernel(), "targets": normal(40, 3, seed=2)},
            _with_targets,
        ),
    ),
    "kernel_distance": (
        Oracle(
            "kernels of 40 normal points and of others: numpy by definition",
            ABSOLUTE,
            1e-12,
            lambda: {"kernel": _kernel(), "initial_kernel": _kernel(seed=1)},
            _distances,
        ),
    ),
}
