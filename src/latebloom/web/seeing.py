"""What is computed of snapshots, as answers: the lens is asked, and whoever asked is told how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from latebloom.lens.client import Pending
from latebloom.lens.requests import (
    BASES,
    INPUTS,
    MOST_FREQUENCY,
    PARTS,
    PROJECTIONS,
    ManifoldRequest,
    Request,
    SpectrumRequest,
    StructureRequest,
)
from latebloom.lens.shapes import ManifoldView, SpectrumView, StructureView
from latebloom.statistics import finite_list
from latebloom.store import RunColumns
from latebloom.views.snapshot_numbers import SnapshotNumbers, snapshot_numbers
from latebloom.web.answers import Body, json_bytes, pending_body
from latebloom.web.asking import Asking
from latebloom.web.container import KIND as CONTAINER
from latebloom.web.container import pack
from latebloom.web.context import Context
from latebloom.web.places import Place
from latebloom.web.viewing import FORMATS, columns_of


def manifold(context: Context, asking: Asking) -> Body:
    """Give a run's representation as points in space."""
    return _seen(context, asking, manifold_request(asking, asking.run(context.lab)), "f32")


def spectrum(context: Context, asking: Asking) -> Body:
    """Give the energy at each frequency of the group."""
    return _seen(context, asking, spectrum_request(asking, asking.run(context.lab)), "json")


def structure(context: Context, asking: Asking) -> Body:
    """Give rings, quotients, loops and attention."""
    return _seen(context, asking, structure_request(asking, asking.run(context.lab)), "json")


def measures(context: Context, asking: Asking) -> SnapshotNumbers:
    """Give the numbers that were recorded at a step."""
    run = columns_of(context, [asking.run(context.lab)])[0]
    return snapshot_numbers(run, asking.step("step"), asking.text("site", "final"))


def manifold_request(asking: Asking, run: str) -> ManifoldRequest:
    """Read what is asked of the manifold.

    Raises:
        InputError: a value that cannot be.
    """
    return ManifoldRequest(
        run=run,
        site=asking.text("site", "final"),
        inputs=asking.choice("inputs", INPUTS, "probes"),
        projection=asking.choice("projection", PROJECTIONS, "pca"),
        k=asking.whole("k", 0, 0, MOST_FREQUENCY),
        second=asking.whole("l", 0, 0, MOST_FREQUENCY),
        basis=asking.choice("basis", BASES, "steps"),
        labels=asking.text("labels", "label"),
    )


def spectrum_request(asking: Asking, run: str) -> SpectrumRequest:
    """Read what is asked of the spectrum, likewise."""
    return SpectrumRequest(run, asking.text("site", "final"), asking.step("step"))


def structure_request(asking: Asking, run: str) -> StructureRequest:
    """Read what is asked of the structure, likewise."""
    part = asking.choice("part", PARTS, "all")
    return StructureRequest(run, asking.text("site", "final"), asking.step("step"), part)


def _seen(context: Context, asking: Asking, request: Request, default: str) -> Body:
    packed = asking.choice("format", FORMATS, default) == "f32"
    run = columns_of(context, [request.run])[0]
    view = context.lens.ask(request, stamp_of(run))
    if isinstance(view, Pending):
        return pending_body(view.what, view.since, view.done)
    return Body(pack(view), CONTAINER) if packed else Body(json_bytes(_listed(view)))


def stamp_of(run: RunColumns) -> str:
    """Stand for the snapshots that a run has: with another one, what was computed of them is old."""
    return " ".join(f"{step}:{size}" for step, size in run.snapshots)


def _listed(view: Mapping[str, Any]) -> dict[str, Any]:
    """Put numbers that came as an array in a list."""
    return {
        name: finite_list(value) if isinstance(value, np.ndarray) else value for name, value in view.items()
    }


PLACES = (
    Place(
        "/api/manifold",
        "view",
        manifold,
        "A run's representation as points in space, at every snapshot; 202 while it is computed.",
        ("run", "site", "inputs", "projection", "k", "l", "basis", "labels", "format"),
        ManifoldView,
        waits=True,
    ),
    Place(
        "/api/manifold/measures",
        "view",
        measures,
        "The numbers recorded at a step, at a site.",
        ("run", "site", "step"),
        SnapshotNumbers,
    ),
    Place(
        "/api/spectrum",
        "view",
        spectrum,
        "At which frequencies of its group a run represents the classes; 202 while it is computed.",
        ("run", "site", "step", "format"),
        SpectrumView,
        waits=True,
    ),
    Place(
        "/api/structure",
        "view",
        structure,
        "Rings, quotients, loops and attention, beside their nulls; 202 while it is computed.",
        ("run", "site", "step", "part", "format"),
        StructureView,
        waits=True,
    ),
)
