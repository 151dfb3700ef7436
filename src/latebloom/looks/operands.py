"""How the logits of each lane depend on the embedding of either operand, on a few of its examples."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.func import grad, vmap

from latebloom.engine import Population
from latebloom.engine.forward import forward, tensors_of
from latebloom.engine.population import gather
from latebloom.randomness import permutation

TOKENS = "tokens"
"""What every model calls its embedding of tokens: (table, token, feature), one table or one per position."""


def operand_gradients(
    population: Population, parameters: Float[Tensor, "lane parameter"], index: Int[Tensor, "lane sample"]
) -> Float[Tensor, "operand lane sample feature"]:
    """Differentiate a logit of each example, of a class drawn for it once, by the embeddings of its two operands.

    Two rows of the embedding stand for the operands, as two inputs even where they are equal; so that a model sees
    only those two, each example is run with a table of two tokens, 0 and 1.
    """
    lanes = [
        _of_lane(population.keep([slot]), row[None], index[[slot]]) for slot, row in enumerate(parameters)
    ]
    return torch.stack(lanes, dim=1)


def _of_lane(
    population: Population, row: Float[Tensor, "1 parameter"], index: Int[Tensor, "1 sample"]
) -> Float[Tensor, "operand sample feature"]:
    place = [part.name for part in population.layout].index(TOKENS)
    tensors = [tensor.detach() for tensor in tensors_of(population, row)]
    tokens, _ = gather(population, index)
    tables = tensors[place][0]  # (table, token, feature)
    pairs = tables[:, tokens[0]].movedim(1, 0)  # (sample, table, position, feature)
    both = torch.arange(2, device=row.device)

    def logit(pair: Tensor, chosen: Tensor) -> Tensor:
        parts = (*tensors[:place], pair[None], *tensors[place + 1 :])
        logits, _ = forward(population, parts, both[None, None])
        return (logits[0, 0] * chosen).sum()

    found = vmap(grad(logit))(pairs, _drawn_classes(population, tensors, tokens))
    return torch.stack([found[:, 0, 0], found[:, -1, 1]])


def _drawn_classes(
    population: Population, tensors: list[Tensor], tokens: Int[Tensor, "1 sample operand"]
) -> Float[Tensor, "sample class"]:
    """Draw a class for each example, as what picks it out of the logits."""
    with torch.no_grad():
        logits, _ = forward(population, tuple(tensors), tokens[:, :1])
    classes, samples = logits.shape[-1], tokens.shape[1]
    draws = [permutation(classes, 0, "classes of operands", sample)[0] for sample in range(samples)]
    return torch.eye(classes, dtype=logits.dtype, device=logits.device)[torch.tensor(draws)]
