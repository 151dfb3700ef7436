"""What measures are timed on: arrays of the manifold protocol's sizes, by the names of the measures' arguments."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

CLASSES, SAMPLES, FEATURES, PARAMETERS, UNITS = 97, 6587, 128, 434_145, 512


def arrays() -> dict[str, Tensor | int]:
    """Draw them: a noisy cloud of clusters that lie on circles, and normal numbers elsewhere."""
    draw = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw)

    labels = torch.arange(SAMPLES) % CLASSES
    centroids = _circles(CLASSES, FEATURES)
    table = torch.arange(CLASSES)
    return {
        "points": centroids[labels] + 0.3 * normal(SAMPLES, FEATURES),
        "labels": labels,
        "order": CLASSES,
        "centroids": centroids + 0.1 * normal(CLASSES, FEATURES),
        "logits": normal(SAMPLES, CLASSES) * 4,
        "table_logits": normal(CLASSES, CLASSES, CLASSES),
        "table_labels": (table[:, None] + table) % CLASSES,
        "table_activations": normal(CLASSES, CLASSES, UNITS),
        "frequencies": (torch.arange(1, CLASSES // 2 + 1) % 9 == 0).float(),
        "embedding": normal(CLASSES, FEATURES),
        "weights": normal(UNITS, FEATURES),
        "pattern": normal(SAMPLES, 4, 2, 2).softmax(-1),
        "parameters": normal(PARAMETERS),
        "previous": normal(PARAMETERS),
        "initial": normal(PARAMETERS),
        "gradient": normal(PARAMETERS),
        "gradients": normal(5, PARAMETERS),
        "first_gradients": normal(100, FEATURES),
        "second_gradients": normal(100, FEATURES),
        "kernel": _kernel(normal(500, 64)),
        "initial_kernel": _kernel(normal(500, 64)),
        "targets": normal(500, 10),
        **{name: normal(1000).abs() for name in CURVES},
    }


CURVES = ("hidden_change", "training_accuracy", "gradient_cosine", "hidden_norm", "gradient_size")

CHANGED: Mapping[str, Mapping[str, int]] = {
    "coset_purity": {"order": 96, "quotient": 12},
    "quotient_variance": {"order": 96},
    "quotient_ring_scan": {"order": 96},
    "quotient_centroids": {"order": 96, "quotient": 12},
    "coset_adjacency_score": {"order": 96, "quotient": 12},
    "coset_concentration": {"order": 96},
    "subgroup_scan": {"order": 96},
}
"""Measures of quotients and subgroups are timed on 96 classes, which have some."""


def inputs_for(
    measure: str, names: tuple[str, ...], drawn: Mapping[str, Tensor | int]
) -> dict[str, Tensor | int]:
    """Choose a measure's arguments, cut to the order that it is timed at."""
    given = {name: drawn[name] for name in names if name in drawn} | dict(CHANGED.get(measure, {}))
    order = CHANGED.get(measure, {}).get("order", CLASSES)
    if order != CLASSES:
        given |= {name: value % order for name, value in given.items() if name == "labels"}
        given |= {name: value[:order] for name, value in given.items() if name == "centroids"}
    if "kernel" in given and "labels" in given:
        given["labels"] = torch.as_tensor(given["labels"])[:500]
    return {name: value for name, value in given.items() if name in names}


def _circles(classes: int, features: int) -> Tensor:
    angles = 2 * math.pi * torch.arange(classes) / classes
    frequencies = torch.arange(1, features // 2 + 1) % 5 + 1
    return torch.cat([(angles[:, None] * frequencies).cos(), (angles[:, None] * frequencies).sin()], dim=1)


def _kernel(features: Tensor) -> Tensor:
    return features @ features.T
