"""The views as answers: each reads its fields, calls the view and gives plain data back."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from latebloom import presets
from latebloom.spec import parse_toml
from latebloom.store import names, read_run
from latebloom.views import curves_view, list_view, run_view
from latebloom.views.reading import CRITERIA
from latebloom.web.asking import MOST_RUNS, Asking
from latebloom.web.context import Context
from latebloom.web.places import Place

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
    rows = [
        {**entry, "settings": {}, "group": "", "snapshots": 0, "updated": 0,
         "spark": {"steps": [], "train": [], "test": []}, "up_time": None, "model": "",
         "train_loss": None, "test_loss": None}
        for entry in list_view(context.lab)
    ]  # fmt: skip
    return {"cursor": context.cursor, "settings": [], "runs": rows}


def run(context: Context, asking: Asking) -> dict[str, Any]:
    """Tell all of one run."""
    chosen = asking.run(context.lab)
    view = run_view(context.lab, chosen)
    return {**view, "names": names(read_run(context.lab, chosen, strict=False))}


def training(context: Context, asking: Asking) -> dict[str, Any]:
    """Give curves of runs and bands of their groups."""
    ids = asking.runs(context.lab) or context.lab.run_ids()[:MOST_RUNS]
    return dict(curves_view(context.lab, ids, asking.words("names") or ["train_accuracy", "test_accuracy"]))


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
)
