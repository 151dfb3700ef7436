"""A quadratic network that adds on Z_n without having been trained, after Gromov 2301.02679."""

import math
from typing import NamedTuple

import torch

PHASES = 3
"""So many equally spaced phases per summand make every unwanted product of waves cancel exactly."""


class Answer(NamedTuple):
    """What the network holds for all pairs, and what it should answer."""

    embedding: torch.Tensor  # (token, feature), the first layer's weights on one of the summands
    before: torch.Tensor  # (first, second, unit), what is squared
    hidden: torch.Tensor  # (first, second, unit)
    logits: torch.Tensor  # (first, second, class)
    labels: torch.Tensor  # (first, second)


def sums(order):
    element = torch.arange(order)
    return (element[:, None] + element) % order


def mask(order, frequencies):
    """Mark frequencies, 1 at those named."""
    marked = torch.zeros(order // 2, dtype=torch.float64)
    marked[[frequency - 1 for frequency in frequencies]] = 1.0
    return marked


def adding_network(order, frequencies, gain=1.0):
    """Square cos(k a + u) + cos(k b + v) in each unit, and read cos(k c + u + v) out, over all phases u, v."""
    phase = torch.arange(PHASES, dtype=torch.float64) * (2 * math.pi / PHASES)
    units = torch.cartesian_prod(torch.tensor(frequencies, dtype=torch.float64), phase, phase)
    frequency, first, second = units.T
    angle = torch.arange(order, dtype=torch.float64)[:, None] * frequency * (2 * math.pi / order)
    before = (angle + first).cos()[:, None] + (angle + second).cos()  # (first, second, unit)
    hidden = before.square()
    logits = gain * hidden @ (angle + first + second).cos().T
    return Answer((angle + first).cos(), before, hidden, logits, sums(order))
