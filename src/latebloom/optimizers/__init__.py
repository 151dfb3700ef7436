"""The shelf of optimizers: update rules, each lane of a population with its own hyper-parameters."""

from __future__ import annotations

from collections.abc import Mapping

from latebloom.optimizers.adam import Adam, AdamW
from latebloom.optimizers.optimizer import Optimizer
from latebloom.optimizers.sgd import SGD

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW", "Optimizer"]

OPTIMIZERS: Mapping[str, type[Optimizer]] = {
    "adamw": AdamW,
    "adam": Adam,
    "sgd": SGD,
}
"""Every optimizer by the name that a specification gives it."""
