"""The list of a lab's runs, from the store's summaries alone: no curve is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, TypedDict

from latebloom.records import Event, RunInfo
from latebloom.statistics import finite
from latebloom.store import Lab, summaries


class ListEntry(TypedDict):
    """A run in a list. Steps of events are None where they have not happened.

    `oscillations` counts them; `collapsed`: it fell after grokking and has not come back. Either says that
    the newest accuracy is one sample of a process that moves.
    """

    id: str
    preset: str
    task: str
    seed: int | None
    status: str
    step: int
    steps: int
    train_accuracy: float | None
    test_accuracy: float | None
    memorised: int | None
    grokked_first: int | None
    grokked_stable: int | None
    oscillations: int
    collapsed: bool
    events: list[dict[str, Any]]
    problem: str


def list_view(lab: Lab) -> list[ListEntry]:
    """List all runs of a lab, sorted by id."""
    return [_entry(info) for info in summaries(lab)]


def _entry(info: RunInfo) -> ListEntry:
    first = first_steps(info.events)
    count = Counter(event.name for event in info.events)
    task = info.spec.get("task", {})
    return ListEntry(
        id=info.id,
        preset=info.preset,
        task=str(task.get("name", "")),
        seed=info.spec.get("seed"),
        status=info.status,
        step=info.step,
        steps=info.steps,
        train_accuracy=finite(info.values.get("train_accuracy")),
        test_accuracy=finite(info.values.get("test_accuracy")),
        memorised=first.get("memorised"),
        grokked_first=first.get("grokked_first"),
        grokked_stable=first.get("grokked_stable"),
        oscillations=count["oscillation"],
        collapsed=count["collapsed"] > count["recovered"],
        events=plain_events(info.events),
        problem=info.problem,
    )


def first_steps(events: Iterable[Event]) -> dict[str, int]:
    """Give the step of each event's first time, by name."""
    first: dict[str, int] = {}
    for event in events:
        first.setdefault(event.name, event.step)
    return first


def plain_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Write events as plain data: name, step, and the step of the evaluation that established it."""
    return [asdict(event) for event in events]
