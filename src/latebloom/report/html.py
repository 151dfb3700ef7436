"""A comparison as one HTML file that needs nothing else: no network, no script. All text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

from latebloom.report import style
from latebloom.report.definitions import definitions
from latebloom.report.figures import accuracy_figure, loss_figure, representation_figure, survival_figure
from latebloom.report.provenance import WATCHED, environment_line, title_of
from latebloom.report.scene import Scene
from latebloom.report.tables import Words, brief, group_table, run_table
from latebloom.views import Group, GroupView, sentences
from latebloom.views.wording import counted, factor, one_line, percent

OPEN_UP_TO = 24  # rows; a longer table is folded
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""What a browser may load for the page: nothing but what is in it."""

CAPTIONS = {
    "accuracy": "Each run is a thin line. The marks above are evaluations: when a run memorised, first "
    "grokked, grokked stably, fell. A triangle is a run that had not grokked when it was last seen.",
    "loss": "Where test loss rises while test accuracy stands still, the network grows surer of wrong "
    "answers.",
    "survival": "Runs that did not get there count until they were last seen, at the upright ticks; "
    "none is left out.",
    "representation": "How many directions the read-out activations of test examples use, and how large the "
    "weights are.",
}


def html_report(scene: Scene) -> str:
    """Write a comparison as an HTML page."""
    view = scene.view
    title = escape(title_of(view))
    parts = [
        f"<header><h1>{title}</h1><p class='faint'>{escape(_subtitle(view))}</p></header>",
        f"<section>{_tiles(view)}<ul class='told'>{_items(sentences(view))}</ul></section>",
        *_figures(scene),
        _section("Groups", _table(group_table(view), scene)) if len(view["groups"]) > 1 else "",
        _section("Runs", _table(run_table(view), scene)),
        _section("Intervals", _table(group_table(view), scene)) if len(view["groups"]) == 1 else "",
        _section("Settings and provenance", "".join(_settings(group) for group in view["groups"])),
        _section("What the numbers mean, and what fools them", _definitions(view)),
    ]
    colours = {colour.name: colour for colour in (*style.THEME, *scene.colours)}.values()
    return page(title_of(view), parts, tuple(colours))


def page(title: str, parts: Sequence[str], colours: Sequence[style.Colour], sheet: str = "") -> str:
    """Put sections together to a page that needs nothing else.

    Args:
        title: of the window; is escaped.
        parts: the sections, in HTML.
        colours: those that the pictures and the sheet use, declared for light and for dark.
        sheet: more of a style sheet, after the common one.
    """
    common = files("latebloom.report").joinpath("page.css").read_text(encoding="utf-8")
    footer = f"<footer class='faint'>Written by latebloom {escape(_version())}.</footer>"
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='color-scheme' content='light dark'>"
        f"<title>{escape(title)}</title><style>{_colours(colours)}{common}{sheet}</style></head>\n"
        f"<body><main>{''.join(parts)}{footer}</main></body></html>\n"
    )


def html_fragment(view: GroupView, told: Sequence[str]) -> str:
    """Write a comparison as a piece of HTML for a notebook: what happened in words, and the runs' table."""
    words = run_table(view)
    head = "".join(f"<th>{escape(heading.strip())}</th>" for heading in words.headings)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in words.rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<ul>{_items(told)}</ul>{table if words.rows else ''}"


def _version() -> str:
    try:
        return version("latebloom")
    except PackageNotFoundError:
        return "(not installed)"


def _subtitle(view: GroupView) -> str:
    presets = sorted({run["preset"] for run in view["runs"] if run["preset"]})
    parts = [counted(len(view["runs"]), "run"), f"lab {one_line(view['lab'], 80)}"]
    return " · ".join([*parts, *(f"preset {one_line(preset, 80)}" for preset in presets[:3])])


