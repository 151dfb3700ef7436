"""Runs as the views see them: what is stored, and what came of it. Each run is read once."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import InputError
from latebloom.events import Course, Criteria, course
from latebloom.records import Status
from latebloom.store import Lab, StoredRun, read_run

CRITERIA = Criteria()
"""What counts as memorised and grokked: the same for all runs, so that runs can be compared."""

NO_COURSE = Course(None, None, None, None, None, None, 0, 0, 0, math.nan, False)


@dataclass(frozen=True, slots=True)
class Member:
    """A stored run, its evaluations and its course.

    Attributes:
        stored: what the store holds of it, damage and all.
        steps: the steps of the evaluations that hold both accuracies. Shape (evaluation,).
        course: what came of it; that of its sound records where it is damaged.
        problem: what is wrong with it; empty if nothing is.
    """

    stored: StoredRun
    steps: NDArray[np.int64]
    course: Course
    problem: str

    @property
    def id(self) -> str:
        """The run's id."""
        return self.stored.id

    @property
    def status(self) -> Status:
        """How it stands; damaged wherever there is a problem."""
        return "damaged" if self.problem else self.stored.status

    @property
    def spec(self) -> Mapping[str, Any]:
        """What was asked for, as plain data; empty where its document is damaged."""
        return self.stored.document.get("spec", {})

    @property
    def seed(self) -> int | None:
        """The seed of its spec; None where its document is damaged."""
        return self.spec.get("seed")

    @property
    def preset(self) -> str:
        """The preset or file that it comes from; may be empty."""
        return str(self.stored.document.get("preset") or "")

    def newest(self) -> dict[str, tuple[int, float]]:
        """Collect each number's newest value, with the step at which it was seen."""
        return {name: (look.step, value) for look in self.stored.looks for name, value in look.values.items()}


def read_members(lab: Lab, ids: Iterable[str]) -> list[Member]:
    """Read runs, each once, in the order given. Damaged ones come with what is sound of them.

    Raises:
        UnknownNameError: there is no such run.
    """
    inside = (
        f"{lab.path}{os.sep}"  # a report may be shown to others, whom the path to the lab does not concern
    )
    found = [_member(read_run(lab, run, strict=False)) for run in dict.fromkeys(ids)]
    return [replace(member, problem=member.problem.replace(inside, "")) for member in found]


def _member(stored: StoredRun) -> Member:
    evaluated = [look for look in stored.looks if {"train_accuracy", "test_accuracy"} <= look.values.keys()]
    steps = np.array([look.step for look in evaluated], dtype=np.int64)
    train = [look.values["train_accuracy"] for look in evaluated]
    test = [look.values["test_accuracy"] for look in evaluated]
    problem, told = stored.problem, NO_COURSE
    try:
        told = course(steps, train, test, CRITERIA)
    except InputError as error:  # whole records of numbers that cannot be: another program wrote them
        problem = problem or f"its records make no course: {error}"
    return Member(stored, steps, told, problem)
