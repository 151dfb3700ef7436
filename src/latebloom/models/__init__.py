"""The shelf of models: networks that read a few tokens and tell their class."""

from __future__ import annotations

from collections.abc import Mapping

from latebloom.models.embedding_mlp import EmbeddingMLP
from latebloom.models.model import Model
from latebloom.models.quadratic import Quadratic
from latebloom.models.transformer import Transformer

__all__ = ["MODELS", "EmbeddingMLP", "Model", "Quadratic", "Transformer"]

MODELS: Mapping[str, type[Model]] = {
    "transformer": Transformer,
    "embedding-mlp": EmbeddingMLP,
    "quadratic": Quadratic,
}
"""Every model by the name that a specification gives it."""
