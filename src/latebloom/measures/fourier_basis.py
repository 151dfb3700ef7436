"""The Fourier basis on Z_n, and what the Fourier measures share.

Frequencies run from 1 to n // 2; where an array has an axis of frequencies, entry i is frequency i + 1. The
constant has no place on it.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

ROUNDING = 1e-12
"""A spread below this share of the largest number is what rounding in float64 leaves of a constant."""


def fourier_waves(order: int, device: torch.device | None = None) -> Float[Tensor, "frequency wave token"]:
    """Build the cosine and the sine of each frequency on Z_n, orthonormal, in float64.

    For even n the last frequency, n / 2, has a cosine only, which alternates in sign; its sine is all zeros.

    >>> fourier_waves(4)[-1].tolist()
    [[0.5, -0.5, 0.5, -0.5], [0.0, 0.0, 0.0, 0.0]]
    """
    token = torch.arange(order, device=device)
    frequency = torch.arange(1, order // 2 + 1, device=device)
    # Reduced among integers, so that the angle is as exact for high frequencies as for low ones.
    angle = (frequency[:, None] * token % order).double() * (2.0 * math.pi / order)
    waves = torch.stack([angle.cos(), angle.sin()], dim=1) * math.sqrt(2.0 / order)
    if order % 2 == 0:
        waves[-1, 0] = (1 - token % 2 * 2).double() / math.sqrt(order)
        waves[-1, 1] = 0.0
    return waves


def fourier_basis(order: int, device: torch.device | None = None) -> Float[Tensor, "row token"]:
    """Build the orthonormal real Fourier basis of functions on Z_n, one function per row, in float64.

    Row 0 is constant, 1 / sqrt(n). Rows 2 k - 1 and 2 k are the cosine and the sine of frequency k, for k
    below n / 2. For even n the last row alternates in sign.

    >>> basis = fourier_basis(6)
    >>> torch.allclose(basis @ basis.T, torch.eye(6, dtype=torch.float64))
    True
    """
    constant = torch.full((1, order), 1.0 / math.sqrt(order), dtype=torch.float64, device=device)
    return torch.cat([constant, fourier_waves(order, device).flatten(0, 1)])[:order]


def even_shares(order: int, device: torch.device | None = None) -> Float[Tensor, " frequency"]:
    """Give the share of its energy that white noise on Z_n has at each frequency: equal, but half at n / 2."""
    return fourier_waves(order, device).square().sum((1, 2)) / (order - 1)


def gini(values: Float[Tensor, "*population entry"]) -> Float[Tensor, "*population"]:
    """Compute the Gini coefficient: 0 where all entries are equal, 1 - 1 / entries where one holds all."""
    ascending = values.sort(-1).values
    entries = values.shape[-1]
    rank = torch.arange(1, entries + 1, device=values.device, dtype=torch.float64)
    weighted = ((2.0 * rank - entries - 1.0) * ascending).sum(-1)
    return weighted / (entries * ascending.sum(-1))  # 0 / 0 is nan: there is nothing to share


def entropy(values: Float[Tensor, "*population entry"]) -> Float[Tensor, "*population"]:
    """Compute the entropy of the entries' shares of their sum, in nats."""
    shares = values / values.sum(-1, keepdim=True)
    return -torch.xlogy(shares, shares).sum(-1)


def only_where(measured: Tensor, value: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Put nan throughout the lanes that are not `measured` (*population)."""
    axes = [1] * (value.ndim - measured.ndim)
    return torch.where(measured.reshape((*measured.shape, *axes)), value, torch.nan)
