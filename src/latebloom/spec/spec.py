"""What a run is: a frozen spec, checked whole before anything heavy starts, named by its content."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from latebloom.errors import SpecError, shown
from latebloom.models import Model
from latebloom.objectives import CrossEntropy, Objective
from latebloom.optimizers import AdamW, Optimizer
from latebloom.records import run_id
from latebloom.spec.structuring import unstructure
from latebloom.tasks import Split, Task

MAX_STEPS = 1_000_000_000
MAX_EVALUATIONS = 1_000_000
MAX_SEED = 2**63 - 1


@contextmanager
def under(path: str) -> Generator[None]:
    """Put `path` before the path of a SpecError raised inside."""
    try:
        yield
    except SpecError as error:
        raise SpecError(f"{path}.{error.path}", error.problem, error.right) from None


@dataclass(frozen=True)
class Training:
    """How long and in what portions to train.

    Args:
        steps: optimizer steps; give either this or `epochs`.
        epochs: passes through the training set.
        batch: examples per step, reshuffled each epoch, the last batch partial; 0 is the whole training set.
        precision: of parameters and activations. ``tf32``: float32, of whose matrix products a CUDA device rounds
            the factors to 10 bits; ``bfloat16``: float32 parameters, optimizer and loss, the network computed in
            bfloat16.
        stop: ``never``, or ``grokked``: a run ends at the evaluation that establishes stable grokking.
    """

    steps: int = 0
    epochs: int = 0
    batch: int = 0
    precision: Literal["float32", "float64", "tf32", "bfloat16"] = "float32"
    stop: Literal["never", "grokked"] = "never"

    def __post_init__(self) -> None:
        """Refuse lengths that make no sense."""
        for name in ("steps", "epochs"):
            given = getattr(self, name)
            if not 0 <= given <= MAX_STEPS:
                raise SpecError(name, f"is {shown(given)}", f"a whole number from 1 to {MAX_STEPS:,}")
        if (self.steps == 0) == (self.epochs == 0):
            problem = "is given beside epochs" if self.steps else "is 0, and so is epochs"
            raise SpecError("steps", problem, "give steps or epochs, one of them, at least 1")
        if self.batch < 0:
            right = "examples per step, or 0 for the whole training set"
            raise SpecError("batch", f"is {shown(self.batch)}", right)


@dataclass(frozen=True)
class Schedule:
    """At which steps something is done. Step 0 and the last step are always among them.

    Exactly one of: `every` so many steps, `every_epochs` so many epochs, `per_decade` points in each factor
    of ten of the step (logarithmic), or a list of `steps`.
    """

    every: int = 0
    every_epochs: int = 0
    per_decade: int = 0
    steps: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse none, several, or senseless ones."""
        for name in ("every", "every_epochs", "per_decade"):
            number = getattr(self, name)
            if not 0 <= number <= MAX_STEPS:
                raise SpecError(name, f"is {shown(number)}", f"a whole number from 1 to {MAX_STEPS:,}")
        if len(self.steps) > MAX_EVALUATIONS or any(not 0 <= step <= MAX_STEPS for step in self.steps):
            right = f"up to {MAX_EVALUATIONS:,} steps from 0 to {MAX_STEPS:,}"
            raise SpecError("steps", f"is {shown(list(self.steps))}", right)
        names = ("every", "every_epochs", "per_decade", "steps")
        given = [name for name in names if getattr(self, name)]
        if len(given) != 1:
            problem = (
                f"is given beside {' and '.join(given[1:])}" if given else "is 0, and nothing else is given"
            )
            raise SpecError(given[0] if given else "every", problem, f"give one of {', '.join(names)}")

    def at(self, last: int, per_epoch: int) -> tuple[int, ...]:
        """List the steps, rising, from 0 to `last`; an epoch has `per_epoch` steps.

        >>> Schedule(every=4).at(10, 1)
        (0, 4, 8, 10)
        >>> Schedule(per_decade=2).at(100, 1)
        (0, 1, 3, 10, 32, 100)
        """
        inner: Iterable[int]
        if self.per_decade:
            decades = len(str(last))
            inner = (round(10 ** (i / self.per_decade)) for i in range(self.per_decade * decades + 1))
        elif self.steps:
            inner = self.steps
        else:
            inner = range(0, last, self.every or self.every_epochs * per_epoch)
        return tuple(sorted({0, last, *(step for step in inner if step <= last)}))

    def count(self, last: int, per_epoch: int) -> int:
        """Bound the number of steps that `at` would list, without listing them."""
        stride = self.every or self.every_epochs * per_epoch
        return last // stride + 2 if stride else self.per_decade * len(str(last)) + len(self.steps) + 2


