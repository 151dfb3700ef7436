"""The module of one run, mapped over lanes, and differentiated."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from latebloom.engine.population import Population


def tensors_of(population: Population, parameters: Tensor, lanes: slice = slice(None)) -> tuple[Tensor, ...]:
    """List what the modules of some lanes are made of, as views: parameters in their order, then buffers."""
    rows = parameters[lanes]
    views = (rows[:, part.start : part.stop].unflatten(1, part.shape) for part in population.layout)
    return (*views, *(buffer[lanes] for buffer in population.module_buffers.values()))


def forward(
    population: Population, tensors: tuple[Tensor, ...], tokens: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """Run each lane's module: tokens (lane, example, length) to logits (lane, example, class), activations by site.

    Where a population computes in a shorter type than its parameters have, logits come back in that of the
    parameters; activations stay as they are.
    """
    whole, names = tensors[0].dtype, [part.name for part in population.layout]
    if population.compute != whole:
        tensors = tuple(one.to(population.compute) if one.is_floating_point() else one for one in tensors)
    parameters = dict(zip(names, tensors, strict=False))
    buffers = dict(zip(population.module_buffers, tensors[len(names) :], strict=True))

    def one(parameters: dict[str, Tensor], buffers: Mapping[str, Tensor], tokens: Tensor) -> Any:
        output = functional_call(population.template, (parameters, dict(buffers)), (tokens,))
        return output if isinstance(output, tuple) else (output, {})

    logits, activations = vmap(one)(parameters, buffers, tokens)
    return logits.to(whole), activations


def differentiate(
    population: Population, tokens: Tensor, labels: Tensor, gradients: Tensor, *tensors: Tensor
) -> tuple[Tensor]:
    """Write each lane's gradient of its mean loss into `gradients`, (lane, parameter); return the losses, (lane,)."""
    count = len(population.layout)
    leaves = [parameter.detach().requires_grad_() for parameter in tensors[:count]]
    logits, _ = forward(population, (*leaves, *tensors[count:]), tokens)
    losses = population.objective.per_example(logits, labels).mean(dim=-1)
    parts = torch.autograd.grad(losses.sum(), leaves, materialize_grads=True)
    with torch.no_grad():
        torch.cat(
            [part.flatten(1) if part.dim() > 1 else part[:, None] for part in parts], dim=1, out=gradients
        )
    return (losses,)
