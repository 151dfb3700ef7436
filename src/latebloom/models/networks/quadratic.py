"""The quadratic network for one run."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from latebloom.models.networks.gathering import gathered_sum
from latebloom.models.quadratic import Quadratic


class QuadraticNetwork(nn.Module):
    """Tokens (batch, 2) to logits (batch, classes), and the activations on the way by site.

    `tokens` holds the first layer's weights by (position, token): a one-hot product picks its rows.
    """

    def __init__(self, model: Quadratic, *, vocabulary: int, length: int, classes: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(length * vocabulary)
        self.tokens = nn.Parameter(torch.empty(length, vocabulary, model.width).uniform_(-bound, bound))
        self.readout = nn.Linear(model.width, classes, bias=False)

    def forward(
        self, tokens: Int[Tensor, "batch length"]
    ) -> tuple[Float[Tensor, "batch class"], dict[str, Tensor]]:
        """Return the logits and the activations by site."""
        preactivation = gathered_sum(tokens, self.tokens.unbind(0))
        hidden = preactivation.square()
        logits = self.readout(hidden)
        return logits, {"preactivation": preactivation, "hidden": hidden, "final": hidden, "logits": logits}
