"""Several operations in one task, told apart by an operation token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import SpecError, nearest, shown
from latebloom.tasks.operation import (
    ADDITION,
    DIVISION,
    MULTIPLICATION,
    MULTIPLICATION_WITH_ZERO,
    SUBTRACTION,
    Operation,
    class_coordinates,
    require_modulus,
)
from latebloom.tasks.task import Table, Task, swap_partners

OPERATIONS: Mapping[str, Operation] = {
    "addition": ADDITION,
    "subtraction": SUBTRACTION,
    "multiplication": MULTIPLICATION,
    "multiplication-with-zero": MULTIPLICATION_WITH_ZERO,
    "division": DIVISION,
}
"""What `Mixed.operations` can name."""


@final
@dataclass(frozen=True)
class Mixed(Task):
    """One or more operations with the same modulus in one table, for training them together.

    Tokens are (a, operation token, b). Residues are their own tokens; the i-th of `operations` has the token
    modulus + i. Examples stand in the order of `operations`, and inside one as in its own task.

    Args:
        modulus: any that all of the operations can have.
        operations: names out of `OPERATIONS`, none twice.

    >>> Mixed(7, ("addition", "division")).table().tokens[[0, 49]]
    array([[0, 7, 0],
           [0, 8, 1]])
    """

    name: ClassVar[str] = "mixed"
    modulus: int
    operations: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.operations:
            raise SpecError("operations", "no operation was given", f"known: {', '.join(OPERATIONS)}")
        for index, operation in enumerate(self.operations):
            path = f"operations[{index}]"
            if operation not in OPERATIONS:
                right = f"known: {', '.join(nearest(operation, OPERATIONS))}"
                raise SpecError(path, f"no operation {shown(operation)}", right)
            if operation in self.operations[:index]:
                raise SpecError(path, f"{operation!r} was given before", "give each operation once")
        require_modulus(self.modulus, self._parts)

    @property
    def examples(self) -> int:
        """How many examples the operations have together."""
        return sum(operation.examples(self.modulus) for operation in self._parts)

    @property
    def length(self) -> int:
        """Three: first operand, operation, second operand."""
        return 3

    @property
    def vocabulary(self) -> int:
        """The modulus and one token per operation."""
        return self.modulus + len(self.operations)

    @property
    def classes(self) -> int:
        """The modulus."""
        return self.modulus

    def table(self) -> Table:
        """Build the whole table; partners have the same operation."""
        tokens: list[NDArray[np.int64]] = []
        labels: list[NDArray[np.int64]] = []
        partners: list[NDArray[np.int64]] = []
        for index, operation in enumerate(self._parts):
            first, second = operation.operands(self.modulus)
            before = sum(map(len, labels))
            tokens.append(np.stack([first, np.full_like(first, self.modulus + index), second], axis=1))
            labels.append(operation.result(first, second, self.modulus))
            partners.append(before + swap_partners(first, second, self.modulus))
        return Table(
            tokens=np.concatenate(tokens),
            labels=np.concatenate(labels),
            vocabulary=self.vocabulary,
            classes=self.classes,
            coordinates=class_coordinates(self.modulus, self._parts),
            partners=np.concatenate(partners),
        )

    @classmethod
    def example(cls) -> Self:
        """Make addition, multiplication and division modulo 7."""
        return cls(modulus=7, operations=("addition", "multiplication", "division"))

    @property
    def _parts(self) -> tuple[Operation, ...]:
        return tuple(OPERATIONS[operation] for operation in self.operations)
