"""Sums of table rows, which is what a linear layer makes of one-hot tokens."""

from collections.abc import Sequence
from functools import reduce
from operator import add

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def gathered_sum(
    tokens: Int[Tensor, "batch position"], tables: Sequence[Float[Tensor, "token feature"]]
) -> Float[Tensor, "batch feature"]:
    """Add up, for each example, the row of each position's token in that position's table."""
    rows = [F.embedding(tokens[:, position], table) for position, table in enumerate(tables)]
    return reduce(add, rows)
