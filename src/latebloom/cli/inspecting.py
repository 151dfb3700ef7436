"""The verbs that look: list, show, report, export, presets. None of them loads torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from latebloom.cli.printing import print_drawn, print_json, print_text
from latebloom.cli.training import DEFAULT_LAB


def list_(*, lab: Path = DEFAULT_LAB, json: bool = False) -> int:
    """List the runs of a lab: how far each is, how well it does, what happened to it.

    ```
    latebloom list
    latebloom list --json
    ```

    Parameters
    ----------
    lab:
        The directory that holds the runs.
    json:
        Print as JSON: id, preset, status, step, accuracies, events with their steps.
    """
    from latebloom.store import Lab
    from latebloom.views import list_view

    view = list_view(Lab.open(lab))
    if json:
        print_json(view)
    else:
        from latebloom.report import terminal

        print_drawn(terminal.run_list(view))
    return 0


def show(run: str, /, *, lab: Path = DEFAULT_LAB, json: bool = False) -> int:
    """Show all of one run: its settings, its course, its newest numbers, what is stored of it.

    ```
    latebloom show addition-s3-1f3a9c02d4
    latebloom show 1f3a9c02d4
    ```

    Parameters
    ----------
    run:
        Its id, or a beginning or ending of it that only one run has.
    lab:
        The directory that holds the runs.
    json:
        Print as JSON.
    """
    from latebloom.store import Lab
    from latebloom.views import run_view

    opened = Lab.open(lab)
    view = run_view(opened, opened.resolve(run))
    if json:
        print_json(view)
    else:
        from latebloom.report import terminal

        print_drawn(terminal.run_page(view))
    return 0


def report(
    *runs: str,
    lab: Path = DEFAULT_LAB,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    json: bool = False,
) -> int:
    """Write a report with pictures of these runs, or of all: one HTML file that needs nothing else.

    ```
    latebloom report
    latebloom report --out addition.html
    latebloom report --out summary.md
    ```

    Parameters
    ----------
    runs:
        Ids, or beginnings or endings of ids that only one run has; all runs if none is given.
    lab:
        The directory that holds the runs.
    out:
        A file that ends in .html, .md, .png or .svg; `report.html` in the lab if none is given.
    json:
        Print what the report shows as JSON instead of writing a file.
    """
    from latebloom.report import write_report
    from latebloom.store import Lab
    from latebloom.views import group_view, sentences

    opened = Lab.open(lab)
    ids = [opened.resolve(run) for run in runs] or opened.run_ids()
    view = group_view(opened, ids)
    if json:
        print_json(view)
        return 0
    path = write_report(opened, ids, out or opened.path / "report.html")
    print_text("\n".join([*sentences(view), f"report: {path}"]))
    return 0


def export(*runs: str, out: Annotated[Path, Parameter(name=["--out", "-o"])], lab: Path = DEFAULT_LAB) -> int:
    """Write all numbers of these runs, or of all, as one tidy table: a row per run, step and name.

    ```
    latebloom export --out numbers.csv
    latebloom export 1f3a9c02d4 --out run.parquet
    ```

    Parameters
    ----------
    runs:
        Ids, or beginnings or endings of ids that only one run has; all runs if none is given.
    out:
        A file that ends in .csv or .parquet.
    lab:
        The directory that holds the runs.
    """
    from latebloom.report import write_table
    from latebloom.store import Lab

    opened = Lab.open(lab)
    path = write_table(opened, [opened.resolve(run) for run in runs] or opened.run_ids(), out)
    print_text(str(path))
    return 0


def presets(name: str | None = None, /, *, json: bool = False) -> int:
    """List the presets, or print one as TOML, to begin a file of one's own with.

    ```
    latebloom presets
    latebloom presets gromov > mine.toml
    ```

    Parameters
    ----------
    name:
        The preset to print.
    json:
        Print as JSON.
    """
    from latebloom import presets as shelf
    from latebloom.errors import UnknownNameError
    from latebloom.spec import parse_toml

    if name is not None and name not in shelf.names():
        raise UnknownNameError("preset", name, shelf.names())
    chosen = (name,) if name else shelf.names()
    documents = {known: parse_toml(shelf.text(known), known) for known in chosen}
    if json:
        print_json(documents)
    elif name:
        print_text(shelf.text(name).rstrip("\n"))
    else:
        width = max(map(len, documents))
        for known, document in documents.items():
            print_text(f"{known:<{width}}  {document['description']}")
    return 0
