"""Any finite group, given by its Cayley table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import SpecError
from latebloom.tasks.numbers import written
from latebloom.tasks.task import MAXIMUM_EXAMPLES, Coordinate, Table, Task, swap_partners

Cayley = NDArray[np.int64]
"""A Cayley table: shape (element, element); the product of row element and column element."""


@final
@dataclass(frozen=True)
class Group(Task):
    """The operation of a finite group of order n: n^2 examples, row after row of its Cayley table.

    Tokens and labels are the elements 0..n-1, as the table numbers them. A cyclic group has the coordinate
    ``index`` on Z_n: the k for which the element is the k-th power of the smallest generator. Other groups
    have none.

    Args:
        cayley: row a, column b holds the product ab. It is checked in full: square, closed, each element once
            in each row and column, an identity, associative. Order 2 to 2000.

    >>> Group(((0, 1, 2), (1, 2, 0), (2, 0, 1))).table().labels
    array([0, 1, 2, 1, 2, 0, 2, 0, 1])
    """

    name: ClassVar[str] = "group"
    cayley: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        _require_closed_square(self.cayley)
        products = np.array(self.cayley, dtype=np.int64)
        _require_latin(products)
        _require_associative(products, _identity(products))

    @property
    def examples(self) -> int:
        """The square of the group's order."""
        return len(self.cayley) ** 2

    @property
    def length(self) -> int:
        """Two: the elements."""
        return 2

    @property
    def vocabulary(self) -> int:
        """The group's order."""
        return len(self.cayley)

    @property
    def classes(self) -> int:
        """The group's order."""
        return len(self.cayley)

    def table(self) -> Table:
        """Build the whole table."""
        products = np.array(self.cayley, dtype=np.int64)
        order = len(products)
        elements = np.arange(order, dtype=np.int64)
        first, second = np.repeat(elements, order), np.tile(elements, order)
        return Table(
            tokens=np.stack([first, second], axis=1),
            labels=products.ravel(),
            vocabulary=order,
            classes=order,
            coordinates=_coordinates(products),
            partners=swap_partners(first, second, order),
        )

    @classmethod
    def example(cls) -> Self:
        """Make the cyclic group of order 6, with its elements in another order than their powers."""
        power = (0, 5, 2, 4, 3, 1)  # the exponent of each element
        return cls(tuple(tuple(power.index((a + b) % 6) for b in power) for a in power))


def _require_closed_square(cayley: tuple[tuple[int, ...], ...]) -> None:
    order, largest = len(cayley), math.isqrt(MAXIMUM_EXAMPLES)
    if not 2 <= order <= largest:
        problem = f"{order} rows were given, which makes {written(order**2)} examples"
        raise SpecError("cayley", problem, f"a group here has from 2 to {largest} elements")
    for row, products in enumerate(cayley):
        if len(products) != order:
            right = f"a Cayley table of {order} rows has {order} columns"
            raise SpecError(f"cayley[{row}]", f"{len(products)} products were given", right)
        for column, product in enumerate(products):
            if not 0 <= product < order:
                path, right = f"cayley[{row}][{column}]", f"elements are 0 to {order - 1}"
                raise SpecError(path, f"{written(product)} is no element", right)


def _require_latin(products: Cayley) -> None:
    for line, table in (("row", products), ("column", products.T)):
        broken = np.flatnonzero((np.sort(table, axis=1) != np.arange(len(table))).any(axis=1))
        if broken.size:
            counts = np.bincount(table[broken[0]], minlength=len(table))
            twice, lacking = counts.argmax(), counts.argmin()
            problem = f"{line} {broken[0]} has {twice} more than once and lacks {lacking}"
            raise SpecError("cayley", problem, "each row and each column of a group has every element once")


def _identity(products: Cayley) -> int:
    """Find the element that leaves every element as it is; the rows and columns are known to be Latin."""
    elements = np.arange(len(products))
    left = np.flatnonzero((products == elements).all(axis=1))
    if not left.size or (products[:, left[0]] != elements).any():
        side = "no row" if not left.size else f"row {left[0]} but not column {left[0]}"
        problem = f"{side} is 0 to {len(products) - 1} in order"
        raise SpecError("cayley", problem, "a group has an identity, whose row and column change nothing")
    return int(left[0])


def _require_associative(products: Cayley, identity: int) -> None:
    """Check associativity by Light's test: it is enough that (xg)y = x(gy) for all x, y and each generator g.

    Elements that pass form a group, which every further generator at least doubles. So there are at most
    log2(order) of them, and the work is order^2 log(order) rather than order^3.
    """
    reached = np.zeros(len(products), dtype=np.bool_)
    reached[identity] = True
    generators: list[int] = []
    while not reached.all():
        generator = int(reached.argmin())
        _require_associative_with(products, generator)
        generators.append(generator)
        _close(products, generators, reached)


def _require_associative_with(products: Cayley, middle: int) -> None:
    left, right = products[products[:, middle]], products[:, products[middle]]
    broken = np.argwhere(left != right)
    if broken.size:
        x, y = broken[0]
        problem = f"({x} * {middle}) * {y} is {left[x, y]}, but {x} * ({middle} * {y}) is {right[x, y]}"
        raise SpecError("cayley", problem, "a group is associative")


def _close(products: Cayley, generators: list[int], reached: NDArray[np.bool_]) -> None:
    """Mark, in place, all that can be reached by multiplying with generators from the right."""
    fresh = np.flatnonzero(reached)
    while fresh.size:
        nearby = np.unique(products[fresh][:, generators])
        fresh = nearby[~reached[nearby]]
        reached[fresh] = True


def _coordinates(products: Cayley) -> dict[str, Coordinate]:
    order, identity = len(products), _identity(products)
    generating = np.flatnonzero(_element_orders(products, identity) == order)
    if not generating.size:
        return {}
    values, element = np.empty(order, dtype=np.int64), identity
    for exponent in range(order):
        values[element] = exponent
        element = int(products[element, generating[0]])
    return {"index": Coordinate(values, order=order)}


def _element_orders(products: Cayley, identity: int) -> NDArray[np.int64]:
    """Count how many factors of each element make the identity. Shape (element,)."""
    elements = np.arange(len(products), dtype=np.int64)
    power, orders = elements.copy(), np.ones_like(elements)
    while (running := power != identity).any():
        power[running] = products[power[running], elements[running]]
        orders += running
    return orders
