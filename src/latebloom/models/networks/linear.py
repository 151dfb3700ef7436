"""Linear layers on more than one position."""

from jaxtyping import Float
from torch import Tensor, nn


def by_row(layer: nn.Linear, features: Float[Tensor, "*position feature"]) -> Float[Tensor, "*position out"]:
    """Apply a linear layer to the last axis, with all leading axes folded into rows.

    Mapped over runs, it stays one matrix product per run. Left to itself, a layer on a slice of positions
    becomes one product per example: a training step of the default transformer took 2.7 times as long.
    """
    rows = features.reshape(-1, features.shape[-1])
    return layer(rows).unflatten(0, features.shape[:-1])
