"""The null of a task: the same examples, the same labels, and no relation between them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Self, final

from latebloom.errors import SpecError
from latebloom.randomness import permutation
from latebloom.tasks.modular import Addition
from latebloom.tasks.task import Table, Task, require_seed


@final
@dataclass(frozen=True)
class Relabelled(Task):
    """Another task whose labels are dealt out anew over its examples.

    How often each label occurs is kept; that it follows from the tokens is not. There is nothing to
    generalise: a structure that is found here as often as in the task itself is no structure of the task.
    Tokens, coordinates of the classes and partners are those of the task.

    Args:
        task: the task; not itself a relabelled one.
        seed: which of the permutations, 0 to 2^63 - 1. It belongs to the task: the run's own seed does not
            change it.
    """

    name: ClassVar[str] = "relabelled"
    task: Task
    seed: int

    def __post_init__(self) -> None:
        if isinstance(self.task, Relabelled):
            raise SpecError("task", "it is relabelled itself", "give the task that should be relabelled")
        require_seed(self.seed)

    @property
    def examples(self) -> int:
        """As the task."""
        return self.task.examples

    @property
    def length(self) -> int:
        """As the task."""
        return self.task.length

    @property
    def vocabulary(self) -> int:
        """As the task."""
        return self.task.vocabulary

    @property
    def classes(self) -> int:
        """As the task."""
        return self.task.classes

    def table(self) -> Table:
        """Build the task's table and permute its labels."""
        table = self.task.table()
        order = permutation(len(table.labels), self.seed, "relabelled")
        return dataclasses.replace(table, labels=table.labels[order])

    @classmethod
    def example(cls) -> Self:
        """Make a null of addition modulo 7."""
        return cls(task=Addition(modulus=7), seed=0)
