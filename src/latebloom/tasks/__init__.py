"""The shelf of tasks: finite problems whose whole table is known, and how a table is split."""

from __future__ import annotations

from collections.abc import Mapping

from latebloom.tasks.group import Group
from latebloom.tasks.mixed import Mixed
from latebloom.tasks.modular import Addition, Division, Multiplication, Subtraction
from latebloom.tasks.numbers import discrete_logarithms, is_prime, smallest_primitive_root
from latebloom.tasks.polynomial import Polynomial
from latebloom.tasks.relabelled import Relabelled
from latebloom.tasks.split import Split
from latebloom.tasks.symmetric_group import SymmetricGroup
from latebloom.tasks.task import MAXIMUM_EXAMPLES, Coordinate, Table, Task, coset

__all__ = [
    "MAXIMUM_EXAMPLES",
    "TASKS",
    "Addition",
    "Coordinate",
    "Division",
    "Group",
    "Mixed",
    "Multiplication",
    "Polynomial",
    "Relabelled",
    "Split",
    "Subtraction",
    "SymmetricGroup",
    "Table",
    "Task",
    "coset",
    "discrete_logarithms",
    "is_prime",
    "smallest_primitive_root",
]

TASKS: Mapping[str, type[Task]] = {
    "addition": Addition,
    "subtraction": Subtraction,
    "multiplication": Multiplication,
    "division": Division,
    "polynomial": Polynomial,
    "symmetric-group": SymmetricGroup,
    "group": Group,
    "mixed": Mixed,
    "relabelled": Relabelled,
}
"""Every task by the name that a specification gives it."""
