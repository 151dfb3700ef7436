"""A study's verdicts as Markdown: the table first, then each claim, then the protocol; pictures are linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from latebloom.report import verdicts as words
from latebloom.report.map_words import legend, map_table
from latebloom.report.markdown import escaped
from latebloom.report.study_words import arm_table, declaration, facts, not_run, provenance
from latebloom.views.studies import counts
from latebloom.views.study_maps import MapView


def study_markdown(
    document: Mapping[str, Any],
    pictures: Mapping[str, str],
    maps: Sequence[tuple[MapView, str | None]] = (),
) -> str:
    """Write a study's report as Markdown.

    Args:
        document: what is stored with its verdicts.
        pictures: where each claim's picture lies, seen from the page, by the claim's name.
        maps: of the study, each with where its picture lies, if it has one.
    """
    about = f"Study `{document['study']}` at scale `{document['scale']}`: {escaped(document['about'])}"
    arms, again = arm_table(document), f"latebloom study judge {document['word']} --scale {document['scale']}"
    parts = [
        f"# {escaped(document['question'])}",
        f"{about}. Source: {escaped(document['source'])}.",
        f"**{words.tally(counts(document['verdicts']))}.**",
        *(f"> {escaped(text)}" for text in words.cautions(document)),
        _table(words.HEADINGS, [words.row(verdict) for verdict in document["verdicts"]]),
        f"The same table from the same runs: `{again}`.",
        "## Claims",
        *(_claim(verdict, pictures.get(verdict["claim"])) for verdict in document["verdicts"]),
        *(["## Maps", *(_map(view, picture) for view, picture in maps)] if maps else []),
        "## Protocol",
        document["protocol"].strip().replace("<", "&lt;"),
        *([_table(arms.headings, arms.rows)] if arms.rows else []),
        "## What was not run",
        _list(not_run(document)) or "Everything that was declared was run.",
        "## Declaration",
        _list(declaration(document)),
        "## Versions",
        _list([*provenance(document), f"text of the study: SHA-256 {document['study_sha256']}"]),
    ]
    return "\n\n".join(parts) + "\n"


def _claim(verdict: Mapping[str, Any], picture: str | None) -> str:
    head = f"### {escaped(verdict['claim'])}: {words.verdict(verdict)}"
    shown = [f"![{escaped(verdict['claim'])}]({picture})"] if picture else []
    told = "\n".join(f"- **{key}**: {escaped(text)}" for key, text in facts(verdict))
    return "\n\n".join([head, escaped(verdict["statement"]), *shown, told])


def _map(view: MapView, picture: str | None) -> str:
    head = f"### {escaped(view['name'])}"
    if view["problem"]:
        return f"{head}\n\nCannot be drawn: {escaped(view['problem'])}"
    table, shown = map_table(view), [f"![{escaped(view['name'])}]({picture})"] if picture else []
    told = [escaped(view["title"]), escaped(legend(view))]
    return "\n\n".join([head, *told, *shown, _table(table.headings, table.rows)])


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in (headings, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(headings), *lines[1:]])


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {escaped(line)}" for line in lines)
