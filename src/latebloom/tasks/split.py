"""Which examples are trained on, and which are held back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import SpecError
from latebloom.randomness import permutation
from latebloom.tasks.numbers import written
from latebloom.tasks.task import Table, Task, require_seed

ROUNDING = 1e-9
"""Added before rounding down: 0.29 * 100 is 28.999999999999996, and 29 is meant. Larger than any such error
in a table of four million examples, which is below 9e-10."""


@dataclass(frozen=True)
class Split:
    """How a table is divided into train and test.

    How many examples are trained on follows from the task and the split alone, never from a seed, so that
    runs that differ in seed have the same shapes. It is floor(fraction * examples); a symmetric split of a
    table without any example that is its own partner rounds down to an even number.

    Args:
        fraction: the share that is trained on; above 0 and below 1.
        kind: ``random`` draws examples. ``symmetric`` draws examples together with their partners, so that
            (a, b) and (b, a) are on one side; of the examples that are their own partners (a = b, and
            those whose swapped pair is not in the table) it draws the same share, to the nearest number that
            makes the size right.
        seed: which of the splits, 0 to 2^63 - 1; without one, the run's own seed.
    """

    fraction: float = 0.3
    kind: Literal["random", "symmetric"] = "random"
    seed: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.fraction < 1:
            raise SpecError("fraction", f"{self.fraction} was given", "a fraction is above 0 and below 1")
        if self.seed is not None:
            require_seed(self.seed)

    def train_size(self, task: Task) -> int:
        """Count the examples that a task is trained on; a symmetric split builds the table to find out.

        Raises:
            SpecError: at ``fraction``: no example would be left to train on, or none to test on.

        >>> from latebloom.tasks import Addition
        >>> Split(0.3).train_size(Addition(97))
        2822
        """
        if self.kind == "random":
            return self._target(task.examples)
        return sum(self._strata(task.table().partners))

    def divide(self, table: Table, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Divide a table into train and test.

        Args:
            table: what is divided.
            seed: the run's seed; used where the split has none of its own.

        Returns: indices of the train examples, shape (train_size,), and of all others, both rising.

        Raises:
            SpecError: at ``fraction``: no example would be left to train on, or none to test on.
        """
        chosen = seed if self.seed is None else self.seed
        training = np.zeros(len(table.labels), dtype=np.bool_)
        training[self._draw(table, chosen)] = True
        return np.flatnonzero(training), np.flatnonzero(~training)

    def _draw(self, table: Table, seed: int) -> NDArray[np.int64]:
        if self.kind == "random":
            examples = len(table.labels)
            return permutation(examples, seed, "split")[: self._target(examples)]
        single, pair = _orbits(table.partners)
        from_single, from_pair = self._strata(table.partners)
        alone = single[permutation(len(single), seed, "split", 0)[:from_single]]
        together = pair[permutation(len(pair), seed, "split", 1)[: from_pair // 2]]
        return np.concatenate([alone, together, table.partners[together]])

    def _target(self, examples: int, *, unit: int = 1) -> int:
        """Count the examples to train on, in multiples of `unit`; refuse to leave one side without any."""
        target = math.floor(self.fraction * examples + ROUNDING)
        size = target - target % unit
        if 0 < size < examples:
            return size
        problem = f"{self.fraction} leaves no {'test' if size else 'train'} example of {written(examples)}"
        if unit >= examples:
            raise SpecError(
                "fraction", problem, "no fraction can divide so small a table; give a larger task"
            )
        right = f"a fraction from {unit}/{examples} to {examples - 1}/{examples} would do"
        raise SpecError("fraction", problem, right)

    def _strata(self, partners: NDArray[np.int64]) -> tuple[int, int]:
        """Count the train examples that are their own partners, and those (an even number) that are not.

        Both counts follow from the table alone. Drawing pairs until there are enough would not do: how many
        examples are then drawn depends on how many of them were their own partners, and so on the seed.
        """
        examples, single = len(partners), len(_orbits(partners)[0])
        size = self._target(examples, unit=1 if single else 2)
        share = round(self.fraction * single)
        share -= (size - share) % 2
        # An odd size needs at least one. The other bounds hold: both are the same fraction, to within one.
        from_single = max(share, size % 2)
        return from_single, size - from_single


def _orbits(partners: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the examples that are their own partners, and the earlier example of each pair."""
    indices = np.arange(len(partners))
    return np.flatnonzero(partners == indices), np.flatnonzero(partners > indices)
