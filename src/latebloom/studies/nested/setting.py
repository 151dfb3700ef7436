"""What a scale of the study fixes: the group and how it is cut, the steps that claims look at, and the arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from latebloom.spec import Schedule
from latebloom.study import Arm, arm

DECAYS = (1.0, 1.5, 2.0, 5.0)
LARGE = {"model.layers": 4, "model.width": 256, "model.heads": 8, "model.feed_forward": 1024}
LARGE_DECAYS = (2.0, 3.0, 5.0)
LOWERED = (1.0, 0.5)


@dataclass(frozen=True)
class Cut:
    """A cyclic group cut into cosets mod `outer`, with `inner` positions in each.

    >>> Cut(97, 12).inner, Cut(97, 12).half, Cut(79, 6).half
    (8, 4, 0)
    """

    modulus: int
    outer: int

    @property
    def inner(self) -> int:
        """Positions in a coset."""
        return (self.modulus - 1) // self.outer

    @property
    def half(self) -> int:
        """The stride half way round a coset, which pairs k with k + order / 2; 0 where there is none."""
        return self.inner // 2 if self.inner % 2 == 0 else 0

    def outer_stride(self, stride: int) -> str:
        """Name the look at the ring of cosets, 2 neighbours."""
        return f"adjacency_score(quotient={self.outer},stride={stride})"

    def inner_stride(self, stride: int) -> str:
        """Name the look at the positions inside cosets, 1 neighbour."""
        return f"coset_adjacency_score(quotient={self.outer},stride={stride})"

    @property
    def opposite(self) -> str:
        """Name the look at whether each class's nearest one, of all, is half the group away."""
        return f"adjacency_score(stride={(self.modulus - 1) // 2},neighbours=1)"

    @property
    def looks(self) -> tuple[str, ...]:
        """Everything that is looked at, at each evaluation."""
        strides = (self.outer_stride(1), self.outer_stride(2), self.inner_stride(1))
        half = (self.inner_stride(self.half), self.opposite) if self.half else ()
        return (*(f"{name}@final" for name in (*strides, *half)), "ring_scan@final", "group_spectrum@final",
                "quotient_ring_scan@final", "quotient_variance@final")  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One scale.

    Args:
        cut: of the task; coprime: of the two controls whose parts share no divisor.
        every: steps between evaluations.
        early, ring, after_ring, gone, end: the published steps: 20,000, 130,000, 140,000, 350,000 and 1,000,000.
        inside: the steps at which the inner score is printed, with it.
        dip, long: 3,560,000 and 5,000,000.
        lowered_at, lowered_end: when decay is lowered, and how far those runs go.
        steps: how far each arm goes; arms that are not named are not run.
        seeds: how many.
        changes: of the network and its training, by key path.
    """

    cut: Cut
    coprime: tuple[Cut, Cut]
    every: int
    early: int
    ring: int
    after_ring: int
    gone: int
    end: int
    inside: Mapping[int, float]
    dip: int
    long: int
    lowered_at: int
    lowered_end: int
    steps: Mapping[str, int]
    seeds: int
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def horizon(self, name: str) -> int:
        """How far an arm goes; 0 where it is not run."""
        return self.steps.get(name, 0)


def decay(value: float) -> str:
    """Name the arm of a decay.

    >>> decay(1.5)
    'decay-1.5'
    """
    return f"decay-{value}"


ARMS = (
    decay(1.5), decay(2.0), decay(1.0), decay(5.0),
    "coprime-7x10", "coprime-6x13",
    *(f"lowered-{value}" for value in LOWERED),
    *(f"large-{value}" for value in LARGE_DECAYS),
    "long-2.0",
)  # fmt: skip
"""In the order of their importance."""

PAPER = Setting(
    cut=Cut(97, 12), coprime=(Cut(71, 7), Cut(79, 6)), every=5000, early=20_000, ring=130_000, after_ring=140_000,
    gone=350_000, end=1_000_000, inside={100_000: 0.21, 200_000: 0.54, 1_000_000: 0.84}, dip=3_560_000,
    long=5_000_000, lowered_at=200_000, lowered_end=400_000,
    steps={name: 400_000 if name.startswith("lowered") else 1_000_000 for name in ARMS} | {"long-2.0": 5_000_000},
    seeds=32,
)  # fmt: skip
LAPTOP = replace(
    PAPER, every=1000, seeds=6,
    steps={decay(1.5): 20_000, decay(2.0): 20_000, decay(1.0): 15_000, decay(5.0): 10_000},
)  # fmt: skip
SMOKE = Setting(
    cut=Cut(37, 6), coprime=(Cut(31, 5), Cut(43, 6)), every=50, early=200, ring=300, after_ring=350, gone=400,
    end=600, inside={250: 0.21, 350: 0.54, 600: 0.84}, dip=700, long=800, lowered_at=200, lowered_end=300,
    steps={name: 300 if name.startswith("lowered") else 600 for name in ARMS} | {"long-2.0": 800}, seeds=2,
    changes={
        "split.fraction": 0.8, "model.width": 32, "model.heads": 2, "model.feed_forward": 64, "training.batch": 128,
        "optimizer.learning_rate": 0.01,
    },
)  # fmt: skip


def arms(setting: Setting) -> tuple[Arm, ...]:
    """List the arms that a scale runs."""
    return tuple(_arm(setting, name) for name in ARMS if setting.horizon(name))


def _arm(setting: Setting, name: str) -> Arm:
    kind, _, value = name.partition("-")
    cut = setting.coprime[0 if value == "7x10" else 1] if kind == "coprime" else setting.cut
    changes: dict[str, Any] = {
        "task.modulus": cut.modulus,
        "training.steps": setting.horizon(name),
        "evaluation.every": setting.every,
        "optimizer.weight_decay": 2.0 if kind in ("coprime", "lowered") else float(value),
        **setting.changes,
    }
    if kind == "large":
        changes |= LARGE if "model.width" not in setting.changes else {"model.layers": 4, "model.width": 48}
    found = arm(name, "nested", changes, seeds=_seeds(setting.seeds), looks=cut.looks,
                together="decays" if kind == "decay" else "")  # fmt: skip
    spec = replace(found.spec, snapshots=Schedule(every=max(setting.horizon(name) // 4, setting.every)))
    if kind == "lowered":
        lowered = replace(spec.optimizer, weight_decay_changes=((setting.lowered_at, float(value)),))
        spec = replace(spec, optimizer=lowered)
    return replace(found, spec=spec)


def _seeds(count: int) -> Sequence[int]:
    return (42, 1001, 1002, 1003, *range(2001, 2001 + count))[:count]