@lru_cache(maxsize=256)
def _train_size(split: Split, task: Task) -> int:
    """Count once for all seeds: a symmetric split builds the whole table to find out."""
    return split.train_size(task)


@dataclass(frozen=True)
class Spec:
    """Everything that determines one run. Two runs with equal specs compute the same thing.

    Raises:
        SpecError: parts that do not fit together; each part has already checked itself.
    """

    task: Task
    model: Model
    training: Training
    split: Split = field(default_factory=Split)
    objective: Objective = field(default_factory=CrossEntropy)
    optimizer: Optimizer = field(default_factory=AdamW)
    evaluation: Schedule = field(default_factory=lambda: Schedule(every=100))
    snapshots: Schedule = field(default_factory=lambda: Schedule(per_decade=4))
    seed: int = 0

    def __post_init__(self) -> None:
        """Hold the parts against each other."""
        if not 0 <= self.seed <= MAX_SEED:
            raise SpecError("seed", f"is {shown(self.seed)}", "a whole number from 0 to 2^63 - 1")
        with under("split"):
            size = self.train_size
        with under("model"):
            task = self.task
            self.model.check(vocabulary=task.vocabulary, length=task.length, classes=task.classes)
        if self.training.batch > size:
            problem = f"is {shown(self.training.batch)}, but only {size} examples are trained on"
            raise SpecError("training.batch", problem, f"at most {size}, or 0 for the whole training set")
        if self.steps > MAX_STEPS:
            raise SpecError("training.epochs", f"makes {self.steps:,} steps", f"at most {MAX_STEPS:,}")
        for name in ("evaluation", "snapshots"):
            count = getattr(self, name).count(self.steps, self.steps_per_epoch)
            if count > MAX_EVALUATIONS:
                raise SpecError(name, f"asks for about {count:,} of them", f"at most {MAX_EVALUATIONS:,}")

    @cached_property
    def train_size(self) -> int:
        """Number of examples trained on."""
        return _train_size(self.split, self.task)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one pass through the training set, the partial batch counted."""
        batch = self.training.batch or self.train_size
        return -(-self.train_size // batch)

    @property
    def steps(self) -> int:
        """Optimizer steps from start to end."""
        return self.training.steps or self.training.epochs * self.steps_per_epoch

    @cached_property
    def evaluation_steps(self) -> tuple[int, ...]:
        """The steps at which the run is evaluated, rising, from 0 to the last."""
        return self.evaluation.at(self.steps, self.steps_per_epoch)

    @cached_property
    def snapshot_steps(self) -> tuple[int, ...]:
        """The steps at which weights are kept: for each asked for, the first evaluation at or after it."""
        evaluations = self.evaluation_steps
        wanted = self.snapshots.at(self.steps, self.steps_per_epoch)
        return tuple(sorted({evaluations[bisect_left(evaluations, step)] for step in wanted}))

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The spec as plain data, every default written out: what is stored and hashed."""
        return unstructure(self)

    @cached_property
    def id(self) -> str:
        """Name by content: task, seed, and ten digits of the hash of `plain`."""
        return run_id(self.plain)

    def shape(self) -> str:
        """Say in one string what must be equal for runs to be trained as one population.

        Seeds, numbers of the optimizer, the initial scale and the table's content may differ by lane.
        """
        plain: dict[str, Any] = {**self.plain, "seed": None, "split": self.train_size}
        task = self.task
        plain["task"] = (task.examples, task.length, task.vocabulary, task.classes)
        plain["model"] = {**plain["model"], "initial_scale": None}
        fixed = {name: value for name, value in plain["optimizer"].items() if isinstance(value, bool | str)}
        return repr({**plain, "optimizer": fixed})
