"""What all pictures share: panels with a sentence above, curves over steps, and what happened on them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latebloom import Run, Runs
from latebloom.report.axes import StepAxis, thinned
from latebloom.report.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from drawing.replay import Moment, Replay

WIDTH, HEIGHT = 10.0, 3.9  # inches of a picture with one row of panels
LETTER, SMALL_LETTER = 0.083, 0.061  # inches of a letter in a title and below it, on average
WIDER = 1.17
"""Panels become about so much wider once they are laid out."""
LINES = 4
"""Above each panel: of the title and of what explains it."""
COLUMNS = 60
"""Of a curve, the lowest and highest value in each of so many columns are drawn."""
MARKS = 40
"""So many of a run's snapshots are measured for a curve."""
DOTS = "Dots on the curves: where a run memorised (hollow), and where its test accuracy reached 90% (filled)."


@dataclass(frozen=True)
class Course:
    """A number of one run over its steps."""

    run: Run
    steps: Sequence[int]
    values: Sequence[float]


def panels(
    widths: Sequence[float], *, rows: int = 1, height: float = HEIGHT, heights: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    """Make a figure of panels, row by row, columns of these relative widths."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08))
    FigureCanvasAgg(figure)
    shape = {"width_ratios": widths, "height_ratios": heights or [1.0] * rows}
    grid = figure.subplots(rows, len(widths), squeeze=False, gridspec_kw=shape)
    return figure, list(grid.flat)


def say(axes: Axes, sentence: str, detail: str = "") -> None:
    """Write above a panel what is seen in it, and smaller what it is drawn from: four lines in all."""
    width = WIDER * WIDTH * axes.get_position(original=True).width
    title = textwrap.wrap(sentence, int(width / LETTER))
    below = textwrap.wrap(detail, int(width / SMALL_LETTER))
    below += [""] * (LINES - len(title) - len(below))  # so that all titles of a row begin at one height
    place = {"transform": axes.transAxes, "va": "bottom"}
    axes.text(0.0, 1.02, "\n".join(below), fontsize=8, color=FAINT.light, **place)
    axes.set_title("\n".join(title), fontsize=10, color=INK.light, pad=7 + 10.5 * len(below))


def follow(
    runs: Iterable[Run],
    measure: Callable[[Replay, Moment], Mapping[str, float]],
    *,
    marks: int = MARKS,
) -> dict[str, list[Course]]:
    """Measure each run at its snapshots; give by name a course per run."""
    from drawing.replay import Replay

    courses: dict[str, list[Course]] = {}
    for run in runs:
        replay = Replay(run)
        chosen = spread(replay.steps, marks)
        rows = [measure(replay, replay.at(step)) for step in chosen]
        for name in rows[0]:
            courses.setdefault(name, []).append(Course(run, chosen, [row[name] for row in rows]))
    return courses


def spread(steps: Sequence[int], marks: int) -> list[int]:
    """Choose of rising steps about so many, evenly on a logarithmic axis, the first and the last among them."""
    wanted = np.geomspace(1, len(steps), marks).round().astype(int) - 1
    return [steps[place] for place in np.unique(wanted)]


def stored(runs: Runs, name: str) -> list[Course]:
    """Give the course of a number that was recorded while training."""
    frame = runs.frame(wide=True)
    own = [(run, frame[frame["run"] == run.id]) for run in runs]
    return [Course(run, table["step"].tolist(), table[name].tolist()) for run, table in own]


def draw_courses(
    axes: Axes, courses: Sequence[Course], colour: str, label: str, *, linestyle: str = "-", dots: bool = True
) -> None:
    """Draw a curve per run, with dots where it memorised and where it grokked."""
    layout = StepAxis.over([course.steps for course in courses])
    for place, course in enumerate(courses):
        steps, values = np.array(course.steps), np.array(course.values)
        shown = thinned(layout, steps, values, COLUMNS)
        axes.plot(
            steps[shown],
            values[shown],
            color=colour,
            linewidth=1.1,
            linestyle=linestyle,
            label=None if place else label,
        )
    if dots:
        _mark(axes, courses, "memorised", colour, "white")
        _mark(axes, courses, "grokked_first", colour, colour)


def _mark(axes: Axes, courses: Sequence[Course], event: str, colour: str, face: str) -> None:
    """Put a dot on each curve where something happened."""
    happened = [(course, course.run.course[event]) for course in courses]
    there = [(course, step) for course, step in happened if step is not None]
    heights = [np.interp(step, course.steps, course.values) for course, step in there]
    steps = [step for _, step in there]
    axes.plot(steps, heights, "o", markersize=4.5, markeredgecolor=colour, markerfacecolor=face, zorder=3)


def over_steps(axes: Axes, courses: Sequence[Course]) -> None:
    """Give a panel an axis of steps, logarithmic where they span much."""
    from matplotlib.ticker import FixedLocator

    layout = StepAxis.over([course.steps for course in courses])
    layout.put_on(axes)
    axes.set_xlabel("optimizer step")
    if layout.logarithmic:
        decades = [10**power for power in range(1, 9) if 2 * layout.first <= 10**power <= layout.last]
        axes.xaxis.set_major_locator(FixedLocator([0, layout.first, *decades]))


def foot(figure: Figure, text: str = DOTS) -> None:
    """Write under all panels what holds for them."""
    figure.supxlabel(text, x=0.012, ha="left", fontsize=8, color=FAINT.light)


def known(axes: Axes, x: ArrayLike, y: ArrayLike, label: str = "known") -> None:
    """Draw a curve that is known without measuring."""
    axes.plot(x, y, color=FAINT.light, linewidth=4.5, alpha=0.35, label=label, zorder=1)


def middle(courses: Iterable[Course], step: int | None = None) -> float:
    """Compute the median over the runs, at a step or at the last."""
    values = [
        course.values[-1] if step is None else np.interp(step, course.steps, course.values)
        for course in courses
    ]
    return float(np.median(values))
