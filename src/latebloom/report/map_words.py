"""Maps of a study in words and numbers: what a cell says, the table, the CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from latebloom.report.claim_numbers import as_csv
from latebloom.report.tables import Words
from latebloom.views.study_maps import MapCell, MapView
from latebloom.views.wording import MISSING, counted, number, percent, whole

CELLS = (
    "map", "x", "y", "runs", "declared", "censored", "left_out", "value", "low", "high", "censored_until",
)  # fmt: skip
POINTS = ("map", "x", "y", "run", "arm", "seed", "value", "happened", "left_out")
OUTCOMES: Mapping[str, str] = {
    "time": "Kaplan-Meier median",
    "share": "share of runs",
    "number": "median over runs",
}


def outcome(view: MapView) -> str:
    """Name what the colours are.

    >>> OUTCOMES["time"]
    'Kaplan-Meier median'
    """
    unit = f", {view['unit']}" if view["unit"] and view["kind"] != "share" else ""
    return f"{OUTCOMES[view['kind']]}{unit}"


def cell_value(view: MapView, cell: MapCell) -> str:
    """Write a cell's outcome; a median that half of the runs did not reach is later than they were watched."""
    if cell["value"] is None:
        return f"> {whole(cell['until'])}" if cell["until"] is not None else MISSING
    if view["kind"] == "share":
        return percent(cell["value"])
    return whole(cell["value"]) if view["kind"] == "time" else number(cell["value"])


def cell_runs(cell: MapCell) -> str:
    """Write how many runs a cell has; of how many, while some are still to come."""
    seen = cell["n"] + cell["left_out"]
    return f"n = {cell['n']}" + (f" of {cell['declared']}" if seen < cell["declared"] else "")


def cell_flags(cell: MapCell) -> str:
    """Write how many of the runs are censored or left out; empty where none is."""
    flags = ((cell["censored"], "censored"), (cell["left_out"], "left out"))
    return ", ".join(f"{count} {word}" for count, word in flags if count)


def cell_text(view: MapView, cell: MapCell) -> str:
    """Write a cell on one line."""
    told = ", ".join(part for part in (cell_runs(cell), cell_flags(cell)) if part)
    return f"{cell_value(view, cell)} ({told})"


def legend(view: MapView) -> str:
    """Say what colours, hatching and blanks mean."""
    censored = sum(cell["censored"] for cell in view["cells"])
    runs = counted(sum(cell["n"] for cell in view["cells"]), "run")
    parts = [f"Colour: {outcome(view)}. Of each run: {view['measured']}."]
    if censored:
        parts.append(f"Hatched: {censored} of {runs} had not come to it by their end, and count as censored.")
    if any(cell["n"] and cell["value"] is None for cell in view["cells"]):
        parts.append("Grey: fewer than half of the runs came to it.")
    if any(not cell["n"] for cell in view["cells"]):
        parts.append("Dashed: no run to show.")
    if len(view["cells"]) < len(view["xs"]) * len(view["ys"]):
        parts.append("Blank: not part of the study.")
    return " ".join(parts)


def map_table(view: MapView) -> Words:
    """Lay the cells out as a table: a column for each value of x, a row for each of y."""
    found = {(cell["x"], cell["y"]): cell_text(view, cell) for cell in view["cells"]}
    corner = f"{view['y']} \\ {view['x']}" if view["y"] else view["x"]
    rows = tuple(
        (y, *(found.get((column, row), "") for column in range(len(view["xs"]))))
        for row, y in enumerate(view["ys"])
    )
    headings = (corner, *view["xs"])
    return Words(headings, rows, frozenset(headings))


def cells_csv(view: MapView) -> str:
    """Write the numbers of the cells; a row for each that was declared."""
    return as_csv(CELLS, (_row(view, cell) for cell in view["cells"]))


def points_csv(view: MapView) -> str:
    """Write what was observed of each run, with its cell; a row for each run."""
    return as_csv(POINTS, _points(view))


def _row(view: MapView, cell: MapCell) -> tuple[Any, ...]:
    return (
        view["name"], view["xs"][cell["x"]], view["ys"][cell["y"]], cell["n"], cell["declared"], cell["censored"],
        cell["left_out"], cell["value"], cell["low"], cell["high"], cell["until"],
    )  # fmt: skip


def _points(view: MapView) -> Iterator[tuple[Any, ...]]:
    for point in view["points"]:
        happened = "" if point["value"] is None else str(point["happened"]).lower()
        yield (
            view["name"], view["xs"][point["x"]], view["ys"][point["y"]], point["run"], point["arm"], point["seed"],
            point["value"], happened, point["left_out"],
        )  # fmt: skip
