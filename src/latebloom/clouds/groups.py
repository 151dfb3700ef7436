"""Which group the classes form, as people write it: cyclic:97, multiplicative:97, symmetric:5."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import InputError, UnknownNameError, shown
from latebloom.tasks.numbers import discrete_logarithms, is_prime

FEWEST, MOST = 5, 512
"""Elements. A ring of fewer has no stride to tell; the scan of all quotients of 480 took 21 s and 1.4 GB."""
DEGREES = (3, 4, 5)
KINDS: Mapping[str, str] = {
    "cyclic": "cyclic:97 for labels 0 to 96 that add up modulo 97",
    "multiplicative": "multiplicative:97 for labels 1 to 96 that are multiplied modulo the prime 97",
    "symmetric": "symmetric:5 for the permutations of 5 things in lexicographic order, 0 to 119",
}


@dataclass(frozen=True, slots=True)
class Group:
    """A group that labels stand for: its kind and the number behind the colon, and how many elements it has."""

    kind: str
    number: int
    order: int

    @property
    def is_cyclic(self) -> bool:
        """Tell whether its elements have a coordinate on Z_n."""
        return self.kind != "symmetric"

    def __str__(self) -> str:
        return f"{self.kind}:{self.number}"

    def coordinates(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Give each label its element's coordinate, from 0 to order - 1.

        On a cyclic group and on the permutations it is the label. Of a residue modulo a prime p it is the
        discrete logarithm to the smallest primitive root: multiplying residues adds coordinates modulo p - 1.

        Raises:
            InputError: labels that are out of range, or a class without a sample.

        >>> parse_group("multiplicative:7").coordinates(np.array([1, 3, 2, 6, 4, 5]))
        array([0, 1, 2, 3, 4, 5])
        """
        first = 1 if self.kind == "multiplicative" else 0
        wrong = labels[(labels < first) | (labels >= first + self.order)]
        if len(wrong):
            raise InputError(
                f"group {self}: got the label {int(wrong[0])}; labels from {first} to {first + self.order - 1} "
                f"are needed{self._instead(labels)}"
            )
        absent = np.setdiff1d(np.arange(first, first + self.order), labels)
        if len(absent):
            raise InputError(
                f"group {self}: got no sample of {len(absent)} of its {self.order} classes, such as "
                f"{int(absent[0])}; at least one of each is needed{self._instead(labels)}"
            )
        if self.kind == "multiplicative":
            return discrete_logarithms(self.number)[labels.astype(np.int64)]
        return labels.astype(np.int64)

    def _instead(self, labels: NDArray[Any]) -> str:
        """Name the group of this kind that the labels would fit, if there is one."""
        first = 1 if self.kind == "multiplicative" else 0
        found = np.unique(labels)
        number = len(found) + first
        if self.kind == "symmetric" or not FEWEST <= len(found) <= MOST or (first and not is_prime(number)):
            return ""
        gapless = int(found[0]) == first and int(found[-1]) == number - 1
        return f"; {self.kind}:{number} would fit" if gapless else ""


def parse_group(text: str) -> Group:
    """Read how a group is written: its kind, a colon and a number.

    Raises:
        InputError: not so written, not 5 to 512 elements, residues modulo a number that is no prime, or
            permutations of other than 3 to 5 things.
        UnknownNameError: another kind.

    >>> parse_group("multiplicative:97").order
    96
    """
    kind, colon, digits = text.partition(":")
    if kind not in KINDS:
        raise UnknownNameError("group", kind, KINDS)
    if not colon or not re.fullmatch("[0-9]{1,9}", digits):
        raise InputError(f"group: got {shown(text)}; write {KINDS[kind]}")
    number = int(digits)
    order = _order(kind, number)
    if not FEWEST <= order <= MOST:
        raise InputError(
            f"group {text}: it has {order:,} elements; {FEWEST} to {MOST} can be measured (a ring of fewer has no "
            "stride to tell); without a group all else is measured"
        )
    return Group(kind, number, order)


def _order(kind: str, number: int) -> int:
    if kind == "cyclic":
        return number
    if kind == "multiplicative":
        if not is_prime(number):
            raise InputError(
                f"group multiplicative:{number}: {number} is no prime; a prime such as "
                f"{_prime_near(number)} is needed, or cyclic:{number} for labels that add up"
            )
        return number - 1
    if number not in DEGREES:
        raise InputError(f"group symmetric:{number}: the permutations of 3, 4 or 5 things can be measured")
    return math.factorial(number)


def _prime_near(number: int) -> int:
    candidates = [prime for prime in range(7, MOST + 2) if is_prime(prime)]
    return min(candidates, key=lambda prime: abs(prime - number))
