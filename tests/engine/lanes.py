"""Small lanes for tests of the engine: a module that is not ours, and plain gradient descent."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from latebloom.engine import Lane
from latebloom.randomness import permutation, stream

MODULUS = 7


class Strangers(nn.Module):
    """Somebody's module: it returns logits alone, and knows nothing of populations."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.table = nn.Embedding(MODULUS, width)
        self.hidden = nn.Linear(2 * width, width)
        self.out = nn.Linear(width, MODULUS)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.out(torch.relu(self.hidden(self.table(tokens).flatten(1))))


@dataclass(frozen=True)
class Descent:
    """Momentum descent, the rate changed at given steps."""

    rate: float = 0.3
    changes: tuple[tuple[int, float], ...] = ()

    buffers = ("momentum",)

    def values(self, step: int) -> dict[str, float]:
        return {"rate": next((rate for since, rate in reversed(self.changes) if step >= since), self.rate)}

    def change_steps(self) -> tuple[int, ...]:
        return tuple(since for since, _ in self.changes)

    @classmethod
    def update(cls, parameters, gradients, buffers, values, step) -> None:
        buffers["momentum"].mul_(0.9).add_(gradients)
        parameters.sub_(buffers["momentum"] * values["rate"])


class Entropy:
    """Cross entropy per example, over any leading axes."""

    def per_example(self, logits: Tensor, labels: Tensor) -> Tensor:
        return -logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]


def lane(seed: int, rule: Descent | None = None, module: nn.Module | None = None) -> Lane:
    """Make a lane of addition mod 7, 60 % of it for training."""
    pairs = torch.cartesian_prod(torch.arange(MODULUS), torch.arange(MODULUS))
    order = torch.from_numpy(permutation(len(pairs), seed, "split"))
    if module is None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(stream(seed, "weights"))
            module = Strangers()
    return Lane(seed, module, pairs, pairs.sum(1) % MODULUS, order[:29], order[29:], rule or Descent())
