"""Files for people: reports, pictures, tables; each written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from latebloom.errors import InputError, shown
from latebloom.store import Lab, files
from latebloom.views import Member, group_members, member_curves, read_members

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REPORTS = (".html", ".md", ".png", ".svg")


def write_report(lab: Lab, ids: Iterable[str], out: Path) -> Path:
    """Write a report on these runs; return its path.

    The ending decides: `.html` is one file with pictures that needs nothing else, `.md` words and tables,
    `.png` and `.svg` the main picture alone.

    Raises:
        InputError: another ending, no runs, or a folder that is not there.
        LabError, ResourceError: the file cannot be written; what stood there still does.
    """
    suffix = checked_place(out, REPORTS)
    if suffix in (".png", ".svg"):
        return write_figure(lab, ids, out)
    members = read_members(lab, some(lab, ids))
    view = group_members(lab, members)
    if suffix == ".md":
        from latebloom.report.markdown import markdown_report

        text = markdown_report(view)
    else:
        from latebloom.report.figures import shown_numbers
        from latebloom.report.html import html_report
        from latebloom.report.scene import scene

        text = html_report(scene(view, member_curves(members, shown_numbers(_known(members)))))
    files.write_atomic(out, text.encode("utf-8"))
    return out


def write_figure(lab: Lab, ids: Iterable[str], out: Path) -> Path:
    """Write the main picture, accuracy over steps, as `.png` or `.svg`; errors as `write_report`."""
    from latebloom.report import style

    suffix = checked_place(out, (".png", ".svg"))
    figure = main_figure(lab, ids)
    files.write_atomic(out, style.png(figure) if suffix == ".png" else style.svg(figure))
    return out


def main_figure(lab: Lab, ids: Iterable[str]) -> Figure:
    """Draw the accuracies of these runs over steps, and what happened when, as a matplotlib figure.

    Raises:
        InputError: no runs.
    """
    from latebloom.report.figures import ACCURACY, PROBE_ACCURACY, accuracy_figure
    from latebloom.report.scene import scene

    members = read_members(lab, some(lab, ids))
    drawn = {number.name for number in (*ACCURACY, PROBE_ACCURACY)} & _known(members)
    curves = member_curves(members, sorted(drawn))
    return accuracy_figure(scene(group_members(lab, members), curves))


def _known(members: Sequence[Member]) -> set[str]:
    """List the names of all numbers that these runs hold."""
    return {name for member in members for look in member.stored.looks for name in look.values}


def some(lab: Lab, ids: Iterable[str]) -> list[str]:
    """Take ids, and refuse to have none."""
    found = list(ids)
    if not found:
        raise InputError(
            f"no runs to write about in {lab.path}; train some: latebloom run demo --lab {lab.path}"
        )
    return found


def checked_place(out: Path, suffixes: tuple[str, ...]) -> str:
    """Check, before anything is computed, that a file can be written there; return its ending."""
    if out.suffix.lower() not in suffixes:
        raise InputError(
            f"{shown(str(out))} ends in {shown(out.suffix)}; one of {', '.join(suffixes)} is needed"
        )
    if out.is_dir():
        raise InputError(f"{out} is a directory; name a file")
    if not out.parent.is_dir():
        raise InputError(f"there is no directory {out.parent}; make it first, or name another place")
    return out.suffix.lower()
