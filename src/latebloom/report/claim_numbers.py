"""The numbers behind the picture of a claim, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from latebloom.report.export import disarmed
from latebloom.views.studies import ClaimCurve

Judged = Mapping[str, Any]
COLUMNS = ("claim", "role", "run", "arm", "seed", "value", "second", "happened", "left_out")
COMPARED = ("claim", "role", "what", "computed", "expected", "scale")
CURVES = ("claim", "run", "arm", "step", "name", "value")


def observed_csv(verdict: Judged) -> str:
    """Write what was observed of each run, or compared, for the claim and its rival; a row for each."""
    if any(one["compared"] for one in _both(verdict).values()):
        return as_csv(COMPARED, _compared(verdict))
    return as_csv(COLUMNS, _observed(verdict))


def curves_csv(verdict: Judged, curves: Mapping[str, Sequence[ClaimCurve]]) -> str:
    """Write the curves of a claim; a row for each run, step and name."""
    rows = (
        (verdict["claim"], curve["run"], curve["arm"], step, name, value)
        for name, own in curves.items()
        for curve in own
        for step, value in zip(curve["steps"], curve["values"], strict=True)
    )
    return as_csv(CURVES, rows)


def _both(verdict: Judged) -> dict[str, Judged]:
    return {"claim": verdict} | ({"rival": verdict["rival"]} if verdict.get("rival") else {})


def _observed(verdict: Judged) -> Iterator[tuple[Any, ...]]:
    for role, judged in _both(verdict).items():
        for point in judged["series"]:
            value = point["value"]
            pair = value if isinstance(value, list) else [value]
            first, second = (*pair, None, None)[:2]
            happened = "" if value is None else str(point["happened"]).lower()
            yield (
                verdict["claim"], role, point["run"], point["arm"], point["seed"], _plain(first), _plain(second),
                happened, point["left_out"],
            )  # fmt: skip


def _compared(verdict: Judged) -> Iterator[tuple[Any, ...]]:
    for role, judged in _both(verdict).items():
        for one in judged["compared"]:
            yield verdict["claim"], role, one["what"], one["computed"], one["expected"], one["scale"]


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def as_csv(columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> str:
    """Write a table as CSV; a text that a spreadsheet would take for a formula is disarmed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            ["" if cell is None else disarmed(cell) if isinstance(cell, str) else cell for cell in row]
        )
    return out.getvalue()
