"""Tables of what the live view shows, as text for other programs: the lab's own numbers, nothing thinned."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from latebloom.errors import InputError
from latebloom.report.export import disarmed
from latebloom.store import RunColumns
from latebloom.views.live_runs import RunsView

MOST_ROWS = 1_000_000
CURVES = ("run", "seed", "step", "name", "value")
EVENTS = ("run", "seed", "event", "step", "seen")
SUMMARY = (
    "id", "preset", "task", "model", "seed", "status", "problem", "step", "steps", "train_accuracy", "test_accuracy",
    "train_loss", "test_loss", "up_time", "memorised", "grokked_first", "grokked_stable", "oscillations", "collapsed",
    "snapshots",
)  # fmt: skip


def curves_csv(runs: Sequence[RunColumns], names: Sequence[str] = ()) -> bytes:
    """Write numbers of runs, of these names or of all, a row each: run, seed, step, name, value.

    Raises:
        InputError: more rows than a page may ask for.
    """
    parts = [(run, name) for run in runs for name in (names or run.names) if name in run.points]
    count = sum(len(run.points[name][0]) for run, name in parts)
    if count > MOST_ROWS:
        raise InputError(
            f"this would be {count:,} rows; at most {MOST_ROWS:,} come at once. Ask for fewer runs or names, or use "
            "latebloom export"
        )
    return table(
        CURVES,
        (
            (run.id, run.seed, step, name, value)
            for run, name in parts
            for step, value in zip(*(column.tolist() for column in run.curve(name)), strict=True)
        ),
    )


def events_csv(runs: Sequence[RunColumns]) -> bytes:
    """Write what happened to runs, a row each: run, seed, event, step, and the step at which it was seen."""
    return table(EVENTS, ((run.id, run.seed, e.name, e.step, e.seen) for run in runs for e in run.events))


def summary_csv(view: RunsView) -> bytes:
    """Write a row for each run: who it is, how it stands, and the settings in which runs differ."""
    headings = (*SUMMARY, *view["settings"])
    rows: Iterable[Mapping[str, Any]] = view["runs"]
    return table(headings, ([row.get(name, row["settings"].get(name)) for name in headings] for row in rows))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table as CSV in UTF-8. Texts that a spreadsheet would take for formulas stand behind an apostrophe.

    >>> table(["name", "value"], [["=1+1", -0.5], ["plain", None]])
    b"name,value\\n'=1+1,-0.5\\nplain,\\n"
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([disarmed(heading) for heading in headings])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> object:
    if isinstance(value, str):
        return disarmed(value)
    return "" if value is None else repr(value) if isinstance(value, float) else value
