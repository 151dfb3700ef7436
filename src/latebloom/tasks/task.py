"""What a task is: a finite problem whose whole table is known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import InputError, SpecError
from latebloom.tasks.numbers import divisors, written

MAXIMUM_EXAMPLES = 4_000_000
"""A table has at most this many examples: 128 MB of indices for two tokens, 160 MB for three."""

LARGEST_SEED = 2**63 - 1
"""Seeds fit into the signed 64 bits that files and generators have for them."""


@dataclass(frozen=True, eq=False)
class Coordinate:
    """Where each class stands on a cyclic group.

    Args:
        values: shape (classes,); 0..order-1, and -1 for a class that has no place there.
        order: the size of the cyclic group Z_order that the values live on.
    """

    values: NDArray[np.int64]
    order: int


@dataclass(frozen=True, eq=False)
class Table:
    """All examples of a task.

    Args:
        tokens: shape (example, length); 0..vocabulary-1.
        labels: shape (example,); 0..classes-1.
        vocabulary: how many tokens there are.
        classes: how many labels there can be; some may not occur.
        coordinates: the named coordinates of a class.
        partners: shape (example,); the index of the example with the first two operands swapped. An example
            is its own partner where both operands are the same, or where the swapped pair is not in the
            table.
    """

    tokens: NDArray[np.int64]
    labels: NDArray[np.int64]
    vocabulary: int
    classes: int
    coordinates: Mapping[str, Coordinate]
    partners: NDArray[np.int64]


class Task(ABC):
    """Settings that describe a finite problem whose whole table is known.

    A task is a frozen dataclass. It refuses settings that cannot work when it is made, by a `SpecError` whose
    path is the field's name. Its sizes are formulas, so they are known before any memory is taken. The same
    settings give the same table on every machine.
    """

    name: ClassVar[str]
    """What the task is called in a specification, and on the shelf."""

    @property
    @abstractmethod
    def examples(self) -> int:
        """How many examples the table has."""

    @property
    @abstractmethod
    def length(self) -> int:
        """How many tokens an example has."""

    @property
    @abstractmethod
    def vocabulary(self) -> int:
        """How many different tokens there are."""

    @property
    @abstractmethod
    def classes(self) -> int:
        """How many labels there can be."""

    @abstractmethod
    def table(self) -> Table:
        """Build the whole table."""

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Make a small valid instance, of about 20 to 200 examples, for the shelf's contract tests."""


def coset(coordinate: Coordinate, modulus: int) -> Coordinate:
    """Tell which coset of the subgroup modulus * Z_order each class is in: its coordinate modulo `modulus`.

    Classes without a coordinate (-1) have no coset either. `modulus` = 1 puts every class into one coset,
    `modulus` = order changes nothing.

    Raises:
        InputError: `modulus` does not divide the coordinate's order, so there are no such cosets.

    >>> coset(Coordinate(np.array([-1, 0, 2, 1, 4, 5, 3]), order=6), 3).values
    array([-1,  0,  2,  1,  1,  2,  0])
    """
    if modulus < 1 or coordinate.order % modulus:
        known = ", ".join(map(str, divisors(coordinate.order)))
        raise InputError(
            f"Z_{coordinate.order} has no cosets modulo {written(modulus)}; its divisors are {known}"
        )
    values = np.where(coordinate.values < 0, -1, coordinate.values % modulus)
    return Coordinate(values, order=modulus)


def swap_partners(first: NDArray[np.int64], second: NDArray[np.int64], operands: int) -> NDArray[np.int64]:
    """Find, for every pair of operands, the index of the pair with both swapped; its own where there is none.

    Args:
        first: first operand of each example, 0..operands-1. Shape (example,).
        second: second operand of each example, likewise. Shape (example,).
        operands: how many different operands there are.

    Returns: indices into the examples; an involution. Shape (example,).

    >>> swap_partners(np.array([0, 0, 1]), np.array([1, 2, 0]), operands=3)
    array([2, 1, 0])
    """
    indices = np.arange(len(first), dtype=np.int64)
    place = np.full(operands * operands, -1, dtype=np.int64)
    place[first * operands + second] = indices
    swapped = place[second * operands + first]
    return np.where(swapped < 0, indices, swapped)


def require_seed(seed: int, path: str = "seed") -> None:
    """Refuse a seed that does not fit into 63 bits.

    Raises:
        SpecError: it is negative or too large.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise SpecError(
            path, f"{written(seed)} cannot be a seed", "a seed is a whole number from 0 to 2^63 - 1"
        )
