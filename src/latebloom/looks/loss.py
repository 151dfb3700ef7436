"""The training loss as a function of the parameters, for measures that ask around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from latebloom.engine import Population
from latebloom.engine.forward import forward, tensors_of
from latebloom.engine.population import gather


@dataclass(frozen=True, eq=False)
class TrainingLoss:
    """The mean of each lane's objective over examples that it is trained on, without weight decay.

    Where a run multiplies in a shorter type than its parameters have, this does not: steps and products with the
    Hessian would be lost in the rounding. One lane at a time, so that what a lane gets depends on no other: chains
    that accept or reject would part at the first digit that is rounded differently.

    Args:
        population: where the lanes stand.
        slots: which of them.
        rows: their parameters. index: the examples of each.
        place: which parameters are moved; the others stay as they are in `rows`.
    """

    population: Population
    slots: Sequence[int]
    rows: Float[Tensor, "lane parameter"]
    index: Int[Tensor, "lane example"]
    place: slice

    def __call__(self, moved: Float[Tensor, "*axes lane moved"]) -> Float[Tensor, "*axes lane"]:
        """Compute the loss of every lane at each of its parameters; no lane and no axis sees another."""
        lanes = [self._of_lane(number, one) for number, one in enumerate(moved.unbind(-2))]
        return torch.stack(lanes, dim=-1)

    def _of_lane(self, number: int, moved: Float[Tensor, "*axes moved"]) -> Float[Tensor, "*axes"]:
        axes = moved.shape[:-1]
        row = self.rows[number]
        ends = (row[: self.place.start].expand(*axes, -1), row[self.place.stop :].expand(*axes, -1))
        whole = torch.cat([ends[0], moved, ends[1]], dim=-1).reshape(-1, len(row))  # (place, parameter)
        own = self.population.keep([self.slots[number]] * len(whole))
        tokens, labels = gather(own, self.index[[number] * len(whole)])
        own = replace(own, compute=whole.dtype)
        logits, _ = forward(own, tensors_of(own, whole), tokens)
        return own.objective.per_example(logits, labels).mean(dim=-1).view(axes)
