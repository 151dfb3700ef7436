"""A study's report as a file, and its pictures with their numbers as a folder of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from latebloom.report import style
from latebloom.report.claim_figure import claim_figure
from latebloom.report.claim_numbers import curves_csv, observed_csv
from latebloom.report.map_figure import map_figure
from latebloom.report.map_words import cells_csv, points_csv
from latebloom.report.writing import checked_place
from latebloom.store import Lab, files
from latebloom.study import Map
from latebloom.views.studies import claim_curves, in_short
from latebloom.views.study_maps import MapView, map_views

ENDINGS = (".html", ".md")


def write_study_report(
    lab: Lab,
    document: Mapping[str, Any],
    out: Path,
    figures: Path | None = None,
    maps: Sequence[Map] = (),
) -> Path:
    """Write a study's report, and its pictures where a folder is named for them; return the report's path.

    The ending decides: `.html` is one file with pictures that needs nothing else, `.md` words and tables, with links to
    the pictures in the folder.

    Raises:
        InputError: another ending, or a folder that is not there.
        LabError, ResourceError: a file cannot be written.
    """
    suffix = checked_place(out, ENDINGS)
    views = map_views(lab, document, maps)
    pictures = write_claim_figures(lab, document, figures) if figures else {}
    drawn_maps = write_map_figures(views, figures) if figures else {}
    if suffix == ".md":
        from latebloom.report.study_markdown import study_markdown

        base = out.absolute().parent
        links = {claim: _link(path, base) for claim, path in pictures.items()}
        places = {name: _link(path, base) for name, path in drawn_maps.items()}
        text = study_markdown(document, links, [(view, places.get(view["name"])) for view in views])
    else:
        from latebloom.report.study_html import study_html

        drawn = {one["claim"]: claim_figure(one, claim_curves(lab, one)) for one in document["verdicts"]}
        claims = {claim: figure for claim, figure in drawn.items() if figure is not None}
        text = study_html(document, claims, [(view, map_figure(view)) for view in views])
    files.write_atomic(out, text.encode("utf-8"))
    return out


def write_claim_figures(lab: Lab, document: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Write each claim's picture as SVG and PNG, and its numbers as CSV; return the SVGs by the claim's name.

    Beside them come `verdicts.json` and `verdicts.csv`, the whole table.

    Raises:
        LabError, ResourceError: a file cannot be written.
    """
    files.make_folder(folder)
    written: dict[str, Path] = {}
    for verdict in document["verdicts"]:
        curves = claim_curves(lab, verdict)
        figure = claim_figure(verdict, curves)
        if figure is None:
            continue
        path = folder / f"{verdict['claim']}.svg"
        files.write_atomic(path, style.svg(figure))
        files.write_atomic(path.with_suffix(".png"), style.png(figure))
        files.write_atomic(folder / f"{verdict['claim']}.csv", observed_csv(verdict).encode())
        if curves:
            files.write_atomic(
                folder / f"{verdict['claim']}-curves.csv", curves_csv(verdict, curves).encode()
            )
        written[verdict["claim"]] = path
    files.write_atomic(folder / "verdicts.json", (_json(in_short(document)) + "\n").encode())
    return written


def write_map_figures(views: Sequence[MapView], folder: Path) -> dict[str, Path]:
    """Write each map as SVG and PNG, its cells and its runs as CSV; return the SVGs by the map's name.

    Raises:
        LabError, ResourceError: a file cannot be written.
    """
    files.make_folder(folder)
    written: dict[str, Path] = {}
    for view in views:
        figure = map_figure(view)
        if figure is None:
            continue
        path = folder / f"map-{view['name']}.svg"
        files.write_atomic(path, style.svg(figure))
        files.write_atomic(path.with_suffix(".png"), style.png(figure))
        files.write_atomic(path.with_suffix(".csv"), cells_csv(view).encode())
        files.write_atomic(folder / f"map-{view['name']}-runs.csv", points_csv(view).encode())
        written[view["name"]] = path
    return written


def _json(value: Any) -> str:
    import json

    return json.dumps(value, indent=2, allow_nan=False)


def _link(path: Path, base: Path) -> str:
    import os

    return Path(os.path.relpath(path.absolute(), base)).as_posix()