def _tiles(view: GroupView) -> str:
    """The numbers that are read first, each with what it is of."""
    groups = view["groups"]
    of = sum(group["evaluated"] for group in groups)
    tiles = [
        _tile(f"{sum(group[name]['rate']['count'] for group in groups):,} of {of:,}", word, colour)
        for name, word, colour in (("memorised", "memorised", "train"), ("grokked_first", "grokked", "test"))
    ]
    if len(groups) == 1 and groups[0]["ratio"]["median"] is not None:
        tiles.append(
            _tile(
                f"{factor(groups[0]['ratio']['median'])}×",
                "as many steps to grok as to memorise, in the median",
                "ink",
            )
        )
    if len(groups) == 1 and groups[0]["up_time"]["median"] is not None:
        tiles.append(
            _tile(percent(groups[0]["up_time"]["median"]), "median up-time after grokking", "stable")
        )
    for name, word in (("collapsed", "collapsed"), ("diverged", "diverged")):
        count = sum(group[name] for group in groups)
        if count:
            tiles.append(_tile(str(count), word, "fallen"))
    return f"<div class='tiles'>{''.join(tiles)}</div>" if of else ""


def _tile(number: str, words: str, colour: str) -> str:
    bold = f"<b style='color:var(--{colour})'>{escape(number)}</b>"
    return f"<div class='tile'>{bold}<span>{escape(words)}</span></div>"


def _items(lines: Sequence[str]) -> str:
    return "".join(f"<li>{escape(line)}</li>" for line in lines)


def _figures(scene: Scene) -> list[str]:
    figures = {
        "accuracy": accuracy_figure(scene),
        "survival": survival_figure(scene),
        "loss": loss_figure(scene),
        "representation": representation_figure(scene),
    }
    colours = (*style.THEME, *scene.colours)
    return [
        f"<figure>{style.inline_svg(figure, name, f'Chart: {name} over optimizer steps', colours)}"
        f"<figcaption class='faint'>{escape(CAPTIONS[name])}</figcaption></figure>"
        for name, figure in figures.items()
        if figure is not None and scene.curves["runs"]
    ]


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def _table(words: Words, scene: Scene) -> str:
    """Write a table; each group has its colour beside its name."""
    colour_of = {
        brief(group): colour for group, colour in zip(scene.view["groups"], scene.colours, strict=True)
    }
    head = "".join(
        f"<th scope='col'{_class(heading, words)}>{escape(heading.strip())}</th>"
        for heading in words.headings
    )
    rows: list[str] = []
    for row in words.rows:
        cells: list[str] = []
        for heading, cell in zip(words.headings, row, strict=True):
            colour = colour_of.get(cell) if heading == "group" and not scene.single else None
            dot = f"<i class='dot' style='background:var(--{colour.name})'></i>" if colour else ""
            cells.append(f"<td{_class(heading, words)}>{dot}{escape(cell)}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    table = (
        f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
    if len(rows) <= OPEN_UP_TO:
        return table
    return f"<details><summary>{len(rows):,} rows</summary>{table}</details>"


def _class(heading: str, words: Words) -> str:
    if heading == "to be known":
        return " class='flag'"
    return "" if heading.strip() in words.texts else " class='number'"


def _settings(group: Group) -> str:
    trained = _items([environment_line(entry) for entry in group["environment"]])
    file = " with the settings below as settings.toml" if "settings.toml" in group["command"] else ""
    again = (
        f"<p>Train these runs again{file}:</p><pre><code>{escape(one_line(group['command'], 2000))}</code></pre>"
        if group["command"]
        else f"<p>{escape(WATCHED)}</p>"
    )
    return (
        f"<h3>{escape(one_line(group['label'], 200))}</h3>{again}<ul>{trained}</ul>"
        "<details><summary>all settings, as TOML</summary>"
        f"<pre><code>{escape(group['settings_toml'])}</code></pre></details>"
    )


def _definitions(view: GroupView) -> str:
    rows = "".join(
        f"<dt>{escape(word)}</dt>"
        f"<dd>{escape(meaning)}. <span class='faint'>Beware: {escape(trap)}.</span></dd>"
        for word, meaning, trap in definitions(view["criteria"])
    )
    return f"<dl>{rows}</dl>"


def _colours(colours: Sequence[style.Colour]) -> str:
    """Declare the colours, for light and for dark."""
    light = "".join(f"--{colour.name}:{colour.light};" for colour in colours)
    dark = "".join(f"--{colour.name}:{colour.dark};" for colour in colours)
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
