"""The embedding MLP for one run."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from latebloom.models.embedding_mlp import EmbeddingMLP
from latebloom.models.networks.gathering import gathered_sum


class EmbeddingMLPNetwork(nn.Module):
    """Tokens (batch, length) to logits (batch, classes), and the activations on the way by site.

    Where the batch has at least as many examples as there are tokens, the hidden layer is applied once to every
    token's embedding at each position, and its results are gathered: fewer products, and no examples to join.
    """

    def __init__(self, model: EmbeddingMLP, *, vocabulary: int, length: int, classes: int) -> None:
        super().__init__()
        tables = length if model.embeddings == "separate" else 1
        self.length = length
        self.tokens = nn.Parameter(torch.randn(tables, vocabulary, model.width))
        self.hidden = nn.Linear(length * model.width, model.hidden_width)
        self.readout = nn.Linear(model.hidden_width, classes)

    def forward(
        self, tokens: Int[Tensor, "batch length"]
    ) -> tuple[Float[Tensor, "batch class"], dict[str, Tensor]]:
        """Return the logits and the activations by site."""
        tables = self.tokens.expand(self.length, -1, -1).unbind(0)  # by position, (token, width)
        embedding = torch.stack(
            [F.embedding(tokens[:, position], table) for position, table in enumerate(tables)], dim=1
        )
        if len(tables[0]) <= len(tokens):
            preactivation = gathered_sum(tokens, self._projected(tables))
        else:
            preactivation = self.hidden(embedding.flatten(1))
        hidden = F.relu(preactivation)
        logits = self.readout(hidden)
        return logits, {
            "embedding": embedding,
            "preactivation": preactivation,
            "hidden": hidden,
            "final": hidden,
            "logits": logits,
        }

    def _projected(
        self, tables: Sequence[Float[Tensor, "token width"]]
    ) -> list[Float[Tensor, "token hidden"]]:
        """Apply the hidden layer's part for each position to all tokens; the bias once, at the first."""
        weights = self.hidden.weight.unflatten(1, (self.length, -1)).unbind(1)  # by position, (hidden, width)
        biases = [self.hidden.bias, *[None] * (self.length - 1)]
        return [F.linear(*parts) for parts in zip(tables, weights, biases, strict=True)]
