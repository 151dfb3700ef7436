"""All of one run."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import Any, TypedDict

import numpy as np

from latebloom.events import Course
from latebloom.statistics import finite
from latebloom.store import Lab, snapshots
from latebloom.views import settings
from latebloom.views.listing import plain_events
from latebloom.views.reading import CRITERIA, Member, read_members

ENVIRONMENT = ("created", "versions", "threads", "device")


class RunView(TypedDict):
    """One run, whole.

    Attributes:
        settings: its spec, every default written out; settings_toml: the same as a file to train it from.
        environment: when it was created, with which versions, threads and device.
        population: the runs that it was begun with, as one program.
        criteria: the thresholds behind its events.
        course: what came of it: see `latebloom.events.Course`; None for what has not happened by `last_step`.
        known_to: how many steps lie between an event's evaluation and the one before, by event.
        values: the newest of each number, with its step.
        evaluations: how many, and the steps of the first and last.
        snapshots: step and size of each that is stored.
        commands: `train` trains it again elsewhere; `resume` goes on with it, where it is interrupted.
    """

    id: str
    preset: str
    seed: int | None
    status: str
    problem: str
    step: int
    steps: int
    settings: dict[str, Any]
    settings_toml: str
    environment: dict[str, Any]
    population: list[str]
    criteria: dict[str, Any]
    course: dict[str, Any]
    known_to: dict[str, int]
    events: list[dict[str, Any]]
    values: list[dict[str, Any]]
    evaluations: dict[str, int | None]
    snapshots: list[dict[str, int]]
    commands: dict[str, str]


def run_view(lab: Lab, run: str) -> RunView:
    """Tell all of one run; a damaged one with what is sound of it.

    Raises:
        UnknownNameError: there is no such run.
    """
    member = read_members(lab, [run])[0]
    stored, document = member.stored, member.stored.document
    steps = member.steps.tolist()
    return RunView(
        id=member.id,
        preset=member.preset,
        seed=member.seed,
        status=member.status,
        problem=member.problem,
        step=stored.step,
        steps=stored.steps,
        settings=dict(member.spec),
        settings_toml=settings.toml(member.spec, _seeds(member)),
        environment={name: document.get(name) for name in ENVIRONMENT},
        population=list(document.get("population", [])),
        criteria=asdict(CRITERIA),
        course=plain_course(member.course),
        known_to=known_to(member),
        events=plain_events(stored.events),
        values=[{"name": n, "value": finite(v), "step": s} for n, (s, v) in sorted(member.newest().items())],
        evaluations={
            "count": len(steps),
            "first": steps[0] if steps else None,
            "last": steps[-1] if steps else None,
        },
        snapshots=[{"step": step, "bytes": ref.size} for step, ref in snapshots(stored)],
        commands=_commands(lab, member),
    )


def plain_course(course: Course) -> dict[str, Any]:
    """Write a course as plain data, None for what has not happened."""
    return asdict(course) | {"up_time": finite(course.up_time)}


def known_to(member: Member) -> dict[str, int]:
    """Tell for each event how many steps lie between its evaluation and the one before it.

    It happened in between; nothing finer is known. An event at the first evaluation is not listed.
    """
    found: dict[str, int] = {}
    for name in ("memorised", "grokked_first", "grokked_stable"):
        step = getattr(member.course, name)
        index = 0 if step is None else int(np.searchsorted(member.steps, step))
        if index:
            found[name] = int(member.steps[index] - member.steps[index - 1])
    return found


def _seeds(member: Member) -> list[int]:
    return [] if member.seed is None else [member.seed]


def _commands(lab: Lab, member: Member) -> dict[str, str]:
    commands: dict[str, str] = {}
    if member.spec and not member.stored.watched:
        commands["train"] = settings.training_command(member.preset, member.spec, _seeds(member))
    if member.status == "interrupted" and not member.stored.watched:
        commands["resume"] = f"latebloom resume {member.id} --lab {shlex.quote(str(lab.path))}"
    return commands
