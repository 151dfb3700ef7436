"""The transformer for one run: an encoder over a few tokens, with only the work that its read-out needs."""

import copy
import math
from collections.abc import Callable, Iterable
from typing import cast

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from latebloom.models.networks.attention import attend
from latebloom.models.networks.linear import by_row
from latebloom.models.transformer import Transformer

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}
_KEPT = {"first": slice(0, 1), "last": slice(-1, None), "mean": slice(None)}


class Block(nn.Module):
    """One layer: attention, then the feed-forward part, each added to what came in."""

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        width, bias = model.width, model.bias
        self.heads, self.norm = model.heads, model.norm
        self.activation = _ACTIVATIONS[model.activation]
        self.query = nn.Linear(width, width, bias=bias)
        self.key = nn.Linear(width, width, bias=bias)
        self.value = nn.Linear(width, width, bias=bias)
        self.attention_output = nn.Linear(width, width, bias=bias)
        self.hidden = nn.Linear(width, model.feed_forward, bias=bias)
        self.output = nn.Linear(model.feed_forward, width, bias=bias)
        normed = model.norm != "none"
        self.attention_norm = nn.LayerNorm(width, bias=bias) if normed else nn.Identity()
        self.feed_forward_norm = nn.LayerNorm(width, bias=bias) if normed else nn.Identity()

    def attention_input(self, x: Float[Tensor, "*position width"]) -> Float[Tensor, "*position width"]:
        """Return what the queries, keys and values are projected from."""
        return self.attention_norm(x) if self.norm == "before" else x

    def forward(
        self,
        x: Float[Tensor, "batch query width"],
        queries: Float[Tensor, "batch query width"],
        keys: Float[Tensor, "batch key width"],
        values: Float[Tensor, "batch key width"],
    ) -> tuple[Float[Tensor, "batch query width"], dict[str, Tensor]]:
        """Compute the layer at the positions of `x`; return its output and its inner activations."""
        mixed, pattern = attend(queries, keys, values, heads=self.heads)
        attention = by_row(self.attention_output, mixed)
        x = x + attention
        if self.norm == "after":
            x = self.attention_norm(x)
        hidden = self.activation(
            by_row(self.hidden, self.feed_forward_norm(x) if self.norm == "before" else x)
        )
        x = x + by_row(self.output, hidden)
        if self.norm == "after":
            x = self.feed_forward_norm(x)
        return x, {"attention": attention, "pattern": pattern, "feed_forward": hidden}


class TransformerNetwork(nn.Module):
    """Tokens (batch, length) to logits (batch, classes), and the activations on the way by site.

    A token at a position is a row of one table: its embedding plus the position's. Where the table has fewer
    rows than the batch has tokens, the first layer's queries, keys and values are computed once per row and
    gathered. In the last layer, only the positions that the read-out reads are computed.
    """

    def __init__(self, model: Transformer, *, vocabulary: int, length: int, classes: int) -> None:
        super().__init__()
        width, tables = model.width, length if model.embeddings == "separate" else 1
        self.length, self.kept, self.mean = length, _KEPT[model.readout], model.readout == "mean"
        self.tokens = nn.Parameter(torch.empty(tables, vocabulary, width))
        self.closing = nn.Parameter(torch.empty(1, width)) if model.closing else None
        self.positions = nn.Parameter(torch.empty(length + model.closing, width))
        self.blocks = nn.ModuleList([Block(model) for _ in range(model.layers)])
        self.norm = nn.LayerNorm(width, bias=model.bias) if model.norm == "before" else nn.Identity()
        self.bottleneck = nn.Linear(width, model.bottleneck, bias=model.bias) if model.bottleneck else None
        self.readout = nn.Linear(model.bottleneck or width, classes, bias=model.bias)
        (_draw_as_torch if model.initialization == "torch" else _draw_normal)(self)
        if model.equal_layers:
            self.blocks = nn.ModuleList([copy.deepcopy(self.blocks[0]) for _ in self.blocks])

    def forward(
        self, tokens: Int[Tensor, "batch length"]
    ) -> tuple[Float[Tensor, "batch class"], dict[str, Tensor]]:
        """Return the logits and the activations by site."""
        table, index = self._table(), self._index(tokens)
        x = F.embedding(index, table)  # (batch, position, width)
        sites = {"embedding": x}
        for number, block in enumerate(cast(Iterable[Block], self.blocks)):
            kept = self.kept if number == len(self.blocks) - 1 else slice(None)
            if number == 0 and len(table) < index.numel():
                queries, keys, values = _gathered(block, table, index, kept)
            else:
                queries, keys, values = _projected(block, x, kept)
            x, inner = block(x[:, kept], queries, keys, values)
            sites |= {f"block{number}.{name}": value for name, value in inner.items()}
            sites[f"block{number}"] = x
        x = self.norm(x)
        final = sites["final"] = x.mean(1) if self.mean else x.squeeze(1)  # (batch, width)
        if self.bottleneck is not None:
            final = sites["bottleneck"] = F.relu(self.bottleneck(final))
        logits = sites["logits"] = self.readout(final)
        return logits, sites

    def _table(self) -> Float[Tensor, "row width"]:
        rows = (self.tokens + self.positions[: self.length, None]).flatten(0, 1)
        return (
            rows if self.closing is None else torch.cat([rows, self.closing + self.positions[self.length :]])
        )

    def _index(self, tokens: Int[Tensor, "batch length"]) -> Int[Tensor, "batch position"]:
        vocabulary = self.tokens.shape[1]
        index = tokens + torch.arange(self.length, device=tokens.device) * vocabulary
        return index if self.closing is None else F.pad(index, (0, 1), value=self.length * vocabulary)


def _gathered(
    block: Block, table: Float[Tensor, "row width"], index: Int[Tensor, "batch position"], kept: slice
) -> tuple[Tensor, Tensor, Tensor]:
    table = block.attention_input(table)
    return (
        F.embedding(index[:, kept], block.query(table)),
        F.embedding(index, block.key(table)),
        F.embedding(index, block.value(table)),
    )


def _projected(
    block: Block, x: Float[Tensor, "batch position width"], kept: slice
) -> tuple[Tensor, Tensor, Tensor]:
    x = block.attention_input(x)
    return by_row(block.query, x[:, kept]), by_row(block.key, x), by_row(block.value, x)


def _draw_as_torch(network: TransformerNetwork) -> None:
    """Draw as torch's encoder layer and embedding do; linear layers and norms have drawn themselves."""
    for name, parameter in network.named_parameters():
        if name in ("tokens", "closing"):
            nn.init.normal_(parameter)
        elif name == "positions":
            nn.init.normal_(parameter, std=0.02)
        elif name.endswith((".query.weight", ".key.weight", ".value.weight")):
            # Xavier's bound for the one matrix (3 width, width) in which torch keeps all three.
            bound = math.sqrt(6 / (4 * parameter.shape[1]))
            nn.init.uniform_(parameter, -bound, bound)
        elif name.endswith((".query.bias", ".key.bias", ".value.bias", ".attention_output.bias")):
            nn.init.zeros_(parameter)


def _draw_normal(network: TransformerNetwork) -> None:
    """Draw matrices from N(0, 1/width), the read-out from N(0, 1/classes); biases are 0."""
    width = network.positions.shape[1]
    for name, parameter in network.named_parameters():
        if name == "readout.weight":
            nn.init.normal_(parameter, std=1 / math.sqrt(len(parameter)))
        elif parameter.dim() > 1:
            nn.init.normal_(parameter, std=1 / math.sqrt(width))
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
