"""What a task's classes mean to measures of groups: where each stands, and where the whole table of pairs lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from latebloom.tasks import Task
from latebloom.tasks.group import Group
from latebloom.tasks.mixed import OPERATIONS, Mixed
from latebloom.tasks.modular import Modular
from latebloom.tasks.relabelled import Relabelled
from latebloom.tasks.symmetric_group import SymmetricGroup
from latebloom.tasks.task import Table

Indices = NDArray[np.int64]
LARGEST_TABLE = 100_000
"""Pairs of a table that is looked at whole, activations and all: two operands of 316 elements."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A group whose elements the classes are, or none.

    Args:
        task: its name, for messages.
        places: of each class the element that it is, -1 where it is none. Shape (class,).
        order: how many elements there are; 0 for no group.
        products: the multiplication table of a group that is not cyclic, (element, element); None for Z_order, whose
            elements stand in the order of their coordinate.
        pairs: which example of the table stands at each pair of elements, (element, element); -1 in it nowhere. None
            where examples are no pairs of elements, or too many.
        whole: whether every class that occurs is an element.
        summed: whether the label of each pair is its sum on Z_order.
        operations: where operations are mixed, what classes mean to the examples of each.
        members: of a subject of one operation: whether each example of the table is one of its own.
    """

    task: str
    places: Indices
    order: int
    products: Indices | None = None
    pairs: Indices | None = None
    whole: bool = True
    summed: bool = False
    operations: Mapping[str, Subject] = field(default_factory=dict[str, "Subject"])
    members: NDArray[np.bool_] | None = None

    def of(self, sample: str) -> Subject:
        """What classes mean to the examples of a sample."""
        return self.operations.get(sample, self)

    @property
    def cyclic(self) -> bool:
        """Whether the elements stand on a ring."""
        return self.order > 0 and self.products is None

    @property
    def elements(self) -> Indices:
        """The class that each element is. Shape (element,)."""
        placed = np.flatnonzero(self.places >= 0)
        return placed[np.argsort(self.places[placed])]


UNKNOWN = Subject("unknown", np.empty(0, dtype=np.int64), 0)
"""Classes of which nothing is known."""


@lru_cache(maxsize=64)
def subject_of(task: Task) -> Subject:
    """Find the group of a task: equal tasks have the same object.

    Addition, subtraction and polynomials act on Z_modulus; multiplication and division by a prime on Z_(modulus - 1),
    through the discrete logarithm; a cyclic group on the exponents of its smallest generator. Other groups have
    their multiplication table. Multiplication by a composite modulus, and additions mixed with multiplications, have no
    group here.
    """
    table = task.table()
    inner = task.task if isinstance(task, Relabelled) else task
    places = _places(inner, table)
    if places is not None:
        order = int(places.max()) + 1
        whole = bool((places[table.labels] >= 0).all())
        pairs = _pairs(inner, places, order)
        summed = pairs is not None and _are_sums(places[inner.table().labels[pairs]])
        operations = _operations(inner, table)
        return Subject(
            inner.name, places, order, pairs=pairs, whole=whole, summed=summed, operations=operations
        )
    if isinstance(inner, Group | SymmetricGroup):
        places = np.arange(inner.classes)
        products = inner.table().labels.reshape(inner.classes, -1)
        return Subject(
            inner.name, places, inner.classes, products, _square(table.tokens, places, inner.classes)
        )
    return Subject(inner.name, np.full(inner.classes, -1), 0, operations=_operations(inner, table))


def _places(task: Task, table: Table) -> Indices | None:
    """Give each class's place on the cyclic group that the task's operations act on."""
    name = "index"
    if isinstance(task, Modular):
        name = "discrete_logarithm" if task.operation.multiplicative else "residue"
    elif isinstance(task, Mixed):
        kinds = {OPERATIONS[operation].multiplicative for operation in task.operations}
        name = "" if len(kinds) > 1 else "discrete_logarithm" if kinds == {True} else "residue"
    found = table.coordinates.get(name)
    return None if found is None else found.values


def _operations(task: Task, table: Table) -> dict[str, Subject]:
    """Find the group of each operation of a mixture: its own, whatever it is mixed with."""
    if not isinstance(task, Mixed):
        return {}
    found: dict[str, Subject] = {}
    for token, name in enumerate(task.operations, start=task.modulus):
        members = table.tokens[:, 1] == token
        coordinate = "discrete_logarithm" if OPERATIONS[name].multiplicative else "residue"
        known = table.coordinates.get(coordinate)
        places = np.full(task.classes, -1) if known is None else known.values
        order = int(places.max()) + 1
        whole = bool((places[table.labels[members]] >= 0).all())
        found[name] = Subject(f"{name} in {task.name}", places, order, whole=whole, members=members)
    return found


def _pairs(task: Task, places: Indices, order: int) -> Indices | None:
    """Lay the examples out so that, wherever the operation allows it, the label stands at the sum of the pair."""
    if task.length != 2:
        return None
    table = task.table()
    first, second = places[table.tokens[:, 0]], places[table.tokens[:, 1]]
    both = (first >= 0) & (second >= 0)
    label = places[table.labels]
    if ((first - second - label)[both] % order == 0).all():
        second = np.where(second < 0, second, -second % order)  # a - b is the sum of a and -b
    return _laid_out(first, second, order)


def _are_sums(labels: Indices) -> bool:
    element = np.arange(len(labels))
    return bool((labels == (element[:, None] + element) % len(labels)).all())


def _square(tokens: Indices, places: Indices, order: int) -> Indices | None:
    return _laid_out(places[tokens[:, 0]], places[tokens[:, 1]], order)


def _laid_out(first: Indices, second: Indices, order: int) -> Indices | None:
    if order * order > LARGEST_TABLE:
        return None
    pairs = np.full((order, order), -1, dtype=np.int64)
    both = (first >= 0) & (second >= 0)
    pairs[first[both], second[both]] = np.flatnonzero(both)
    return pairs if (pairs >= 0).all() else None
