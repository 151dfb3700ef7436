"""Composition of permutations."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import SpecError
from latebloom.tasks.numbers import written
from latebloom.tasks.task import Coordinate, Table, Task, swap_partners

SMALLEST_DEGREE, LARGEST_DEGREE = 2, 6


@final
@dataclass(frozen=True)
class SymmetricGroup(Task):
    """Composition in S_n: the label of (a, b) is "a after b", which takes x to a(b(x)).

    Tokens and labels are the indices of the permutations in lexicographic order (0 is the identity). (n!)^2
    examples, the first operand running slowly. The coordinate ``sign`` on Z_2 is 0 for even permutations, 1
    for odd ones.

    Args:
        degree: n, from 2 to 6.

    >>> SymmetricGroup(5).classes, SymmetricGroup(5).examples
    (120, 14400)
    """

    name: ClassVar[str] = "symmetric-group"
    degree: int

    def __post_init__(self) -> None:
        if not SMALLEST_DEGREE <= self.degree <= LARGEST_DEGREE:
            right = f"a degree is from {SMALLEST_DEGREE} to {LARGEST_DEGREE}"
            raise SpecError("degree", f"{written(self.degree)} is out of range", right)

    @property
    def examples(self) -> int:
        """The square of the group's order."""
        return self.classes**2

    @property
    def length(self) -> int:
        """Two: the permutations."""
        return 2

    @property
    def vocabulary(self) -> int:
        """The group's order, degree factorial."""
        return math.factorial(self.degree)

    @property
    def classes(self) -> int:
        """The group's order, degree factorial."""
        return math.factorial(self.degree)

    def table(self) -> Table:
        """Build the whole table."""
        group = permutations(self.degree)
        elements = np.arange(len(group), dtype=np.int64)
        first, second = np.repeat(elements, len(group)), np.tile(elements, len(group))
        composed = np.take_along_axis(group[first], group[second], axis=1)  # (example, degree)
        return Table(
            tokens=np.stack([first, second], axis=1),
            labels=_indices(composed, group),
            vocabulary=self.vocabulary,
            classes=self.classes,
            coordinates={"sign": Coordinate(signs(self.degree), order=2)},
            partners=swap_partners(first, second, len(group)),
        )

    @classmethod
    def example(cls) -> Self:
        """Make S_3."""
        return cls(degree=3)


def permutations(degree: int) -> NDArray[np.int64]:
    """List the permutations of 0..degree-1 in lexicographic order. Shape (degree!, degree).

    >>> permutations(3)[:3].tolist()
    [[0, 1, 2], [0, 2, 1], [1, 0, 2]]
    """
    return np.array(list(itertools.permutations(range(degree))), dtype=np.int64)


def signs(degree: int) -> NDArray[np.int64]:
    """Tell of each permutation whether it is even (0) or odd (1). Shape (degree!,).

    >>> signs(3)
    array([0, 1, 1, 0, 0, 1])
    """
    group = permutations(degree)
    odd = np.zeros(len(group), dtype=np.int64)
    for left, right in itertools.combinations(range(degree), 2):
        odd ^= group[:, left] > group[:, right]
    return odd


def cycle_types(degree: int) -> tuple[tuple[int, ...], ...]:
    """Give the cycle lengths of each permutation, falling; permutations with the same are conjugate.

    This is no `Coordinate`: conjugacy classes have no place on a cyclic group.

    >>> cycle_types(3)
    ((1, 1, 1), (2, 1), (2, 1), (3,), (3,), (2, 1))
    """
    return tuple(_cycle_type(permutation) for permutation in permutations(degree).tolist())


def _cycle_type(permutation: list[int]) -> tuple[int, ...]:
    lengths: list[int] = []
    left = set(range(len(permutation)))
    while left:
        point, length = left.pop(), 1
        while (point := permutation[point]) in left:
            left.remove(point)
            length += 1
        lengths.append(length)
    return tuple(sorted(lengths, reverse=True))


def _indices(rows: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find each row in the list of permutations, by reading both as numbers to the base of the degree."""
    degree = group.shape[1]
    place = np.full(degree**degree, -1, dtype=np.int64)
    digits = degree ** np.arange(degree, dtype=np.int64)
    place[(group * digits).sum(axis=1)] = np.arange(len(group), dtype=np.int64)
    return place[(rows * digits).sum(axis=1)]
