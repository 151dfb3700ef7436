"""The tangent kernel of each lane on a few of its examples."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.func import grad, vmap

from latebloom.engine import Population
from latebloom.engine.forward import forward, tensors_of
from latebloom.engine.population import gather


def tangent_kernels(
    population: Population, parameters: Float[Tensor, "lane parameter"], index: Int[Tensor, "lane sample"]
) -> Float[Tensor, "lane sample sample"]:
    """Compute the inner products of the gradients of each lane's logits at each two of its examples.

    K(x, y) = sum over the classes c of <df_c(x)/dw, df_c(y)/dw>: `latebloom.measures.functions.tangent_kernel`, but
    with products in the precision of the gradients, added up over parameters and classes in float64: 434,145
    parameters in float32, 97 classes and 64 examples take 14 s on a busy core, and 24 in float64. That function takes
    a backward pass through all samples for each sample and class; this one takes it through each example alone, which
    is enough for a network whose examples do not see each other. One lane and one class at a time: sample x parameter
    numbers.
    """
    lanes = [
        _of_lane(population.keep([slot]), row[None], index[[slot]]) for slot, row in enumerate(parameters)
    ]
    return torch.stack(lanes)


def _of_lane(
    population: Population, row: Float[Tensor, "1 parameter"], index: Int[Tensor, "1 sample"]
) -> Float[Tensor, "sample sample"]:
    tensors, count = tensors_of(population, row.detach()), len(population.layout)
    tokens, _ = gather(population, index)
    parameters, buffers = tensors[:count], tensors[count:]

    def logit(parameters: tuple[Tensor, ...], tokens: Tensor, chosen: Tensor) -> Tensor:
        logits, _ = forward(population, (*parameters, *buffers), tokens[None, None])
        return (logits[0, 0] * chosen).sum()

    by_example = vmap(grad(logit), in_dims=(None, 0, None))
    kernel = row.new_zeros((index.shape[1], index.shape[1]), dtype=torch.float64)
    for chosen in _one_hot(population, parameters, tokens, buffers):
        for part in by_example(parameters, tokens[0], chosen):
            flat = part.flatten(1)  # (sample, parameter)
            kernel += flat @ flat.mT
    return (kernel + kernel.mT) / 2.0  # the product is rounded differently on each side


def _one_hot(
    population: Population, parameters: tuple[Tensor, ...], tokens: Tensor, buffers: tuple[Tensor, ...]
) -> Float[Tensor, "class class"]:
    """Make what picks each class out of the logits."""
    with torch.no_grad():
        logits, _ = forward(population, (*parameters, *buffers), tokens[:, :1])
    return torch.eye(logits.shape[-1], dtype=logits.dtype, device=logits.device)
