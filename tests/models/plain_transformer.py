"""The transformer once more, written plainly: all positions at all layers, by matrix products."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from latebloom.models import Transformer


def plain_forward(model: Transformer, weights: dict[str, Tensor], tokens: Tensor) -> dict[str, Tensor]:
    """Return the activations at all sites, of all positions."""
    tables = weights["tokens"]
    rows = [tables[i if model.embeddings == "separate" else 0][tokens[:, i]] for i in range(tokens.shape[1])]
    if model.closing:
        rows.append(weights["closing"].expand(len(tokens), -1))
    x = torch.stack(rows, dim=1) + weights["positions"]
    sites = {"embedding": x}
    for number in range(model.layers):
        x = plain_layer(model, weights, x, f"block{number}", f"blocks.{number}.", sites)
    x = norm(weights, "norm", x) if model.norm == "before" else x
    final = {"first": x[:, 0], "last": x[:, -1], "mean": x.mean(1)}[model.readout]
    sites["final"] = final
    if model.bottleneck:
        final = sites["bottleneck"] = F.relu(linear(weights, "bottleneck", final))
    sites["logits"] = linear(weights, "readout", final)
    return sites


def plain_layer(
    model: Transformer,
    weights: dict[str, Tensor],
    x: Tensor,
    site: str,
    prefix: str,
    sites: dict[str, Tensor],
) -> Tensor:
    before, after = model.norm == "before", model.norm == "after"
    inner = norm(weights, prefix + "attention_norm", x) if before else x
    queries, keys, values = (
        linear(weights, prefix + name, inner).unflatten(-1, (model.heads, -1)).transpose(1, 2)
        for name in ("query", "key", "value")
    )
    pattern = (queries @ keys.mT / math.sqrt(model.width // model.heads)).softmax(-1)
    mixed = (pattern @ values).transpose(1, 2).flatten(-2)
    attention = linear(weights, prefix + "attention_output", mixed)
    x = x + attention
    x = norm(weights, prefix + "attention_norm", x) if after else x
    inner = norm(weights, prefix + "feed_forward_norm", x) if before else x
    hidden = {"relu": F.relu, "gelu": F.gelu}[model.activation](linear(weights, prefix + "hidden", inner))
    x = x + linear(weights, prefix + "output", hidden)
    x = norm(weights, prefix + "feed_forward_norm", x) if after else x
    sites |= {
        f"{site}.attention": attention,
        f"{site}.pattern": pattern,
        f"{site}.feed_forward": hidden,
        site: x,
    }
    return x


def linear(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    y = x @ weights[f"{name}.weight"].T
    return y + weights[f"{name}.bias"] if f"{name}.bias" in weights else y


def norm(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    y = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weights[f"{name}.weight"]
    return y + weights[f"{name}.bias"] if f"{name}.bias" in weights else y
