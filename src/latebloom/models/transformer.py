"""A transformer encoder over a few tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self, final, get_args

from latebloom.errors import SpecError
from latebloom.models.model import LARGEST_WIDTH, Model, require_between, require_choice

if TYPE_CHECKING:
    from torch import nn

Activation = Literal["relu", "gelu"]
Norm = Literal["after", "before", "none"]
Embeddings = Literal["separate", "shared"]
Readout = Literal["first", "last", "mean"]
Initialization = Literal["torch", "normal"]

LARGEST_DEPTH = 128

_CHOICES = {
    "activation": get_args(Activation),
    "norm": get_args(Norm),
    "embeddings": get_args(Embeddings),
    "readout": get_args(Readout),
    "initialization": get_args(Initialization),
}


@final
@dataclass(frozen=True, kw_only=True)
class Transformer(Model):
    """A transformer encoder: embeddings, learned positions, attention and feed-forward, a read-out.

    Every position sees every position. Neither dropout nor masks.

    Args:
        layers: how many layers.
        width: features of a position.
        heads: attention heads; must divide `width`.
        feed_forward: hidden features of each layer's feed-forward part.
        activation: of the feed-forward part.
        norm: LayerNorm ``after`` each residual sum, ``before`` each part (and once before the read-out), or
            ``none``.
        embeddings: a ``separate`` table of the tokens for each position, or one ``shared`` by all.
        closing: whether a closing token is appended, with an embedding of its own.
        readout: the position that is read, ``first`` or ``last``, or the ``mean`` of all. With a single
            position, the last layer is computed there alone, and its sites hold that position alone.
        bottleneck: features of a linear layer and ReLU before the read-out; 0 for none.
        equal_layers: whether all layers start as copies of one.
        bias: whether linear layers and norms have biases.
        initialization: ``torch``: what `torch.nn.TransformerEncoderLayer`, `Embedding` and `Linear` draw, and
            positions from N(0, 0.02^2). ``normal``: every matrix from N(0, 1/width), the read-out from
            N(0, 1/classes), biases 0.

    Source: Vaswani et al. 2017, arXiv:1706.03762; ``normal`` after the code of Nanda et al. 2023,
    arXiv:2301.05217.

    >>> Transformer().parameters(vocabulary=97, length=2, classes=97)
    434145
    """

    name: ClassVar[str] = "transformer"

    layers: int = 2
    width: int = 128
    heads: int = 4
    feed_forward: int = 512
    activation: Activation = "relu"
    norm: Norm = "after"
    embeddings: Embeddings = "separate"
    closing: bool = False
    readout: Readout = "first"
    bottleneck: int = 0
    equal_layers: bool = False
    bias: bool = True
    initialization: Initialization = "torch"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_between("layers", self.layers, 1, LARGEST_DEPTH)
        require_between("width", self.width, 1, LARGEST_WIDTH)
        require_between("heads", self.heads, 1, LARGEST_WIDTH)
        require_between("feed_forward", self.feed_forward, 1, LARGEST_WIDTH)
        require_between("bottleneck", self.bottleneck, 0, LARGEST_WIDTH)
        for field, choices in _CHOICES.items():
            require_choice(field, getattr(self, field), choices)
        if self.width % self.heads:
            raise SpecError("heads", f"is {self.heads}", f"a divisor of width, which is {self.width}")

    def _network(self, vocabulary: int, length: int, classes: int) -> nn.Module:
        from latebloom.models.networks.transformer import TransformerNetwork

        return TransformerNetwork(self, vocabulary=vocabulary, length=length, classes=classes)

    def parameters(self, *, vocabulary: int, length: int, classes: int) -> int:
        """Count the numbers that are trained."""
        tables = length if self.embeddings == "separate" else 1
        rows = tables * vocabulary + self.closing + length + self.closing
        norm = self.width * (1 + self.bias)
        norms = {"after": 2 * self.layers, "before": 2 * self.layers + 1, "none": 0}[self.norm]
        attention = 4 * self._linear(self.width, self.width)
        feed_forward = self._linear(self.width, self.feed_forward) + self._linear(
            self.feed_forward, self.width
        )
        bottleneck = self._linear(self.width, self.bottleneck)
        readout = self._linear(self.bottleneck or self.width, classes)
        layers = self.layers * (attention + feed_forward)
        return rows * self.width + layers + norms * norm + bottleneck + readout

    def activations(self, *, vocabulary: int, length: int, classes: int) -> int:
        """Count the numbers that a training step keeps alive for one example."""
        del vocabulary
        positions = length + self.closing
        read = positions if self.readout == "mean" else 1
        total = positions * self.width + 2 * self.width + self.bottleneck + classes
        for layer in range(self.layers):
            queries = read if layer == self.layers - 1 else positions
            total += self._layer_activations(queries, positions)
        return total

    def _layer_activations(self, queries: int, keys: int) -> int:
        # Attention keeps keys and values; a query itself, the mix, the parts' results and their sums.
        normed = 0 if self.norm == "none" else 4
        hidden = self.feed_forward * (2 if self.activation == "gelu" else 1)
        pattern = 2 * self.heads * keys
        return 2 * keys * self.width + queries * ((5 + normed) * self.width + hidden + pattern)

    def _linear(self, inputs: int, outputs: int) -> int:
        return outputs * (inputs + self.bias)

    def sites(self) -> tuple[str, ...]:
        """Name the activations: those of `block0` to `block{layers - 1}` between `embedding` and `final`."""
        inner = [
            f"block{number}{part}"
            for number in range(self.layers)
            for part in (".attention", ".pattern", ".feed_forward", "")
        ]
        bottleneck = ["bottleneck"] if self.bottleneck else []
        return ("embedding", *inner, "final", *bottleneck, "logits")

    @classmethod
    def example(cls) -> Self:
        """Make a transformer of width 8."""
        return cls(width=8, heads=2, feed_forward=12)
