"""A study's verdicts as one HTML file that needs nothing else: the table first. All text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from latebloom.report import style
from latebloom.report import verdicts as words
from latebloom.report.html import page
from latebloom.report.map_words import legend, map_table
from latebloom.report.study_words import arm_table, declaration, facts, not_run, provenance
from latebloom.report.tables import Words
from latebloom.views.studies import counts
from latebloom.views.study_maps import MapView
from latebloom.views.wording import one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HUES = {
    "reproduced": "stable",
    "refuted": "fallen",
    "undecided": "train",
    "not run": "faint",
    "cannot be judged": "fallen",
}


def study_html(
    document: Mapping[str, Any],
    figures: Mapping[str, Figure],
    maps: Sequence[tuple[MapView, Figure | None]] = (),
) -> str:
    """Write a study's report as an HTML page.

    Args:
        document: what is stored with its verdicts.
        figures: the pictures, by the name of the claim.
        maps: of the study, each with its picture if it has one.
    """
    title = f"{document['study']} at {document['scale']}: verdicts"
    groups = [style.palette(len(verdict["arms"])) for verdict in document["verdicts"]]
    colours = tuple(
        {colour.name: colour for colour in (*style.THEME, *(c for own in groups for c in own))}.values()
    )
    sheet = files("latebloom.report").joinpath("study.css").read_text(encoding="utf-8")
    parts = [
        f"<header><h1>{escape(document['question'])}</h1><p class='faint'>{escape(_subtitle(document))}</p></header>",
        f"<section>{_tiles(document)}{_cautions(document)}{_table(document)}</section>",
        *(_claim(verdict, figures.get(verdict["claim"]), colours) for verdict in document["verdicts"]),
        *(_map(view, figure, colours) for view, figure in maps),
        _section("Protocol", f"{_paragraphs(document['protocol'])}{_arms(document)}"),
        _section(
            "What was not run", _list(not_run(document)) or "<p>Everything that was declared was run.</p>"
        ),
        _section("Declaration", _list(declaration(document))),
        _section("Versions", _list(provenance(document))),
        _section("The study's text", _text(document["study_text"])),
    ]
    return page(title, parts, colours, sheet)


def _subtitle(document: Mapping[str, Any]) -> str:
    return f"Study {document['study']} at scale {document['scale']}: {document['about']} · source: {document['source']}"


def _tiles(document: Mapping[str, Any]) -> str:
    tiles = "".join(
        f"<div class='tile'><b style='color:var(--{HUES[word]})'>{count}</b><span>{word}</span></div>"
        for word, count in counts(document["verdicts"]).items()
    )
    return f"<div class='tiles'>{tiles}</div>"


def _cautions(document: Mapping[str, Any]) -> str:
    return "".join(f"<p class='caution'>{escape(text)}</p>" for text in words.cautions(document))


def _table(document: Mapping[str, Any]) -> str:
    head = "".join(f"<th scope='col'>{escape(heading)}</th>" for heading in words.HEADINGS)
    return _wide("verdicts", head, "".join(map(_row, document["verdicts"])))


def _wide(kind: str, head: str, rows: str) -> str:
    table = f"<table class='{kind}'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<div class='wide'>{table}</div>"


def _row(verdict: Mapping[str, Any]) -> str:
    name, published, observed, interval, runs, word, rival = words.row(verdict)
    cells = [
        f"<a href='#{escape(name)}'>{escape(name)}</a><br><span class='faint'>{escape(verdict['statement'])}</span>",
        escape(published),
        escape(observed),
        escape(interval),
        escape(runs),
        _pill(word, verdict["verdict"]),
        _pill(rival, verdict["rival"]["verdict"]) if verdict.get("rival") else escape(rival),
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _pill(text: str, word: str) -> str:
    return f"<span class='pill' style='--hue:var(--{HUES[word]})'>{escape(text)}</span>"


def _claim(verdict: Mapping[str, Any], figure: Figure | None, colours: tuple[style.Colour, ...]) -> str:
    name = escape(verdict["claim"])
    told = "".join(f"<dt>{escape(key)}</dt><dd>{escape(text)}</dd>" for key, text in facts(verdict))
    picture = ""
    if figure is not None:
        said = f"Picture of claim {verdict['claim']}: {verdict['verdict']}"
        picture = style.inline_svg(figure, f"claim-{verdict['claim'].replace('.', '-')}", said, colours)
    pill = _pill(words.verdict(verdict), verdict["verdict"])
    head = f"<h2>{name} {pill}</h2>" + ("" if picture else f"<p>{escape(verdict['statement'])}</p>")
    more = _folded("rule, numbers, reasons", f"<dl>{told}</dl>", is_open=not picture)
    return f"<section class='claim' id='{name}'>{head}{picture}{more}</section>"


def _map(view: MapView, figure: Figure | None, colours: tuple[style.Colour, ...]) -> str:
    name = f"map-{escape(view['name'])}"
    head = f"<h2>Map: {escape(view['name'])}</h2>"
    if view["problem"]:
        return f"<section id='{name}'>{head}<p class='caution'>cannot be drawn: {escape(view['problem'])}</p></section>"
    if figure is None:
        said = f"<p>{escape(view['title'])}</p><p>{escape(legend(view))}</p>"
        return f"<section id='{name}'>{head}{said}{_words('arms', map_table(view))}</section>"
    said = f"Map {view['name']}: {view['title']} {legend(view)}"
    picture = style.inline_svg(figure, name.replace(".", "-"), said, colours)
    table = _folded("the same as a table", _words("arms", map_table(view)))
    return f"<section id='{name}'>{head}{picture}{table}</section>"


def _arms(document: Mapping[str, Any]) -> str:
    table = arm_table(document)
    return _words("arms", table) if table.rows else ""


def _words(kind: str, table: Words) -> str:
    head = "".join(f"<th scope='col'>{escape(heading)}</th>" for heading in table.headings)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return _wide(kind, head, rows)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(' '.join(part.split()))}</p>" for part in text.strip().split("\n\n"))


def _list(lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(one_line(line, 4000))}</li>" for line in lines)
    return f"<ul>{items}</ul>" if lines else ""


def _text(text: str) -> str:
    return _folded(f"{len(text.splitlines()):,} lines", f"<pre><code>{escape(text)}</code></pre>")


def _folded(summary: str, body: str, *, is_open: bool = False) -> str:
    return f"<details{' open' if is_open else ''}><summary>{escape(summary)}</summary>{body}</details>"


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"
