"""The views as answers: each reads its fields, calls the view and gives plain data back."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, TypedDict

from latebloom import presets
from latebloom.errors import UnknownNameError
from latebloom.spec import parse_toml
from latebloom.store import RunColumns
from latebloom.views import RunView, run_view
from latebloom.views.live_runs import RunsView, runs_view
from latebloom.views.phase import PhaseView, phase_view
from latebloom.views.reading import CRITERIA
from latebloom.views.timebar import TimeBar, timebar_view
from latebloom.views.training import ORIGINS, Cut, TrainingView, training_view
from latebloom.web.answers import Body, json_bytes, pending_body
from latebloom.web.asking import MOST_RUNS, Asking
from latebloom.web.container import KIND as CONTAINER
from latebloom.web.container import pack
from latebloom.web.context import Context
from latebloom.web.places import Place

MOST_POINTS = 20_000
FARTHEST = 10**15 - 1  # steps
SHORT = 0.5  # seconds for which a page waits, before it is told how far the first reading of the lab is
LOW_DISK = 1_000_000_000  # bytes free, below which the page warns


class Disk(TypedDict):
    """Bytes that are free where the lab lies, and whether that is little."""

    free: int
    low: bool


class LabView(TypedDict):
    """What lab this is, and what can be done with it here.

    `cursor` is the number of the newest piece of news, `static` is true on an exported site.
    """

    name: str
    version: str
    control: bool
    runs: int
    cursor: str
    criteria: dict[str, float]
    presets: list[dict[str, str]]
    disk: Disk
    extras: dict[str, bool]
    static: bool


def lab(context: Context, asking: Asking) -> LabView:
    """Tell what lab this is, and what can be done with it here."""
    del asking
    free = shutil.disk_usage(context.lab.path).free
    return LabView(
        name=context.lab.path.name,
        version=version("latebloom"),
        control=context.access.control,
        runs=len(context.lab.run_ids()),
        cursor=context.cursor,
        criteria=asdict(CRITERIA),
        presets=[{"name": name, "title": _title(name)} for name in presets.names()],
        disk=Disk(free=free, low=free < LOW_DISK),
        extras={"umap": find_spec("umap") is not None},
        static=False,
    )


def _title(preset: str) -> str:
    return str(parse_toml(presets.text(preset), preset)["description"])


FORMATS = ("json", "f32")
Read = Callable[[], Sequence[RunColumns]]
View = Callable[[Sequence[RunColumns]], Mapping[str, Any]]


def kept(context: Context, asking: Asking, name: str, read: Read, view: View, moment: int = 0) -> Body:
    """Answer with a view of runs, made once for all pages that ask the same, until one of the runs or `moment` changes.

    The cursor may be older than the newest: a page that goes on from it is told more than it needs, never less.
    """
    packed, cursor = asking.choice("format", FORMATS, "json") == "f32", context.cursor
    found = read()  # after the cursor: what changes from here on is told to whoever goes on from it

    def make() -> Body:
        whole = {"cursor": cursor, **view(found)}
        return Body(pack(whole), CONTAINER) if packed else Body(json_bytes(whole))

    state = (moment, *((run.id, run.version) for run in found))
    return context.kept.get((name, asking.key), state, make)


def runs(context: Context, asking: Asking) -> Body:
    """List the runs of the lab, or those that are named; say how far it is while the lab is read for the first time."""
    opening = None if asking.fields.get("runs") else context.reader.opening
    if opening and not opening.ended.wait(SHORT):
        what = f"the logs of {opening.runs:,} runs are read for the first time"
        return pending_body(what, opening.since, opening.done / max(1, opening.runs))
    minute = int(time.time() // 60)  # a silent run becomes stale
    return kept(context, asking, "runs", partial(every_run, context, asking), runs_view, minute)


def run(context: Context, asking: Asking) -> dict[str, Any]:
    """Tell all of one run."""
    chosen = asking.run(context.lab)
    cursor, view = context.cursor, run_view(context.lab, chosen)
    return {"cursor": cursor, **view, "names": columns_of(context, [chosen])[0].names}


def training(context: Context, asking: Asking) -> Body:
    """Give curves of runs and bands of their groups."""
    cut, names = cut_of(asking), asking.words("names")
    read = partial(chosen_runs, context, asking)
    return kept(context, asking, "training", read, lambda runs: training_view(runs, names, cut))


def cut_of(asking: Asking) -> Cut:
    """Read which part of the curves is shown; after another origin than the start, steps before it are negative."""
    return Cut(
        origin=asking.choice("origin", ORIGINS, "step"),
        first=asking.whole("from", 0, -FARTHEST, FARTHEST) if asking.text("from") else None,
        last=asking.whole("to", 0, -FARTHEST, FARTHEST) if asking.text("to") else None,
        points=asking.whole("points", 800, 16, MOST_POINTS),
        members=asking.flag("members", False),
    )


def timebar(context: Context, asking: Asking) -> Body:
    """Give the strip of all of training, under the cursor."""
    ids = [asking.run(context.lab)] if asking.text("run") else asking.runs(context.lab)
    return kept(context, asking, "timebar", partial(columns_of, context, ids), timebar_view)


def phase(context: Context, asking: Asking) -> Body:
    """Lay an outcome out over two settings; of all runs where none is named."""
    x, y, outcome = asking.text("x"), asking.text("y"), asking.text("outcome")

    read = partial(every_run, context, asking)
    return kept(context, asking, "phase", read, lambda runs: phase_view(runs, x, y, outcome))


def every_run(context: Context, asking: Asking) -> list[RunColumns]:
    """Read the runs that are asked for: those that are named, or all."""
    return chosen_runs(context, asking) if asking.fields.get("runs") else context.reader.read_all()


def chosen_runs(context: Context, asking: Asking) -> list[RunColumns]:
    """Read the runs that are asked for: those that are named, or the first of the lab."""
    return columns_of(context, asking.runs(context.lab) or context.lab.run_ids()[:MOST_RUNS])


def columns_of(context: Context, ids: Sequence[str]) -> list[RunColumns]:
    """Read these runs.

    Raises:
        UnknownNameError: one has gone.
    """
    found = context.reader.read(ids)
    if len(found) < len(ids):
        gone = sorted(set(ids) - {run.id for run in found})
        raise UnknownNameError("run", gone[0], ())
    return found


PLACES = (
    Place("/api/lab", "view", lab, "What lab this is, and what can be done with it here.", (), LabView),
    Place(
        "/api/runs",
        "view",
        runs,
        "Every run of the lab, a row for each; 202 while a large lab is read for the first time.",
        ("runs", "format"),
        RunsView,
        waits=True,
    ),
    Place("/api/run", "view", run, "All of one run.", ("run",), RunView),
    Place(
        "/api/training",
        "view",
        training,
        "Numbers over steps: each run's, and median and middle half over each group.",
        ("runs", "names", "points", "from", "to", "origin", "members", "format"),
        TrainingView,
    ),
    Place(
        "/api/timebar",
        "view",
        timebar,
        "All of training as a strip, of one run or of several.",
        ("run", "runs", "format"),
        TimeBar,
    ),
    Place(
        "/api/phase",
        "view",
        phase,
        "An outcome over two settings, a cell for each pair of values.",
        ("runs", "x", "y", "outcome"),
        PhaseView,
    ),
)
