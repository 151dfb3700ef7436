"""Every run of a lab in a row, with its curves in small: what the page lists, filters, groups and compares."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from latebloom.records import content_hash
from latebloom.statistics import finite, finite_list
from latebloom.store import RunColumns
from latebloom.views.listing import first_steps
from latebloom.views.reading import CRITERIA
from latebloom.views.settings import flattened, without_seed
from latebloom.views.telling import by_telling
from latebloom.views.thinning import places

SPARK = 48  # points
STALE = 900.0  # seconds without a record, after which a run whose writer still holds it is no longer news
GROUP_DIGITS = 10

Setting = str | int | float | bool


class Spark(TypedDict):
    """Accuracies in small: at most 48 points, extremes kept."""

    steps: list[int]
    train: list[float | None]
    test: list[float | None]


class RunRow(TypedDict):
    """One run. Steps of events are None where they have not happened.

    Attributes:
        status: as in the list of runs; `stale` where its writer holds it but has not written for a quarter of an hour.
        settings: those in which the runs of the lab differ, by path.
        group: equal for runs that differ in the seed alone.
        snapshots: how many are stored. updated: when its log last changed, in seconds since 1970.
    """

    id: str
    preset: str
    task: str
    model: str
    seed: int | None
    status: str
    problem: str
    step: int
    steps: int
    settings: dict[str, Setting]
    group: str
    train_accuracy: float | None
    test_accuracy: float | None
    train_loss: float | None
    test_loss: float | None
    up_time: float | None
    memorised: int | None
    grokked_first: int | None
    grokked_stable: int | None
    oscillations: int
    collapsed: bool
    events: list[dict[str, Any]]
    snapshots: int
    updated: float
    spark: Spark


class RunsView(TypedDict):
    """The runs, and the paths of the settings in which they differ, the most telling first, the seed left out."""

    settings: list[str]
    runs: list[RunRow]


def runs_view(runs: Sequence[RunColumns], now: float | None = None) -> RunsView:
    """Give a row for each run; `now` in seconds since 1970 decides which are stale."""
    flat = [flattened(without_seed(run.spec)) for run in runs]
    paths = by_telling(flat, differing_paths(flat))
    moment = time.time() if now is None else now
    return RunsView(
        settings=paths,
        runs=[_row(run, own, paths, moment) for run, own in zip(runs, flat, strict=True)],
    )


def differing_paths(flat: Sequence[Mapping[str, Any]]) -> list[str]:
    """List the paths whose values tell runs apart, in the order in which they are written."""
    values: dict[str, set[str]] = {}
    for settings in flat:
        for path, value in settings.items():
            values.setdefault(path, set()).add(_identity(value))
    count = Counter(path for settings in flat for path in settings)
    whole = sum(bool(settings) for settings in flat)
    return [path for path, known in values.items() if len(known) > 1 or count[path] < whole]


def _identity(value: object) -> str:
    if isinstance(value, str):
        return value
    return (
        repr(value) if isinstance(value, int | float) else json.dumps(value, sort_keys=True)
    )  # JSON takes long


def _row(run: RunColumns, flat: dict[str, Any], paths: Sequence[str], now: float) -> RunRow:
    first, count = first_steps(run.events), Counter(event.name for event in run.events)
    values = {name: finite(run.newest[name][1]) if name in run.newest else None for name in SHOWN}
    return RunRow(
        id=run.id,
        preset=run.preset,
        task=str(flat.get("task.name", "")),
        model=str(flat.get("model.name", "")),
        seed=run.seed,
        status=standing(run, now),
        problem=run.problem,
        step=run.step,
        steps=run.steps,
        settings={path: plain_setting(flat[path]) for path in paths if flat.get(path) is not None},
        group=content_hash(without_seed(run.spec))[:GROUP_DIGITS] if run.spec else "",
        train_accuracy=values["train_accuracy"],
        test_accuracy=values["test_accuracy"],
        train_loss=values["train_loss"],
        test_loss=values["test_loss"],
        up_time=up_time(run.curve("test_accuracy")[1]),
        memorised=first.get("memorised"),
        grokked_first=first.get("grokked_first"),
        grokked_stable=first.get("grokked_stable"),
        oscillations=count["oscillation"],
        collapsed=count["collapsed"] > count["recovered"],
        events=[asdict(event) for event in run.events],
        snapshots=len(run.snapshots),
        updated=run.updated,
        spark=spark(run),
    )


SHOWN = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")


def standing(run: RunColumns, now: float) -> str:
    """Say how a run stands: its status, or that it is stale."""
    return "stale" if run.status == "running" and now - run.updated > STALE else run.status


def plain_setting(value: Any) -> Setting:
    """Give a setting as a text, number or truth value; lists as JSON."""
    return value if isinstance(value, str | int | float) else json.dumps(value)


def up_time(test: NDArray[np.float64]) -> float | None:
    """Compute what `latebloom.events.up_time` does, on an array."""
    up = test >= CRITERIA.high
    return float(np.mean(up[np.argmax(up) :])) if up.any() else None


def spark(run: RunColumns, points: int = SPARK) -> Spark:
    """Give both accuracies at the same few steps, those of their extremes."""
    steps, train, test = accuracies(run)
    kept = np.unique(np.concatenate([places(train, points // 2), places(test, points // 2)]))
    return Spark(steps=steps[kept].tolist(), train=finite_list(train[kept]), test=finite_list(test[kept]))


def accuracies(run: RunColumns) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Give steps, train and test accuracy where either is known, nan where the other is; all of shape (step,)."""
    curves = [run.curve(name) for name in ("train_accuracy", "test_accuracy")]
    (steps, train), (others, test) = curves
    if len(steps) == len(others) and np.array_equal(steps, others):
        return steps, train, test
    every = np.union1d(steps, others)
    table = np.full((2, len(every)), np.nan)
    for row, (own, values) in zip(table, curves, strict=True):
        row[np.searchsorted(every, own)] = values
    return every, table[0], table[1]
