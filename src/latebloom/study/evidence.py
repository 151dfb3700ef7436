"""What a claim is judged by: the records of runs, and what was made of each run.

A statistic takes one `RunEvidence` and gives what it observed of that run: a number, a truth value, a `Time`, a pair
of numbers, or `LeftOut` with the reason. It reads records only; nothing here loads torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import MissingLookError
from latebloom.events import Course, Criteria, course
from latebloom.records import Event, Look, Status
from latebloom.store import StoredRun, snapshots

CRITERIA = Criteria()
"""What counts as memorised and grokked: the same for all runs."""


@dataclass(frozen=True)
class Time:
    """When something happened, in steps; where it has not, the last step until which it was looked for.

    >>> Time.of(None, last=5000)
    Time(step=5000.0, happened=False)
    """

    step: float
    happened: bool = True

    @classmethod
    def of(cls, step: float | None, *, last: float) -> Time:
        """Make one of a step that is None where it has not happened by `last`."""
        return cls(float(last), happened=False) if step is None else cls(float(step))


@dataclass(frozen=True)
class LeftOut:
    """A run of which nothing is observed, with the reason; it is counted and shown, never dropped in silence."""

    why: str


Observed = float | bool | Time | tuple[float, ...] | LeftOut
"""What a statistic makes of one run."""


@dataclass(frozen=True, eq=False)
class RunEvidence:
    """One run of an arm: its curves, its events, what came of it."""

    arm: str
    stored: StoredRun

    @classmethod
    def made(
        cls,
        arm: str,
        seed: int,
        curves: Mapping[str, Mapping[int, float]],
        *,
        status: Status = "done",
        spec: Mapping[str, Any] | None = None,
    ) -> RunEvidence:
        """Make one of numbers by name and step, as a test of a statistic needs it; `spec` is what else stands there.

        >>> run = RunEvidence.made("a", 0, {"test_accuracy": {0: 0.0, 10: 1.0}})
        >>> run.at("test_accuracy", 10), run.seed
        (1.0, 0)
        """
        steps = sorted({step for curve in curves.values() for step in curve})
        looks = tuple(
            Look(step, {name: curve[step] for name, curve in curves.items() if step in curve})
            for step in steps
        )
        document = {
            "spec": {"task": {"name": arm}, "seed": seed, **(spec or {})},
            "steps": steps[-1] if steps else 0,
            "versions": {"latebloom": "made"},
        }
        ended = "done" if status == "done" else ""
        return cls(arm, StoredRun(f"{arm}-s{seed}", document, looks, ended, status))

    @property
    def id(self) -> str:
        """The run's id."""
        return self.stored.id

    @property
    def seed(self) -> int:
        """The seed of its spec."""
        return int(self.spec["seed"])

    @property
    def spec(self) -> Mapping[str, Any]:
        """What was asked for, as plain data: ``run.spec["optimizer"]["weight_decay"]``."""
        return self.stored.document["spec"]

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions that it was begun with, by library."""
        return self.stored.document.get("versions", {})

    @property
    def status(self) -> Status:
        """How it stands: done, stopped or diverged, if it has ended."""
        return self.stored.status

    @property
    def steps(self) -> int:
        """How many steps it was to be trained for."""
        return self.stored.steps

    @property
    def last_step(self) -> int:
        """The step of its last look."""
        return self.stored.step

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that happened, in the order in which it was seen."""
        return self.stored.events

    @cached_property
    def snapshots(self) -> tuple[int, ...]:
        """The steps at which weights are stored, rising."""
        return tuple(step for step, _ in snapshots(self.stored))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the numbers that it has."""
        return frozenset(name for look in self.stored.looks for name in look.values)

    @cached_property
    def course(self) -> Course:
        """The run in a dozen numbers: `memorised`, `grokked_first`, `up_time`, `collapsed`, ..."""
        steps, test = self.curve("test_accuracy")
        train = self.curve("train_accuracy")[1] if "train_accuracy" in self.names else np.zeros_like(test)
        return course(steps, train, test, CRITERIA)

    def curve(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return a number over the steps at which it was recorded. Two arrays of shape (record,).

        Raises:
            MissingLookError: it was never recorded.
        """
        known = self._curves.get(name)
        if known is None:
            raise MissingLookError(self.id, name, None, self.names)
        return known

    def at(self, name: str, step: int) -> float:
        """Return a number at exactly that step.

        Raises:
            MissingLookError: it was not recorded there.
        """
        steps, values = self.curve(name)
        place = int(np.searchsorted(steps, step))
        if place == len(steps) or steps[place] != step:
            raise MissingLookError(self.id, name, step, steps.tolist())
        return float(values[place])

    def near(self, name: str, step: float) -> float:
        """Return a number at the step nearest to that at which it was recorded; of two the earlier."""
        steps, values = self.curve(name)
        return float(values[int(np.argmin(np.abs(steps - step)))])

    def last(self, name: str) -> float:
        """Return the last value of a number."""
        return float(self.curve(name)[1][-1])

    def between(self, name: str, first: float, last: float) -> NDArray[np.float64]:
        """Return a number's values from step `first` to step `last`, both included.

        Raises:
            MissingLookError: there is none in that window.
        """
        steps, values = self.curve(name)
        inside = values[(steps >= first) & (steps <= last)]
        if not len(inside):
            raise MissingLookError(self.id, name, int(first), steps.tolist())
        return inside

    def when(self, event: str) -> Time:
        """Tell when an event first happened; censored at the last look where it has not."""
        found = next((seen.step for seen in self.events if seen.name == event), None)
        if found is None and event in ("memorised", "grokked_first", "grokked_stable"):
            found = getattr(self.course, event)
        return Time.of(found, last=self.last_step)

    def healthy(self, step: float, *, least: float = 0.9) -> bool:
        """Tell whether the test accuracy nearest to that step is at least so high."""
        return self.near("test_accuracy", step) >= least

    @cached_property
    def _curves(self) -> Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        points: dict[str, tuple[list[int], list[float]]] = {}
        for look in self.stored.looks:
            for name, value in look.values.items():
                steps, values = points.setdefault(name, ([], []))
                steps.append(look.step)
                values.append(value)
        return {
            name: (np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64))
            for name, (steps, values) in points.items()
        }


Statistic = Callable[[RunEvidence], Observed]


@dataclass(frozen=True)
class Evidence:
    """The finished runs of a study's arms, by the arm's name, in the order of their seeds."""

    arms: Mapping[str, Sequence[RunEvidence]]

    def of(self, arms: Iterable[str]) -> Iterator[RunEvidence]:
        """Give the runs of these arms, arm after arm."""
        return (run for arm in arms for run in self.arms.get(arm, ()))


@dataclass(frozen=True)
class Sample:
    """What a statistic made of the runs of a claim, by arm; those left out are not in it."""

    arms: Mapping[str, Sequence[Observed]]

    @property
    def pooled(self) -> list[Observed]:
        """All of it, arm after arm."""
        return [value for values in self.arms.values() for value in values]

    @property
    def n(self) -> int:
        """How many runs."""
        return sum(map(len, self.arms.values()))
