"""The runs that the pictures show, each kind trained when it is first asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import latebloom
from latebloom import Run, Runs

WORKERS = 2
"""Processes, however many cores there are: which lanes are trained together changes their rounding."""

QUICK_STEPS, QUICK_SEEDS = 60, 2

SMALL_TRANSFORMER: Mapping[str, Any] = {
    "model.name": "transformer",
    "model.layers": 1,
    "model.width": 32,
    "model.feed_forward": 128,
    "model.norm": "none",
    "model.embeddings": "shared",
    "model.closing": True,
    "model.readout": "last",
    "optimizer.learning_rate": 5e-3,
}
COMPOSITION: Mapping[str, Any] = {
    "task.name": "symmetric-group",
    "task.degree": 4,
    "model.embeddings": "separate",
}


@dataclass(frozen=True)
class Trained:
    """Runs in a lab, trained unless they are there.

    Args:
        lab: the directory that holds them; made if it is not there.
        quick: a few steps of two seeds only.
    """

    lab: Path
    quick: bool = False

    @cached_property
    def demo(self) -> Runs:
        """The preset `demo`: a + b mod 31 in a small network with weight decay 1."""
        return self._run("demo", {}, seeds=4, steps=2000, every=20)

    @cached_property
    def without_decay(self) -> Runs:
        """The same seeds without weight decay."""
        return self._run("demo", {"optimizer.weight_decay": 0.0}, seeds=4, steps=2000, every=20)

    @cached_property
    def transformer(self) -> Runs:
        """The same task in a transformer of one layer and four heads, which answers at a closing token."""
        return self._run("demo", SMALL_TRANSFORMER, seeds=2, steps=2000, every=50)

    @cached_property
    def composition(self) -> Runs:
        """Composition of permutations of four things, with a table of embeddings for each operand."""
        return self._run("demo", COMPOSITION, seeds=2, steps=3000, every=50)

    @cached_property
    def three_stages(self) -> Runs:
        """The preset `stages`, mod 31 in place of 97, for 300 of its epochs."""
        return self._run("stages", {"task.modulus": 31}, seeds=2, steps=1200, every=16)

    def _run(self, source: str, overrides: Mapping[str, Any], *, seeds: int, steps: int, every: int) -> Runs:
        return latebloom.run(
            source,
            seeds=min(seeds, QUICK_SEEDS) if self.quick else seeds,
            steps=QUICK_STEPS if self.quick else steps,
            overrides={**overrides, "snapshots.every": min(every, 20) if self.quick else every},
            lab=self.lab,
            device="cpu",
            workers=1 if self.quick else WORKERS,
        )


def first_to_grok(runs: Runs) -> Run:
    """Choose the run whose test accuracy reaches 90% first; the first run where none does."""
    grokked = [run for run in runs if run.course["grokked_first"] is not None]
    return min(grokked, key=lambda run: run.course["grokked_first"], default=runs[0])
