"""All numbers of runs as one tidy table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.statistics import finite_list
from latebloom.store import Lab
from latebloom.views.reading import Member, read_members


@dataclass(frozen=True, slots=True, eq=False)
class RecordsTable:
    """One row per number that was seen: run, seed, step, name, value; in the order of runs, then of steps.

    All columns have shape (row,). `seed` is None where a run's settings cannot be read. Only numbers that
    were recorded have a row; a value of nan was recorded as nan.
    """

    run: list[str]
    seed: list[int | None]
    step: NDArray[np.int64]
    name: list[str]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.run)

    def to_json(self) -> dict[str, list[Any]]:
        """Write the columns as plain lists, None for what is not finite."""
        return {
            "run": self.run,
            "seed": self.seed,
            "step": self.step.tolist(),
            "name": self.name,
            "value": finite_list(self.value),
        }


def records_table(lab: Lab, ids: Iterable[str]) -> RecordsTable:
    """Put all numbers of these runs into one table.

    Raises:
        UnknownNameError: there is no such run.
    """
    return member_table(read_members(lab, ids))


def member_table(members: Sequence[Member]) -> RecordsTable:
    """Put all numbers of runs that were read already into one table."""
    run: list[str] = []
    seed: list[int | None] = []
    step: list[int] = []
    name: list[str] = []
    value: list[float] = []
    for member in members:
        for look in member.stored.looks:
            name.extend(look.values)
            value.extend(look.values.values())
            step.extend([look.step] * len(look.values))
        rows = len(value) - len(run)
        run.extend([member.id] * rows)
        seed.extend([member.seed] * rows)
    return RecordsTable(run, seed, np.array(step, dtype=np.int64), name, np.array(value, dtype=np.float64))
