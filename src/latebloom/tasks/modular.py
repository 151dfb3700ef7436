"""Arithmetic modulo a number: addition, subtraction, multiplication, division."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np

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


@dataclass(frozen=True)
class Modular(Task):
    """Base of the tasks with one operation on two residues; tokens and labels are the residues themselves.

    Vocabulary and classes are `modulus` even where the residue 0 does not occur. Examples run through the
    first operand slowly and the second fast.
    """

    modulus: int

    def __post_init__(self) -> None:
        require_modulus(self.modulus, [self.operation])

    @property
    @abstractmethod
    def operation(self) -> Operation:
        """The operation that gives the labels."""

    @property
    def examples(self) -> int:
        """How many pairs of operands there are."""
        return self.operation.examples(self.modulus)

    @property
    def length(self) -> int:
        """Two: the operands."""
        return 2

    @property
    def vocabulary(self) -> int:
        """The modulus."""
        return self.modulus

    @property
    def classes(self) -> int:
        """The modulus."""
        return self.modulus

    def table(self) -> Table:
        """Build the whole table, with the coordinates that `class_coordinates` names."""
        first, second = self.operation.operands(self.modulus)
        return Table(
            tokens=np.stack([first, second], axis=1),
            labels=self.operation.result(first, second, self.modulus),
            vocabulary=self.vocabulary,
            classes=self.classes,
            coordinates=class_coordinates(self.modulus, [self.operation]),
            partners=swap_partners(first, second, self.modulus),
        )


@final
@dataclass(frozen=True)
class Addition(Modular):
    """a + b modulo `modulus`, which is any number from 2 on: modulus^2 examples.

    >>> Addition(97).examples
    9409
    """

    name: ClassVar[str] = "addition"

    @property
    def operation(self) -> Operation:
        """Addition."""
        return ADDITION

    @classmethod
    def example(cls) -> Self:
        """Make addition modulo 7."""
        return cls(modulus=7)


@final
@dataclass(frozen=True)
class Subtraction(Modular):
    """a - b modulo `modulus`, which is any number from 2 on: modulus^2 examples."""

    name: ClassVar[str] = "subtraction"

    @property
    def operation(self) -> Operation:
        """Subtraction."""
        return SUBTRACTION

    @classmethod
    def example(cls) -> Self:
        """Make subtraction modulo 6."""
        return cls(modulus=6)


@final
@dataclass(frozen=True)
class Multiplication(Modular):
    """a * b modulo `modulus`.

    Without 0 (the default) operands and products are 1..modulus-1, which needs a prime modulus: (modulus -
    1)^2 examples. With `zero` the operands are 0..modulus-1 and any modulus will do: modulus^2 examples.

    >>> Multiplication(97).examples, Multiplication(97).vocabulary
    (9216, 97)
    """

    name: ClassVar[str] = "multiplication"
    zero: bool = False

    @property
    def operation(self) -> Operation:
        """Multiplication, with or without 0."""
        return MULTIPLICATION_WITH_ZERO if self.zero else MULTIPLICATION

    @classmethod
    def example(cls) -> Self:
        """Make multiplication modulo 7 without 0."""
        return cls(modulus=7)


@final
@dataclass(frozen=True)
class Division(Modular):
    """a / b modulo a prime `modulus`, for a in 0..modulus-1 and b in 1..modulus-1.

    >>> Division(97).examples == 97 * 96
    True
    """

    name: ClassVar[str] = "division"

    @property
    def operation(self) -> Operation:
        """Division."""
        return DIVISION

    @classmethod
    def example(cls) -> Self:
        """Make division modulo 7."""
        return cls(modulus=7)
