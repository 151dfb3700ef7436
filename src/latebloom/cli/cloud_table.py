"""How the numbers of a cloud look on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from latebloom.clouds.table import lists, rows

if TYPE_CHECKING:
    from rich.console import RenderableType

COLUMNS = 80
OTHER_ARRAY = "called '"
LEGEND = (
    "null: the median of the same number under chance, null 95%: its 95 % quantile; "
    "p: how likely chance reaches the value"
)
HINT = "labels: --labels NAME; a group: --group cyclic:97 or multiplicative:97"


def cloud_table(found: Mapping[str, Any]) -> RenderableType:
    """Draw a row for each number, by family, with its range, its null and its p-value."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("measure", no_wrap=True)
    for title in ("value", "range", "null", "null 95%", "p"):
        table.add_column(title, justify="right", no_wrap=True)
    for family, members in groupby(rows(found), lambda row: row.family):
        table.add_row(f"[bold]{family}[/bold]")
        for row in members:
            table.add_row(f"  {row.name}", row.value, row.range, row.null_median, row.null_95, row.p_value)
    return table


def unmeasured(found: Mapping[str, Any]) -> list[str]:
    """Write what to know of the data, and a line for each thing that could not be measured."""
    reasons: Mapping[str, str] = found["not_measured"]
    here = {name: reason for name, reason in reasons.items() if OTHER_ARRAY not in reason}
    elsewhere = [name for name in reasons if name not in here]
    several = lists(found)
    lines = _folded(LEGEND) + [f"note: {note}" for note in found["notes"]]
    if several:
        lines += _folded(f"with more than one number, in --json: {', '.join(several)}")
    if here:
        hint = f" ({HINT})" if any("a group" in reason for reason in here.values()) else ""
        lines += [f"not measured{hint}:", *(f"  {name}: {reason}" for name, reason in here.items())]
    if elsewhere:
        lines += _folded(
            f"of other arrays, which the file would have to hold under the names that measures give them "
            f"(docs/measuring.md): {', '.join(elsewhere)}"
        )
    return lines


def _folded(text: str) -> list[str]:
    return wrap(text, COLUMNS, subsequent_indent="  ")
