"""What a scale of the study fixes: the task's size, the steps that claims look at, how far runs go, and which seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PUBLISHED_SEEDS = (42, 1001, 1002, 1003)
"""The authors' seeds, first everywhere; others follow."""
WIDTHS = (1, 2, 4, 8, 16, 32, 48, 56, 64, 72, 80, 128)
"""Of the bottleneck: the published ones, with 48, 56, 72 and 80 around the one that is called anomalous."""
OPERATIONS = ("addition", "multiplication")


def bottleneck(operation: str, width: int) -> str:
    """Name the arm of a width; 0 for none.

    >>> bottleneck("addition", 16), bottleneck("addition", 0)
    ('addition-r16', 'addition-rnone')
    """
    return f"{operation}-r{width or 'none'}"


ARMS = (
    *OPERATIONS,
    "addition-text",
    "control-96",
    "multiplication-text",
    "control-zero",
    "control-relabelled",
)
"""In the order of their importance; those of the bottleneck follow."""
BOTTLENECKS = tuple(bottleneck(operation, width) for width in (*WIDTHS, 0) for operation in OPERATIONS)


@dataclass(frozen=True)
class Setting:
    """One scale.

    Args:
        modulus: of both operations.
        quotient: how many cosets the published multiplication shows: 12 of 96.
        every: steps between evaluations.
        first, before, after: the steps of the published tables (1000, 7000, 14,000).
        cloud, clusters, far: the steps of the published pictures and of the adjacency (5000, 30,000, 100,000).
        end: the last published step, 150,000.
        bottleneck_end, bottleneck_every: steps of the runs with a bottleneck, and between their evaluations.
        keyframes: steps at which snapshots are kept and topology is measured.
        steps: how far each arm goes; arms that are not named are not run.
        seeds: how many each arm has; arms that are not named have as many as `default_seeds`.
        changes: of the network and its training, by key path.
        loops: the arms whose loops are held against null clouds, which is the dearest look; claims need the operations.
    """

    modulus: int
    quotient: int
    every: int
    first: int
    before: int
    after: int
    cloud: int
    clusters: int
    far: int
    end: int
    bottleneck_end: int
    bottleneck_every: int
    keyframes: tuple[int, ...]
    steps: Mapping[str, int]
    seeds: Mapping[str, int]
    default_seeds: int
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    loops: tuple[str, ...] = ARMS

    @property
    def order(self) -> int:
        """How many elements the multiplicative group has, and the ring of the additive control."""
        return self.modulus - 1

    def horizon(self, arm: str) -> int:
        """How far an arm goes; 0 where it is not run."""
        return self.steps.get(arm, 0)

    def seeds_of(self, arm: str) -> tuple[int, ...]:
        """The seeds of an arm, the published ones first."""
        count = self.seeds.get(arm, self.default_seeds)
        return (PUBLISHED_SEEDS + tuple(range(2001, 2001 + count)))[:count]


PAPER = Setting(
    modulus=97,
    quotient=12,
    every=1000,
    first=1000,
    before=7000,
    after=14_000,
    cloud=5000,
    clusters=30_000,
    far=100_000,
    end=150_000,
    bottleneck_end=50_000,
    bottleneck_every=500,
    keyframes=(*range(1000, 21_000, 1000), 30_000, 50_000, 100_000),
    steps=dict.fromkeys(ARMS, 150_000) | dict.fromkeys(BOTTLENECKS, 50_000),
    seeds={},
    default_seeds=32,
)

LAPTOP = Setting(
    modulus=97,
    quotient=12,
    every=1000,
    first=1000,
    before=7000,
    after=14_000,
    cloud=5000,
    clusters=30_000,
    far=100_000,
    end=150_000,
    bottleneck_end=50_000,
    bottleneck_every=500,
    keyframes=tuple(range(1000, 14_000, 1000)),
    steps={"addition": 14_000, "multiplication": 14_000, "addition-text": 14_000, "control-96": 11_000},
    seeds={"addition": 8, "multiplication": 8},
    default_seeds=6,
)

SMOKE = Setting(
    modulus=31,
    quotient=6,
    every=50,
    first=100,
    before=400,
    after=800,
    cloud=200,
    clusters=600,
    far=1000,
    end=1200,
    bottleneck_end=100,
    bottleneck_every=50,
    keyframes=(200, 400, 600, 800, 1000),
    steps=dict.fromkeys(ARMS, 1200) | dict.fromkeys(BOTTLENECKS, 100),
    seeds=dict.fromkeys(OPERATIONS, 6) | dict.fromkeys(BOTTLENECKS, 1),
    default_seeds=2,
    changes={
        "split.fraction": 0.8,
        "model.width": 32,
        "model.heads": 2,
        "model.feed_forward": 64,
        "training.batch": 128,
        "optimizer.learning_rate": 0.01,
    },
    loops=OPERATIONS,
)
"""A task of 961 pairs and a small network: every line of the study runs in minutes, and nothing of it is evidence."""
