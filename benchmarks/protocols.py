"""What both sides train. `preset` and `changes` say it to latebloom, the numbers say it to the plain loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from latebloom.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Addition of two tokens, a network, an optimizer, and when it is evaluated.

    Args:
        form: ``encoder``: post-LN, a table per token, read at the first position; ``no-norm``: one layer without
            LayerNorm, a shared table and a closing token, read there; ``mlp``: shared table, one hidden layer.
        batch: examples a step; 0 for the whole training set.
        every: steps between evaluations. steps: from start to end.
        evaluated: the parts of which the plain loop computes loss and accuracy at an evaluation.
        coupled: whether decay is added to the gradient (Adam) and not taken off the weights (AdamW).
        double_loss: whether the loss is computed in float64.
    """

    preset: str
    changes: tuple[str, ...] = ()
    form: Literal["encoder", "no-norm", "mlp"]
    modulus: int
    fraction: float
    batch: int
    steps: int
    every: int
    evaluated: tuple[str, ...] = ("train", "test")
    width: int
    layers: int = 1
    heads: int = 4
    feed_forward: int = 0
    learning_rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float
    coupled: bool = False
    warmup: int = 0
    double_loss: bool = False

    @property
    def train_size(self) -> int:
        """Count the pairs that are trained on."""
        return int(self.fraction * self.modulus**2 + 1e-9)

    @property
    def steps_per_epoch(self) -> int:
        """Count the steps in one pass through them, the partial batch counted."""
        return -(-self.train_size // (self.batch or self.train_size))

    def specs(self, seeds: Sequence[int], changes: Sequence[str] = ()) -> tuple[Spec, ...]:
        """Make latebloom's specs, one per seed."""
        from latebloom.spec import read_request

        return read_request(self.preset, overrides=(*self.changes, *changes), seeds=list(seeds)).specs


PROTOCOLS = {
    "manifold": Protocol(
        preset="manifold-addition", form="encoder", modulus=97, fraction=0.3, batch=512, steps=150_000, every=1000,
        evaluated=("test",), width=128, layers=2, feed_forward=512, learning_rate=1e-3, weight_decay=1.0,
    ),
    "stages": Protocol(
        preset="stages", form="mlp", modulus=97, fraction=0.5, batch=128, steps=37_000, every=37, width=128,
        learning_rate=1e-3, weight_decay=1e-4, coupled=True,
    ),
    "full-batch": Protocol(
        preset="nanda", form="no-norm", modulus=113, fraction=0.3, batch=0, steps=25_000, every=100, width=128,
        feed_forward=512, learning_rate=1e-3, betas=(0.9, 0.98), weight_decay=1.0, warmup=10, double_loss=True,
    ),
    "demo": Protocol(
        preset="demo", form="mlp", modulus=31, fraction=0.6, batch=0, steps=2000, every=10, width=64,
        learning_rate=1e-2, betas=(0.9, 0.98), weight_decay=1.0,
    ),
    "sweep": Protocol(
        preset="demo",
        changes=(
            "task.modulus=47", "split.fraction=0.9", "model.width=32", "optimizer.learning_rate=0.02",
            "optimizer.weight_decay=0.3", "training.batch=128", "training.steps=20000", "training.stop=grokked",
            "evaluation.every=20",
        ),
        form="mlp", modulus=47, fraction=0.9, batch=128, steps=20_000, every=20, width=32,
        learning_rate=2e-2, betas=(0.9, 0.98), weight_decay=0.3,
    ),
    "small-transformer": Protocol(
        preset="manifold-addition",
        changes=(
            "task.modulus=31", "split.fraction=0.8", "model.layers=1", "model.width=32", "model.feed_forward=64",
            "optimizer.learning_rate=0.005", "training.batch=128", "training.steps=2000", "evaluation.every=10",
        ),
        form="encoder", modulus=31, fraction=0.8, batch=128, steps=2000, every=10, evaluated=("test",), width=32,
        feed_forward=64, learning_rate=5e-3, weight_decay=1.0,
    ),
}  # fmt: skip
"""Three as published; the demo; a small one that every seed groks within a second or two; and a small transformer."""
