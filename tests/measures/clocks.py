"""Networks that add by a clock or by a pizza, and logits whose correct entries are known."""

import math

import torch

from tests.measures.analytic import sums
from tests.measures.matrices import normal


def angles(order, frequency=1):
    return torch.arange(order, dtype=torch.float64) * frequency * (2 * math.pi / order)


def circle(order, frequency):
    return torch.stack([angles(order, frequency).cos(), angles(order, frequency).sin()], dim=-1)


def gradients(logit, order):
    """Differentiate a logit of two embeddings, for every triple (a, b, c), by each of the two."""
    points = circle(order, 1)
    triples = torch.cartesian_prod(*[torch.arange(order)] * 3)
    first = points[triples[:, 0]].requires_grad_()
    second = points[triples[:, 1]].requires_grad_()
    total = logit(first, second, points[triples[:, 2]]).sum()
    return torch.autograd.grad(total, (first, second))


def clock(first, second, answer):
    """Multiply the two circles as complex numbers: cos(a + b - c)."""
    product = torch.view_as_complex(first) * torch.view_as_complex(second)
    return (product * torch.view_as_complex(answer).conj()).real


def pizza(first, second, answer):
    """Look at the sum of the two circles only: |cos((a - b) / 2)| cos(a + b - c)."""
    middle = torch.view_as_complex(first + second)
    return (middle.square() / (middle.abs() + 1e-9) * torch.view_as_complex(answer).conj()).real


def with_correct_logits(correct):
    """Put a table of correct logits where they belong, among noise that must not matter."""
    order = len(correct)
    logits = normal(order, order, order)
    return logits.scatter(-1, sums(order)[..., None], correct[..., None])
