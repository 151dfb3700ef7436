"""Where attention looks: how evenly the weights of a query are spread over its keys."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.measures.inputs import floating, over_lanes

ROUNDING = 0.02
"""A row of weights sums to 1 within this, which is more than bfloat16 loses over some hundred keys."""


def attention_entropy(
    pattern: Float[Tensor, "*population sample head query key"],
) -> dict[str, Tensor]:
    """Compute the entropy of attention, as a share of the largest it can be.

    -sum a log a over the keys of a query, averaged over samples and queries, divided by log of the number of
    keys. Unitless, from 0 (each query looks at one key) to 1 (at all alike); 0 log 0 counts as 0.

    * attention_entropy: the mean over heads, (*population).
    * attention_entropy_heads: each head, (*population, head).

    Give one layer at a time. Invariant to the order of samples, the order of queries and the order of keys. nan
    where a row of weights is negative somewhere or does not sum to 1 within 0.02, and in a lane that holds a nan
    or an infinity.

    Raises:
        ShapeError: no floating-point tensor, fewer than four axes, an empty axis, or a single key, which leaves
            nothing to choose.

    >>> evenly, sharply = torch.full((1, 1, 1, 4), 0.25), torch.eye(4)[None, None]
    >>> attention_entropy(evenly)["attention_entropy"].item()
    1.0
    >>> attention_entropy(sharply)["attention_entropy"].item()
    0.0
    """
    pattern = floating("pattern", pattern, {"sample": 1, "head": 1, "query": 1, "key": 2})
    sizes = pattern.shape[-4:]
    heads = over_lanes(
        lambda lane: _entropies(lane.reshape(sizes)), pattern.flatten(-3)
    )  # (*population, head)
    return {"attention_entropy": heads.mean(-1), "attention_entropy_heads": heads}


def _entropies(lane: Float[Tensor, "sample head query key"]) -> Float[Tensor, " head"]:
    entropies = torch.special.entr(lane).sum(-1).mean((0, 2)) / math.log(lane.shape[-1])
    summing = ((lane.sum(-1) - 1.0).abs() <= ROUNDING).all()  # a comparison with nan is false
    return torch.where(summing & (lane >= 0.0).all(), entropies, torch.nan)
