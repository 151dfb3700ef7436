"""Views as rich renderables, for whoever has the console. Texts from a lab are never read as markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from latebloom.report.provenance import environment_line
from latebloom.report.tables import Words, group_table, list_table, raised, run_table
from latebloom.views import GroupView, ListEntry, RunView, sentences
from latebloom.views.wording import MISSING, counted, factor, listed, number, one_line, percent, whole

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

STATUS_STYLES = {
    "done": "green",
    "stopped": "green",
    "running": "cyan",
    "interrupted": "yellow",
    "diverged": "red",
    "damaged": "red",
}

FOLDED = {"status": 11, "to be known": 12, "preset": 6, "group": 12}
"""Columns that may be folded where there is no room, and the letters that they keep."""


def run_list(entries: list[ListEntry]) -> RenderableType:
    """Show the runs of a lab as a table."""
    from rich.text import Text

    return _table(list_table(entries)) if entries else Text("no runs yet; begin with: latebloom demo")


def comparison(view: GroupView) -> RenderableType:
    """Show a comparison: what happened in words, the groups, the runs."""
    from rich.console import Group
    from rich.text import Text

    told = [Text(line) for line in sentences(view)]
    return Group(*told, Text(), _table(group_table(view)), Text(), _table(run_table(view)))


def run_page(view: RunView) -> RenderableType:
    """Show all of one run."""
    from rich.console import Group
    from rich.text import Text

    status = Text.assemble(
        (view["id"], "bold"), "  ", (view["status"], STATUS_STYLES[view["status"]]),
        f"  step {whole(view['step'])} of {whole(view['steps'])}",
    )  # fmt: skip
    parts = [status]
    if view["problem"]:
        parts.append(Text(one_line(view["problem"]), style="red"))
    parts += [
        Text(f"{words}, at step {whole(view['step'])}", style="red") for words in raised(view["events"])
    ]
    if view["course"]["collapsed"]:
        parts.append(Text("collapsed: its newest numbers are not those of a grokked network", style="red"))
    facts = [Text(), _facts("course", _course(view)), Text(), _facts("newest", _values(view))]
    facts += [Text(), _facts("settings", [(line, "") for line in view["settings_toml"].splitlines() if line])]
    return Group(*parts, *facts, Text(), _facts("stored", _stored(view)))


def _course(view: RunView) -> list[tuple[str, str]]:
    course, known = view["course"], view["known_to"]
    rows: list[tuple[str, str]] = []
    for name, word in (
        ("memorised", "memorised"),
        ("grokked_first", "grokked"),
        ("grokked_stable", "grokked stably"),
    ):
        step = course[name]
        late = f"not by step {whole(course['last_step'])}" if course["last_step"] is not None else MISSING
        within = f", known to within {counted(known[name], 'step')}" if name in known else ""
        rows.append((word, late if step is None else f"step {whole(step)}{within}"))
    delay = (
        f"{whole(course['delay'])} steps, {factor(course['ratio'])} times the steps"
        if course["delay"] is not None
        else MISSING
    )
    counts = [counted(course[f"{noun}s"], noun) for noun in ("oscillation", "collapse")]
    falls = ", ".join([*counts, f"{course['recoveries']} recovered from"])
    return [*rows, ("delay", delay), ("up-time", percent(course["up_time"])), ("falls", falls)]


def _values(view: RunView) -> list[tuple[str, str]]:
    last = max((value["step"] for value in view["values"]), default=0)
    return [
        (
            one_line(value["name"], 60),
            number(value["value"]) + (f"  (step {whole(value['step'])})" if value["step"] != last else ""),
        )
        for value in view["values"]
    ]


def _stored(view: RunView) -> list[tuple[str, str]]:
    kept = [whole(snapshot["step"]) for snapshot in view["snapshots"]]
    size = sum(snapshot["bytes"] for snapshot in view["snapshots"])
    evaluations = view["evaluations"]
    first, last = whole(evaluations["first"]), whole(evaluations["last"])
    rows = [
        ("evaluations", f"{whole(evaluations['count'])}, steps {first} to {last}"),
        ("snapshots", f"{len(kept)} ({size / 1e6:.1f} MB): {listed(kept, 12)}" if kept else "none"),
        ("trained with", environment_line({**view["environment"], "runs": 1}).partition(": ")[2]),
        ("preset", one_line(view["preset"], 80) or MISSING),
    ]
    return [*rows, *((f"to {name}", one_line(command, 500)) for name, command in view["commands"].items())]


def _facts(title: str, rows: Iterable[tuple[str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None, pad_edge=False, show_header=False, title=title, title_justify="left", title_style="bold"
    )
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), Text(value))
    return table


def _table(words: Words) -> Table:
    """Lay a table out; where the terminal is narrow, words are folded and ids and numbers stay whole."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for heading in words.headings:
        folds = heading in FOLDED
        table.add_column(
            heading.strip(),
            justify="left" if heading.strip() in words.texts else "right",
            overflow="fold",
            no_wrap=not folds,
            min_width=FOLDED.get(heading),
        )
    for row in words.rows:
        cells = zip(words.headings, row, strict=True)
        table.add_row(*(Text(cell, style=_style(heading, cell)) for heading, cell in cells))
    return table


def _style(heading: str, cell: str) -> str:
    if heading == "to be known":
        return "red"
    status, flagged, _ = cell.partition(", ")
    return ("red" if flagged else STATUS_STYLES.get(status, "")) if heading == "status" else ""
