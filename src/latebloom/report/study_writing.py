"""A study's report as a file, and its pictures with their numbers as a folder of files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latebloom.report import style
from latebloom.report.claim_figure import claim_figure
from latebloom.report.claim_numbers import curves_csv, observed_csv
from latebloom.report.writing import checked_place
from latebloom.store import Lab, files
from latebloom.views.studies import claim_curves, in_short

ENDINGS = (".html", ".md")


def write_study_report(lab: Lab, document: Mapping[str, Any], out: Path, figures: Path | None = None) -> Path:
    """Write a study's report, and its pictures where a folder is named for them; return the report's path.

    The ending decides: `.html` is one file with pictures that needs nothing else, `.md` words and tables, with links to
    the pictures in the folder.

    Raises:
        InputError: another ending, or a folder that is not there.
        LabError, ResourceError: a file cannot be written.
    """
    suffix = checked_place(out, ENDINGS)
    pictures = write_claim_figures(lab, document, figures) if figures else {}
    if suffix == ".md":
        from latebloom.report.study_markdown import study_markdown

        base = out.absolute().parent
        links = {claim: _link(path, base) for claim, path in pictures.items()}
        text = study_markdown(document, links)
    else:
        from latebloom.report.study_html import study_html

        drawn = {one["claim"]: claim_figure(one, claim_curves(lab, one)) for one in document["verdicts"]}
        text = study_html(document, {claim: figure for claim, figure in drawn.items() if figure is not None})
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


def _json(value: Any) -> str:
    import json

    return json.dumps(value, indent=2, allow_nan=False)


def _link(path: Path, base: Path) -> str:
    import os

    return Path(os.path.relpath(path.absolute(), base)).as_posix()
