"""A polynomial of two residues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np

from latebloom.errors import SpecError
from latebloom.tasks.modular import Modular
from latebloom.tasks.numbers import written
from latebloom.tasks.operation import Operation, Residues

MAXIMUM_TERMS = 32
MAXIMUM_POWER = 64
MAXIMUM_COEFFICIENT = 1_000_000_000


@final
@dataclass(frozen=True)
class Polynomial(Modular):
    """A sum of terms c * a^i * b^j modulo `modulus`, which is any number from 2 on: modulus^2 examples.

    Args:
        modulus: the operands and labels are 0..modulus-1.
        terms: triples (c, i, j). 1 to 32 of them, no two with the same powers; powers from 0 to 64;
            coefficients from -10^9 to 10^9, none of them a multiple of the modulus. 0^0 is 1.

    >>> Polynomial(5, ((1, 2, 0), (1, 1, 1))).table().labels[5:10]  # a = 1: 1 + b
    array([1, 2, 3, 4, 0])
    """

    name: ClassVar[str] = "polynomial"
    terms: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= len(self.terms) <= MAXIMUM_TERMS:
            raise SpecError(
                "terms", f"{len(self.terms)} terms were given", f"1 to {MAXIMUM_TERMS} are possible"
            )
        seen: dict[tuple[int, int], int] = {}
        for index, (coefficient, power_a, power_b) in enumerate(self.terms):
            self._require_coefficient(f"terms[{index}][0]", coefficient)
            _require_power(f"terms[{index}][1]", power_a)
            _require_power(f"terms[{index}][2]", power_b)
            if (power_a, power_b) in seen:
                problem = f"has the powers of terms[{seen[power_a, power_b]}]"
                raise SpecError(f"terms[{index}]", problem, "give one term with the sum of both coefficients")
            seen[power_a, power_b] = index
        if set(seen) == {(0, 0)}:
            raise SpecError(
                "terms", "the polynomial is constant", "give a term with a power of a or b above 0"
            )

    @property
    def operation(self) -> Operation:
        """The evaluation of the polynomial."""
        return Operation(self._evaluate)

    @classmethod
    def example(cls) -> Self:
        """Make a^2 + ab + b^2 modulo 6."""
        return cls(modulus=6, terms=((1, 2, 0), (1, 1, 1), (1, 0, 2)))

    def _evaluate(self, first: Residues, second: Residues, modulus: int) -> Residues:
        total = np.zeros_like(first)
        for coefficient, power_a, power_b in self.terms:
            monomial = _power(first, power_a, modulus) * _power(second, power_b, modulus) % modulus
            total = (total + coefficient * monomial) % modulus
        return total

    def _require_coefficient(self, path: str, coefficient: int) -> None:
        if abs(coefficient) > MAXIMUM_COEFFICIENT:
            right = f"a coefficient is from -{written(MAXIMUM_COEFFICIENT)} to {written(MAXIMUM_COEFFICIENT)}"
            raise SpecError(path, f"{written(coefficient)} is out of range", right)
        if coefficient % self.modulus == 0:
            problem = f"{written(coefficient)} is 0 modulo {self.modulus}, so the term has no effect"
            raise SpecError(path, problem, "leave the term out, or give another coefficient")


def _require_power(path: str, power: int) -> None:
    if not 0 <= power <= MAXIMUM_POWER:
        raise SpecError(path, f"{written(power)} is out of range", f"a power is from 0 to {MAXIMUM_POWER}")


def _power(base: Residues, power: int, modulus: int) -> Residues:
    result = np.ones_like(base)
    for _ in range(power):
        result = result * base % modulus
    return result
