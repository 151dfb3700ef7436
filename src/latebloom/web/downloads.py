"""What a page lets one keep: tables of the lab's own numbers, and pictures for print of what it shows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from latebloom.errors import InputError
from latebloom.report.map_words import cells_csv
from latebloom.report.tidy import curves_csv, events_csv, summary_csv
from latebloom.views.live_runs import runs_view
from latebloom.views.studies import claim_curves
from latebloom.views.training import training_view
from latebloom.web.answers import Body
from latebloom.web.asking import Asking
from latebloom.web.context import Context
from latebloom.web.places import Place
from latebloom.web.studying import asked_map, asked_study
from latebloom.web.viewing import chosen_runs, cut_of, every_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CSV, SVG, PNG = "text/csv", "image/svg+xml", "image/png"
DRAWING = threading.Lock()  # matplotlib's settings are the process's own


def curves(context: Context, asking: Asking) -> Body:
    """Give every recorded number of runs, of these names or of all, as a table."""
    return Body(curves_csv(chosen_runs(context, asking), asking.words("names")), CSV, "curves.csv")


def events(context: Context, asking: Asking) -> Body:
    """Give what happened to runs, as a table."""
    return Body(events_csv(chosen_runs(context, asking)), CSV, "events.csv")


def summary(context: Context, asking: Asking) -> Body:
    """Give a row for each run, as a table."""
    return Body(summary_csv(runs_view(every_run(context, asking))), CSV, "summary.csv")


def map_cells(context: Context, asking: Asking) -> Body:
    """Give a row for each cell of a study's map, as a table."""
    return Body(cells_csv(asked_map(context, asking)).encode(), CSV, "map.csv")


def training_picture(context: Context, asking: Asking) -> Figure:
    """Draw the curves that the same query shows."""
    from latebloom.report.live_figures import training_figure

    cut, names = cut_of(asking), asking.words("names")
    return training_figure(training_view(chosen_runs(context, asking), names, cut))


def claim_picture(context: Context, asking: Asking) -> Figure:
    """Draw one claim of a study: what was seen of each run, its interval, and the curves that it wants drawn."""
    from latebloom.report.claim_figure import claim_figure

    verdicts = {verdict["claim"]: verdict for verdict in asked_study(context, asking)["verdicts"]}
    verdict = verdicts[asking.choice("claim", list(verdicts), next(iter(verdicts), ""))]
    figure = claim_figure(verdict, claim_curves(context.lab, verdict))
    if figure is None:
        raise InputError(f"nothing was seen yet of {verdict['claim']}, so there is nothing to draw")
    return figure


def map_picture(context: Context, asking: Asking) -> Figure:
    """Draw one map of a study: a cell for each pair of settings, hatched where runs are censored."""
    from latebloom.report.map_figure import map_figure

    view = asked_map(context, asking)
    figure = map_figure(view)
    if figure is None:
        raise InputError(f"nothing can be drawn of map {view['name']}: {view['problem'] or 'it has no run'}")
    return figure


PICTURES: Mapping[str, tuple[Callable[[Context, Asking], Figure], tuple[str, ...]]] = {
    "training": (training_picture, ("runs", "names", "points", "from", "to", "origin", "members")),
    "claim": (claim_picture, ("name", "scale", "claim")),
    "map": (map_picture, ("name", "scale", "map")),
}
"""What draws each picture, and the fields that it reads."""


def _picture(name: str, kind: str) -> Callable[[Context, Asking], Body]:
    draw, _ = PICTURES[name]

    def picture(context: Context, asking: Asking) -> Body:
        from latebloom.report import style

        with DRAWING:
            figure = draw(context, asking)
            data = style.svg(figure) if kind == SVG else style.png(figure)
        return Body(data, kind, f"{name}.{'svg' if kind == SVG else 'png'}")

    return picture


PLACES = (
    Place(
        "/api/download/curves.csv",
        "file",
        curves,
        "Each recorded number in a row.",
        ("runs", "names"),
        kinds=(CSV,),
    ),
    Place("/api/download/events.csv", "file", events, "What happened, a row each.", ("runs",), kinds=(CSV,)),
    Place("/api/download/summary.csv", "file", summary, "Every run, a row each.", ("runs",), kinds=(CSV,)),
    Place(
        "/api/download/map.csv",
        "file",
        map_cells,
        "Each cell of a study's map, a row each.",
        ("name", "scale", "map"),
        kinds=(CSV,),
    ),
    *(
        Place(
            f"/api/picture/{name}.{ending}",
            "file",
            _picture(name, kind),
            f"What {name} shows, for print.",
            fields,
            kinds=(kind,),
        )
        for name, (_, fields) in PICTURES.items()
        for ending, kind in (("svg", SVG), ("png", PNG))
    ),
)
