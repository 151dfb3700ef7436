"""The time bar: all of training as a strip, under one cursor that every chart of the page shares."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypedDict

import numpy as np

from latebloom.errors import InputError
from latebloom.statistics import finite_list
from latebloom.store import RunColumns
from latebloom.views.course_of_time import Span, spans
from latebloom.views.curves import band
from latebloom.views.live_runs import accuracies, standing
from latebloom.views.thinning import places

POINTS = 400


class TimeBar(TypedDict):
    """Accuracies over all steps, where snapshots are, what happened when.

    Of several runs, the accuracies are medians, the snapshots those of any, and events and stages are left out.
    `live`: one of them is being trained.
    """

    run: str
    first: int
    last: int
    live: bool
    steps: list[int]
    train: list[float | None]
    test: list[float | None]
    snapshots: list[int]
    events: list[dict[str, Any]]
    stages: list[Span]


def timebar_view(runs: Sequence[RunColumns], now: float | None = None) -> TimeBar:
    """Give the time bar of one run, or of several.

    Raises:
        InputError: there are none.
    """
    if not runs:
        raise InputError("no run is named; a time bar is of one run or more")
    if len(runs) == 1:
        steps, train, test = accuracies(runs[0])
    else:
        bands = [band([run.curve(name) for run in runs]) for name in ("train_accuracy", "test_accuracy")]
        steps = np.union1d(*(np.array(one["steps"], dtype=np.int64) for one in bands))
        table = np.full((2, len(steps)), np.nan)
        for row, one in zip(table, bands, strict=True):
            row[np.searchsorted(steps, one["steps"])] = np.array(one["median"], dtype=np.float64)
        train, test = table
    kept = np.unique(np.concatenate([places(train, POINTS // 2), places(test, POINTS // 2)]))
    first, last = (int(steps[0]), int(steps[-1])) if len(steps) else (0, 0)
    events = runs[0].events if len(runs) == 1 else ()
    moment = time.time() if now is None else now
    return TimeBar(
        run=runs[0].id,
        first=first,
        last=max(last, *(run.step for run in runs)),
        live=any(standing(run, moment) == "running" for run in runs),
        steps=steps[kept].tolist(),
        train=finite_list(train[kept]),
        test=finite_list(test[kept]),
        snapshots=sorted({step for run in runs for step, _ in run.snapshots}),
        events=[asdict(event) for event in events],
        stages=spans(events, first, max(last, runs[0].step)) if len(runs) == 1 else [],
    )
