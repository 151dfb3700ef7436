"""What every picture of a comparison needs, prepared once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latebloom.report import style
from latebloom.report.axes import StepAxis
from latebloom.report.style import Colour
from latebloom.report.tables import brief
from latebloom.views import CurvesView, GroupView, RunCurves
from latebloom.views.wording import counted, one_line

MOST_RUNS = 64  # drawn one by one; medians are over all


@dataclass(frozen=True, slots=True)
class Scene:
    """Views, the axis of steps that all pictures share, a colour per group, the runs drawn singly."""

    view: GroupView
    curves: CurvesView
    axis: StepAxis
    colours: tuple[Colour, ...]
    drawn: tuple[RunCurves, ...]

    @property
    def single(self) -> bool:
        """Whether there is one group at most, so that colours can tell train from test."""
        return len(self.view["groups"]) <= 1

    @property
    def labels(self) -> list[str]:
        """Name the groups, with their numbers of runs."""
        return [f"{plain(brief(group))} ({counted(group['n'], 'run')})" for group in self.view["groups"]]


def scene(view: GroupView, curves: CurvesView) -> Scene:
    """Prepare the pictures of a comparison, from both views of the same runs."""
    steps = [own["steps"] for run in curves["runs"] for own in run["curves"].values()]
    return Scene(
        view, curves, StepAxis.over(steps), tuple(style.palette(len(view["groups"]))), _chosen(view, curves)
    )


def _chosen(view: GroupView, curves: CurvesView) -> tuple[RunCurves, ...]:
    """Choose runs evenly over the order of their times to grok, the first and the last among them."""
    runs = curves["runs"]
    if len(runs) <= MOST_RUNS:
        return tuple(runs)
    grokked = {run["id"]: run["course"]["grokked_first"] for run in view["runs"]}
    ordered = sorted(runs, key=lambda run: (grokked[run["id"]] is None, grokked[run["id"]] or 0, run["id"]))
    places = np.unique(np.linspace(0, len(runs) - 1, MOST_RUNS).round().astype(int))
    return tuple(ordered[place] for place in places.tolist())


def plain(text: str, limit: int = 60) -> str:
    """Cut a text to what a picture can hold; a dollar sign in it is no mathematics."""
    return one_line(text, limit).replace("$", r"\$")
