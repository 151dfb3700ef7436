"""What an optimizer is: hyper-parameters by step, and an update rule for all runs of a population at once."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from jaxtyping import Float

from latebloom.errors import SpecError, shown

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # shapes and types are still checked, and settings need no torch

SMALLEST_RATE, LARGEST_RATE = 1e-12, 1e3
LARGEST_DECAY = 1e6
LONGEST_WARMUP = 100_000
MOST_CHANGES = 1_000
LAST_STEP = 1_000_000_000

Changes = tuple[tuple[int, float], ...]
"""Pairs (step, value), steps rising: from that step on the value holds."""


@dataclass(frozen=True, kw_only=True)
class Optimizer(ABC):
    """Settings of an update rule.

    An optimizer is a frozen dataclass that needs no torch. It refuses settings that cannot work when it is
    made, by a `SpecError` whose path is the field's name. Steps count from 0: the first update is step 0.

    Args:
        learning_rate: from 10^-12 to 1000.
        weight_decay: from 0 to 10^6, on every parameter.
        warmup: over this many steps the learning rate rises linearly: step k has (k + 1) / warmup of it.
        learning_rate_changes: pairs (step, rate), steps rising from 1: from that step on the rate is this.
        weight_decay_changes: pairs (step, decay), likewise.
    """

    name: ClassVar[str]
    """What the optimizer is called in a specification, and on the shelf."""

    buffers: ClassVar[tuple[str, ...]]
    """Names of what is kept for every parameter from step to step; all start at 0."""

    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    warmup: int = 0
    learning_rate_changes: Changes = ()
    weight_decay_changes: Changes = ()

    def __post_init__(self) -> None:
        if not 0 <= self.warmup <= LONGEST_WARMUP:
            raise SpecError("warmup", f"is {shown(self.warmup)}", f"steps, from 0 to {LONGEST_WARMUP:,}")
        for field in ("learning_rate_changes", "weight_decay_changes"):
            _require_rising(field, getattr(self, field))
        for path, rate in _with_changes("learning_rate", self.learning_rate, self.learning_rate_changes):
            require_between(path, rate, SMALLEST_RATE, LARGEST_RATE)
        for path, decay in _with_changes("weight_decay", self.weight_decay, self.weight_decay_changes):
            require_between(path, decay, 0.0, LARGEST_DECAY)

    def values(self, step: int) -> dict[str, float]:
        """Give the numbers in force at a step, by name: what `update` reads, the same names at every step.

        >>> from latebloom.optimizers import SGD
        >>> SGD(learning_rate=1.0, warmup=4).values(0)["learning_rate"]
        0.25
        """
        rate = _at(step, self.learning_rate, self.learning_rate_changes)
        factor = min((step + 1) / self.warmup, 1.0) if self.warmup else 1.0
        decay = _at(step, self.weight_decay, self.weight_decay_changes)
        return {"learning_rate": rate * factor, "weight_decay": decay, **self._constants()}

    @abstractmethod
    def _constants(self) -> dict[str, float]:
        """Give the numbers of the rule that are the same at every step."""

    def change_steps(self) -> tuple[int, ...]:
        """List the steps, rising, at which `values` can differ from the step before.

        >>> from latebloom.optimizers import SGD
        >>> SGD(warmup=3, learning_rate_changes=((10, 1e-4),)).change_steps()
        (1, 2, 10)
        """
        changes = self.learning_rate_changes + self.weight_decay_changes
        return tuple(sorted({*range(1, self.warmup), *(step for step, _ in changes)}))

    @classmethod
    @abstractmethod
    def update(
        cls,
        parameters: Float[Tensor, "lane parameter"],
        gradients: Float[Tensor, "lane parameter"],
        buffers: dict[str, Tensor],
        values: Mapping[str, float],
        step: int,
    ) -> None:
        """Take one step for lanes that share their numbers: change `parameters` and `buffers` in place.

        Args:
            parameters: a lane per row, of any float type.
            gradients: of the same shape and type; not changed.
            buffers: by the names in `buffers`, of the same shape and type.
            values: by the names that the method `values` gives.
            step: of all lanes, from 0.
        """

    @classmethod
    @abstractmethod
    def example(cls) -> "Optimizer":
        """Make a valid instance with nothing at rest, for the shelf's contract tests."""


def require_between(path: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside low..high.

    Raises:
        SpecError: with the range.
    """
    if not low <= value <= high:
        raise SpecError(path, f"is {shown(value)}", f"a number from {low:g} to {high:g}")


def require_fraction(path: str, value: float) -> None:
    """Refuse a number outside 0 <= value < 1.

    Raises:
        SpecError: with the range.
    """
    if not 0 <= value < 1:
        raise SpecError(path, f"is {shown(value)}", "a number from 0 to less than 1")


def _require_rising(path: str, changes: Changes) -> None:
    steps = [step for step, _ in changes]
    if len(steps) > MOST_CHANGES:
        raise SpecError(path, f"has {len(steps):,} changes", f"at most {MOST_CHANGES:,}")
    if any(not 1 <= step <= LAST_STEP for step in steps) or any(a >= b for a, b in pairwise(steps)):
        raise SpecError(path, f"has the steps {shown(steps)}", f"rising steps from 1 to {LAST_STEP:,}")


def _with_changes(path: str, first: float, changes: Changes) -> list[tuple[str, float]]:
    return [(path, first), *((f"{path}_changes", value) for _, value in changes)]


def _at(step: int, first: float, changes: Changes) -> float:
    """Give the last value that came into force at or before `step`."""
    passed = bisect_right(changes, step, key=lambda change: change[0])
    return changes[passed - 1][1] if passed else first
