"""How far a representation moves when the elements of its group are multiplied.

For a function x on a group, half the sum over g of |x(g) - x(gu)|^2, for each element u, holds all that the
measures of cosets and irreps need of it: they are sums of it over subgroups, or weighted by characters. Being
made of differences it is exactly zero where x is exactly constant on cosets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.measures.cayley import FiniteGroup
from latebloom.measures.nulls import EQUAL

TINY = 1e-12
"""A share that is by less below 1 counts as this far below it, so that what is exact has a finite score."""
NUMBERS_AT_A_TIME = 2**16
"""How many numbers a step works on: half a megabyte stays in the cache of a core."""


@final
@dataclass(frozen=True, eq=False)
class Translations:
    """Multiplication by each element but the identity; of an element and its inverse only by one.

    Attributes:
        elements: u, shape (translation,).
        weights: 1 where u is its own inverse, else 2.
        partners: where it takes g: gu on side 0 and ug on side 1. Shape (side, translation, element).
    """

    elements: Integer[Tensor, " translation"]
    weights: Float[Tensor, " translation"]
    partners: Integer[Tensor, "side translation element"]

    def folded(self, functionals: Float[Tensor, "functional element"]) -> Tensor:
        """Turn sums over all elements u into sums over translations, where u and its inverse count alike."""
        return functionals[:, self.elements] * self.weights


@lru_cache(maxsize=16)
def translations(group: FiniteGroup) -> Translations:
    """List the translations of a group."""
    everything = np.arange(group.order)
    elements = np.flatnonzero((everything <= group.inverses) & (everything != group.identity))
    weights = np.where(elements == group.inverses[elements], 1.0, 2.0)
    partners = np.stack([group.products[:, elements].T, group.products[elements]])
    return Translations(*(torch.from_numpy(array) for array in (elements, weights, partners)))


def moves(
    points: Float[Tensor, "element feature"],
    partners: Integer[Tensor, "translation element"],
    relabelling: Integer[Tensor, "draw element"],
) -> Float[Tensor, "draw translation"]:
    """Compute half the summed squared distance that each translation moves relabelled points."""
    squares = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist").square().flatten()
    step = max(1, NUMBERS_AT_A_TIME // partners.numel())
    parts = [
        squares[rows[:, None, :] * len(points) + rows[:, partners]].sum(-1)
        for rows in relabelling.split(step)
    ]
    return torch.cat(parts) / 2.0


def unit_moves(
    points: Float[Tensor, "element unit"],
    partners: Integer[Tensor, "translation element"],
    relabelling: Integer[Tensor, "draw element"],
    reduce: Callable[[Float[Tensor, "translation column"]], Float[Tensor, "*row column"]],
) -> Float[Tensor, "*row draw unit"]:
    """Compute for each unit by itself what `moves` does for all together; keep what `reduce` makes of it."""
    step = max(1, NUMBERS_AT_A_TIME // points.numel())
    parts: list[Tensor] = []
    for rows in relabelling.split(step):
        columns = points[rows].transpose(0, 1).flatten(1).contiguous()  # (element, draw * unit)
        moved, buffer = columns.new_empty(len(partners), columns.shape[-1]), torch.empty_like(columns)
        for place, row in enumerate(partners):  # without new memory at each step, 1.6 times faster
            moved[place] = torch.index_select(columns, 0, row, out=buffer).sub_(columns).square_().sum(0)
        parts.append(reduce(moved / 2.0).unflatten(-1, (len(rows), -1)))
    return torch.cat(parts, dim=-2)


def score_over_chance(
    shares: Float[Tensor, "candidate draw"], directions: Float[Tensor, "candidate 1"], order: int
) -> Float[Tensor, "candidate draw"]:
    """Say how far shares of the variance exceed chance, so that candidates of different size compare.

    The share of k of the n - 1 directions that functions of mean zero have is Beta(k / 2, (n - 1 - k) / 2)
    for a Gaussian unit, with mean k / (n - 1). The score is the signed root of its deviance from the mean,
    (n - 1) KL(mean | share): near chance the number of standard deviations, and ever larger as the share comes
    near to 1. Under relabelling of any points the mean is the same, and the variance but for a factor that
    depends on the points alone; so near chance the score is fair to all candidates whatever the points are.
    """
    mean = directions / (order - 1.0)
    excess = shares.clamp(TINY, 1.0 - TINY) - mean
    # the logarithms of (mean / share) and (rest / what is left); log1p keeps the digits near chance
    divergence = -mean * torch.log1p(excess / mean) - (1.0 - mean) * torch.log1p(-excess / (1.0 - mean))
    return excess.sign() * ((order - 1.0) * divergence.clamp(min=0.0)).sqrt()


def last_best(
    scores: Float[Tensor, "candidate ..."],
) -> Integer[Tensor, "..."]:
    """Pick the candidate with the largest score; of those that are equal but for rounding, the last."""
    places = torch.arange(len(scores), device=scores.device).reshape(-1, *[1] * (scores.ndim - 1))
    return torch.where(scores >= scores.amax(0) - EQUAL, places, 0).amax(0)
