"""Finite groups as the measures take them: a multiplication table, checked once and kept."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import final

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.inputs import whole

Indices = NDArray[np.int64]


@final
@dataclass(frozen=True, eq=False)
class FiniteGroup:
    """A group whose table has been checked.

    Attributes:
        products: shape (element, element); row a, column b holds ab.
        identity: the element that changes nothing.
        inverses: shape (element,).
    """

    products: Indices
    identity: int
    inverses: Indices

    @property
    def order(self) -> int:
        """The number of elements."""
        return len(self.products)


def symmetric_table(degree: int) -> Int[Tensor, "element element"]:
    """Build the multiplication table of the permutations of 0..degree-1 in lexicographic order.

    Row a, column b holds "a after b", which takes x to a(b(x)); 0 is the identity. The task
    `symmetric-group` numbers its tokens and labels in the same way. degree is from 1 to 7.

    >>> symmetric_table(3)[1].tolist()
    [1, 0, 3, 2, 5, 4]
    """
    if isinstance(degree, bool) or not isinstance(degree, int) or not 1 <= degree <= 7:
        raise InputError(f"degree: got {shown(degree)}; a whole number from 1 to 7 is needed")
    group = np.array(list(permutations(range(degree))), dtype=np.int64)
    digits = degree ** np.arange(degree, dtype=np.int64)
    place = np.zeros(degree**degree, dtype=np.int64)
    place[group @ digits] = np.arange(len(group))
    return torch.from_numpy(place[group[:, group] @ digits])


def cyclic_table(order: int) -> Int[Tensor, "element element"]:
    """Build the table of addition modulo `order`.

    >>> cyclic_table(3)[2].tolist()
    [2, 0, 1]
    """
    elements = torch.arange(order)
    return (elements[:, None] + elements) % order


def finite_group(cayley: Tensor | None, order: int) -> FiniteGroup:
    """Check a group's table, once for each table, and return the group.

    Args:
        cayley: integers of shape (class, class); None for addition modulo `order`.
        order: how many elements the group must have, the number of classes that is measured.

    Raises:
        ShapeError: no tensor of integers, or not of shape (order, order).
        InputError: the table of no group.
    """
    table = cyclic_table(order) if cayley is None else whole("cayley", cayley, {"row": 1, "column": 1})
    if table.shape != (order, order):
        raise ShapeError(
            f"cayley: got shape {tuple(table.shape)}; a table of shape {(order, order)} is needed, "
            f"a row and a column for each of the {order} classes"
        )
    return _checked(order, table.cpu().to(torch.int64).contiguous().numpy().tobytes())


@lru_cache(maxsize=16)
def _checked(order: int, table: bytes) -> FiniteGroup:
    products = np.frombuffer(table, dtype=np.int64).reshape(order, order)
    elements = np.arange(order)
    if (np.sort(products, 1) != elements).any() or (np.sort(products, 0) != elements[:, None]).any():
        raise InputError(
            f"cayley: got a table in which some row or column has not each of 0 to {order - 1} once; "
            "the multiplication table of a group is needed"
        )
    neutral = np.flatnonzero((products == elements).all(1) & (products == elements[:, None]).all(0))
    if not len(neutral):
        raise InputError("cayley: got a table without an identity; that of a group is needed")
    _require_associative(products, int(neutral[0]))
    return FiniteGroup(products, int(neutral[0]), (products == neutral[0]).argmax(1))


def _require_associative(products: Indices, identity: int) -> None:
    """Check (xg)y = x(gy) for all x, y and each g of a generating set, which is enough (Light's test)."""
    reached = np.zeros(len(products), dtype=np.bool_)
    reached[identity] = True
    generators: list[int] = []
    while not reached.all():
        generators.append(int(reached.argmin()))
        if (products[products[:, generators[-1]]] != products[:, products[generators[-1]]]).any():
            raise InputError("cayley: got a table that is not associative; that of a group is needed")
        fresh = np.flatnonzero(reached)
        while len(fresh):
            nearby = np.unique(products[fresh][:, generators])
            fresh = nearby[~reached[nearby]]
            reached[fresh] = True
