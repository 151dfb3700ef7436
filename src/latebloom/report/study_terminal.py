"""Studies on a terminal: a list, what is declared, the verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from latebloom.report import verdicts as words
from latebloom.views.studies import StudyEntry, counts
from latebloom.views.wording import counted, seeds, whole

if TYPE_CHECKING:
    from rich.console import RenderableType

COLOURS = {
    "reproduced": "green",
    "refuted": "red",
    "undecided": "yellow",
    "not run": "dim",
    "cannot be judged": "bold red",
}


def study_list(entries: Sequence[StudyEntry]) -> RenderableType:
    """Draw the studies that there are, a line for each and one for each of its scales."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("study", "scale", "claims", "arms", "runs", "steps", ""):
        table.add_column(title, justify="right" if title in ("claims", "arms", "runs", "steps") else "left")
    for entry in entries:
        table.add_row(Text(entry["study"], style="bold"), "", "", "", "", "", Text(entry["question"]))
        for name, scale in entry["scales"].items():
            table.add_row(
                "", name, str(scale["claims"]), str(scale["arms"]), whole(scale["runs"]),
                whole(scale["steps"]), Text(scale["about"], style="dim"),
            )  # fmt: skip
    return table


def declared(page: Mapping[str, Any]) -> str:
    """Write everything that is declared, as text: the arms, then every claim with its rule."""
    head = [
        page["study"],
        page["question"],
        f"source: {page['source']}",
        f"scale {page['scale']}: {page['about']}",
    ]
    arms = [f"  {_arm(arm)}" for arm in page["arms"]]
    claims = [line for claim in page["claims"] for line in ("", *_claim(claim))]
    count = counted(len(page["claims"]), "claim")
    return "\n".join(
        [*head, "", page["protocol"].strip(), "", "arms, in the order of training", *arms, "", count, *claims]
    )


def _arm(arm: Mapping[str, Any]) -> str:
    looks = [*arm["looks"], *(f"{look} (afterwards)" for look in arm["afterwards"])]
    seen = f"; looks: {', '.join(looks)}" if looks else ""
    return f"{arm['name']}: {seeds(arm['seeds'])}, {arm['steps']:,} steps each{seen}"


def _claim(claim: Mapping[str, Any]) -> list[str]:
    of = f" of {', '.join(claim['arms'])}" if claim["arms"] else ""
    lines = [
        f"{claim['name']}: {claim['statement']}",
        f"  published  {claim['published']}  ({claim['where']})",
        f"  measured   {claim['measured']}{of}",
        f"  rule       {claim['rule']['kind']}: {claim['rule']['formula']}; at least {claim['rule']['least']} runs",
    ]
    if claim["collapsed"]:
        lines.append(f"  collapsed  runs are {claim['collapsed']}")
    if claim["numbers"]:
        lines.append(f"  needs      {', '.join(claim['numbers'])}")
    if claim["rival"]:
        rival = claim["rival"]
        lines.append(f"  rival      {rival['statement']}")
        lines.append(f"             {rival['measured']}; {rival['rule']['kind']}: {rival['rule']['formula']}")
    return lines


def verdict_table(document: Mapping[str, Any]) -> RenderableType:
    """Draw the verdicts, with what must be known before they are read."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in words.HEADINGS:
        table.add_column(title, overflow="fold")
    for verdict in document["verdicts"]:
        cells = [Text(cell) for cell in words.row(verdict)]
        cells[5].stylize(COLOURS[verdict["verdict"]])
        table.add_row(*cells)
    title = Text(f"{document['study']} at {document['scale']}: {document['question']}", style="bold")
    cautions = [Text(text, style="yellow") for text in words.cautions(document)]
    problems = [
        Text(f"{verdict['claim']}: {verdict['why']}", style="red")
        for verdict in document["verdicts"]
        if verdict["verdict"] == "cannot be judged"
    ]
    return Group(title, *cautions, table, *problems, Text(words.tally(counts(document["verdicts"]))))
