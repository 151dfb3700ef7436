"""A one-hidden-layer network on embedded tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self, final, get_args

from latebloom.models.model import LARGEST_WIDTH, Model, require_between, require_choice

if TYPE_CHECKING:
    from torch import nn

Embeddings = Literal["shared", "separate"]


@final
@dataclass(frozen=True, kw_only=True)
class EmbeddingMLP(Model):
    """Embed each token, concatenate, one hidden layer with ReLU, a linear read-out.

    Initial parameters are what `torch.nn.Embedding` and `torch.nn.Linear` draw.

    Args:
        width: features of an embedded token.
        hidden: features of the hidden layer; 0 for as many as `width`.
        embeddings: one table ``shared`` by all positions, or a ``separate`` one for each.

    Source: the network of the three-stages protocol after Tian, arXiv:2509.21519.

    >>> EmbeddingMLP().parameters(vocabulary=97, length=2, classes=97)
    57825
    """

    name: ClassVar[str] = "embedding-mlp"

    width: int = 128
    hidden: int = 0
    embeddings: Embeddings = "shared"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_between("width", self.width, 1, LARGEST_WIDTH)
        require_between("hidden", self.hidden, 0, LARGEST_WIDTH)
        require_choice("embeddings", self.embeddings, get_args(Embeddings))

    @property
    def hidden_width(self) -> int:
        """Features of the hidden layer."""
        return self.hidden or self.width

    def _network(self, vocabulary: int, length: int, classes: int) -> nn.Module:
        from latebloom.models.networks.embedding_mlp import EmbeddingMLPNetwork

        return EmbeddingMLPNetwork(self, vocabulary=vocabulary, length=length, classes=classes)

    def parameters(self, *, vocabulary: int, length: int, classes: int) -> int:
        """Count the numbers that are trained."""
        tables = length if self.embeddings == "separate" else 1
        hidden = self.hidden_width * (length * self.width + 1)
        return tables * vocabulary * self.width + hidden + classes * (self.hidden_width + 1)

    def activations(self, *, vocabulary: int, length: int, classes: int) -> int:
        """Count the numbers that a training step keeps alive for one example."""
        del vocabulary
        return length * self.width + 2 * self.hidden_width + classes

    def sites(self) -> tuple[str, ...]:
        """Name the activations; `final` is `hidden`, the preactivation after ReLU."""
        return ("embedding", "preactivation", "hidden", "final", "logits")

    @classmethod
    def example(cls) -> Self:
        """Make a network of width 6 with 10 hidden features."""
        return cls(width=6, hidden=10)
