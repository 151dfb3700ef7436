"""The views as answers: each reads its fields, calls the view and gives plain data back."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from latebloom import presets
from latebloom.errors import UnknownNameError
from latebloom.spec import parse_toml
from latebloom.store import RunColumns
from latebloom.views import run_view
from latebloom.views.live_runs import runs_view
from latebloom.views.reading import CRITERIA
from latebloom.views.timebar import timebar_view
from latebloom.views.training import ORIGINS, Cut, training_view
from latebloom.web.asking import MOST_RUNS, Asking
from latebloom.web.context import Context
from latebloom.web.places import Place

MOST_POINTS = 20_000
LOW_DISK = 1_000_000_000  # bytes free, below which the page warns


def lab(context: Context, asking: Asking) -> dict[str, Any]:
    """Tell what lab this is, and what can be done with it here."""
    del asking
    free = shutil.disk_usage(context.lab.path).free
    return {
        "name": context.lab.path.name,
        "version": version("latebloom"),
        "control": context.access.control,
        "runs": len(context.lab.run_ids()),
        "cursor": context.cursor,
        "criteria": asdict(CRITERIA),
        "presets": [{"name": name, "title": _title(name)} for name in presets.names()],
        "disk": {"free": free, "low": free < LOW_DISK},
        "extras": {"umap": find_spec("umap") is not None},
        "static": False,
    }


def _title(preset: str) -> str:
    return str(parse_toml(presets.text(preset), preset)["description"])


def runs(context: Context, asking: Asking) -> dict[str, Any]:
    """List the runs of the lab."""
    del asking
    cursor = context.cursor
    return {"cursor": cursor, **runs_view(context.reader.read_all())}


def run(context: Context, asking: Asking) -> dict[str, Any]:
    """Tell all of one run."""
    chosen = asking.run(context.lab)
    cursor, view = context.cursor, run_view(context.lab, chosen)
    return {"cursor": cursor, **view, "names": _columns(context, [chosen])[0].names}


def training(context: Context, asking: Asking) -> dict[str, Any]:
    """Give curves of runs and bands of their groups."""
    cut = Cut(
        origin=asking.choice("origin", ORIGINS, "step"),
        first=asking.step("from"),
        last=asking.step("to"),
        points=asking.whole("points", 800, 16, MOST_POINTS),
        members=asking.flag("members", False),
    )
    cursor = context.cursor
    return {"cursor": cursor, **training_view(chosen_runs(context, asking), asking.words("names"), cut)}


def timebar(context: Context, asking: Asking) -> dict[str, Any]:
    """Give the strip of all of training, under the cursor."""
    ids = [asking.run(context.lab)] if asking.text("run") else asking.runs(context.lab)
    return {"cursor": context.cursor, **timebar_view(_columns(context, ids))}


def chosen_runs(context: Context, asking: Asking) -> list[RunColumns]:
    """Read the runs that are asked for: those that are named, or the first of the lab."""
    return _columns(context, asking.runs(context.lab) or context.lab.run_ids()[:MOST_RUNS])


def _columns(context: Context, ids: Sequence[str]) -> list[RunColumns]:
    found = context.reader.read(ids)
    if len(found) < len(ids):
        gone = sorted(set(ids) - {run.id for run in found})
        raise UnknownNameError("run", gone[0], ())
    return found


PLACES = (
    Place("/api/lab", "view", lab, "What lab this is, and what can be done with it here."),
    Place("/api/runs", "view", runs, "Every run of the lab, a row for each."),
    Place("/api/run", "view", run, "All of one run.", ("run",)),
    Place(
        "/api/training",
        "view",
        training,
        "Numbers over steps: each run's, and median and middle half over each group.",
        ("runs", "names", "points", "from", "to", "origin", "members"),
    ),
    Place(
        "/api/timebar",
        "view",
        timebar,
        "All of training as a strip, of one run or of several.",
        ("run", "runs"),
    ),
)
