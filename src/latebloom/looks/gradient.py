"""The gradient of the training loss over all training examples."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.engine import Population
from latebloom.engine.forward import differentiate, tensors_of
from latebloom.engine.population import gather

CHUNK = 4096
"""Examples that are differentiated at once; one lane at a time, so that it fits wherever a step does."""


def gradients(
    population: Population, parameters: Float[Tensor, "lane parameter"]
) -> Float[Tensor, "lane parameter"]:
    """Differentiate each lane's mean loss over its whole training set; what a lane gets depends on no other."""
    return torch.stack([_of_lane(population.keep([slot]), row) for slot, row in enumerate(parameters)])


def _of_lane(population: Population, row: Float[Tensor, " parameter"]) -> Float[Tensor, " parameter"]:
    rows = row.detach()[None]
    total = torch.zeros_like(rows)
    part = torch.empty_like(rows)
    examples = population.train.shape[1]
    for start in range(0, examples, CHUNK):
        tokens, labels = gather(population, population.train[:, start : start + CHUNK])
        differentiate(population, tokens, labels, part, *tensors_of(population, rows))
        total += part * (labels.shape[1] / examples)
    return total[0]
