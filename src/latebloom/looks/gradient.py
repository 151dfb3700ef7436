"""The gradient of the training loss over all training examples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from latebloom.engine.forward import differentiate, tensors_of
from latebloom.engine.population import gather
from latebloom.looks.sight import Sight

CHUNK = 4096
"""Examples that are differentiated at once; one lane at a time, so that it fits wherever a step does."""


def gradients(sight: Sight, slots: Sequence[int]) -> Tensor:
    """Differentiate the mean loss of some lanes over their whole training sets. Shape (lane, parameter)."""
    return torch.stack([_of_lane(sight, slot) for slot in slots])


def _of_lane(sight: Sight, slot: int) -> Tensor:
    population = sight.population.keep([slot])
    rows = sight.parameters[[slot]].detach()
    total = torch.zeros_like(rows)
    part = torch.empty_like(rows)
    examples = population.train.shape[1]
    for start in range(0, examples, CHUNK):
        tokens, labels = gather(population, population.train[:, start : start + CHUNK])
        differentiate(population, tokens, labels, part, *tensors_of(population, rows))
        total += part * (labels.shape[1] / examples)
    return total[0]
