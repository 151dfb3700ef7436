"""Operations on two residues: which operands they take, what they give, which moduli they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import SpecError
from latebloom.tasks.numbers import discrete_logarithms, is_prime, written
from latebloom.tasks.task import MAXIMUM_EXAMPLES, Coordinate

Residues = NDArray[np.int64]
"""Residues, one per example: shape (example,), values 0..modulus-1."""


@dataclass(frozen=True)
class Operation:
    """A binary operation on residues.

    Args:
        result: maps (first operands, second operands, modulus) to results, all of shape (example,).
        least_first: the smallest first operand, 0 or 1; the largest is modulus - 1.
        least_second: the smallest second operand, likewise.
        multiplicative: whether it is a group operation on the nonzero residues.
        needs_prime: why only a prime modulus will do; empty where any modulus will.
    """

    result: Callable[[Residues, Residues, int], Residues]
    least_first: int = 0
    least_second: int = 0
    multiplicative: bool = False
    needs_prime: str = ""

    def examples(self, modulus: int) -> int:
        """Count the pairs of operands."""
        return (modulus - self.least_first) * (modulus - self.least_second)

    def operands(self, modulus: int) -> tuple[Residues, Residues]:
        """List all pairs of operands, the second running faster. Shapes (example,)."""
        first = np.arange(self.least_first, modulus, dtype=np.int64)
        second = np.arange(self.least_second, modulus, dtype=np.int64)
        return np.repeat(first, len(second)), np.tile(second, len(first))


def _add(first: Residues, second: Residues, modulus: int) -> Residues:
    return (first + second) % modulus


def _subtract(first: Residues, second: Residues, modulus: int) -> Residues:
    return (first - second) % modulus


def _multiply(first: Residues, second: Residues, modulus: int) -> Residues:
    return first * second % modulus


def _divide(first: Residues, second: Residues, modulus: int) -> Residues:
    inverses = np.array([0, *(pow(residue, -1, modulus) for residue in range(1, modulus))], dtype=np.int64)
    return first * inverses[second] % modulus


ADDITION = Operation(_add)
SUBTRACTION = Operation(_subtract)
MULTIPLICATION_WITH_ZERO = Operation(_multiply, multiplicative=True)
MULTIPLICATION = Operation(
    _multiply,
    least_first=1,
    least_second=1,
    multiplicative=True,
    needs_prime="multiplication without 0 needs a prime modulus, else products can be 0; with 0 any will do",
)
DIVISION = Operation(
    _divide,
    least_second=1,
    multiplicative=True,
    needs_prime="division needs a prime modulus, else some divisors have no inverse",
)


def require_modulus(modulus: int, operations: Sequence[Operation]) -> None:
    """Refuse a modulus that the operations cannot have, or whose tables would be too large together.

    Raises:
        SpecError: at the path ``modulus``; the message names a modulus that is possible.
    """
    if modulus < 2:
        raise SpecError(
            "modulus", f"{written(modulus)} is too small", "a modulus is a whole number from 2 on"
        )
    examples = sum(operation.examples(modulus) for operation in operations)
    if examples > MAXIMUM_EXAMPLES:
        problem = f"{written(modulus)} would give {written(examples)} examples"
        right = (
            f"at most {written(MAXIMUM_EXAMPLES)}, so a modulus up to {written(_possible(operations)[-1])}"
        )
        raise SpecError("modulus", problem, right)
    reason = _reason_for_prime(operations)
    # The size comes first: to find out whether a number of thirty digits is prime would take for ever.
    if reason and not is_prime(modulus):
        nearest = min(_possible(operations), key=lambda possible: abs(possible - modulus))
        raise SpecError(
            "modulus", f"{modulus} is not prime", f"{reason}; the nearest prime here is {nearest}"
        )


def class_coordinates(modulus: int, operations: Sequence[Operation]) -> dict[str, Coordinate]:
    """Name the coordinates of the classes 0..modulus-1.

    ``residue`` on Z_modulus always; ``discrete_logarithm`` on Z_(modulus - 1), to the smallest primitive root
    and -1 for the class 0, where an operation is multiplicative and the modulus is prime.
    """
    coordinates = {"residue": Coordinate(np.arange(modulus, dtype=np.int64), order=modulus)}
    if any(operation.multiplicative for operation in operations) and is_prime(modulus):
        coordinates["discrete_logarithm"] = Coordinate(discrete_logarithms(modulus), order=modulus - 1)
    return coordinates


def _reason_for_prime(operations: Sequence[Operation]) -> str:
    return next((operation.needs_prime for operation in operations if operation.needs_prime), "")


def _possible(operations: Sequence[Operation]) -> list[int]:
    """List the moduli that these operations can have, rising."""
    any_modulus = not _reason_for_prime(operations)
    # No operation leaves out more than the operand 0, so a table has at least (modulus - 1)^2 examples.
    return [
        modulus
        for modulus in range(2, math.isqrt(MAXIMUM_EXAMPLES) + 2)
        if sum(operation.examples(modulus) for operation in operations) <= MAXIMUM_EXAMPLES
        and (any_modulus or is_prime(modulus))
    ]
