"""The strip above the accuracies: when each run memorised, grokked, grokked stably, fell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latebloom.report.scene import Scene, plain
from latebloom.report.style import FAINT, FALLEN, GROUND, INK, STABLE, TEST, TRAIN, Colour
from latebloom.views import Group, GroupRun
from latebloom.views.wording import factor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 12
ROOM = 0.2  # of the axis, that an arrow with words on it needs
LEGEND = "open circle: memorised, full: grokked, cross: fell, triangle: last seen without"
Steps = Callable[[GroupRun], list[int]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of marks: at the steps that `steps` finds in each of the runs."""

    label: str
    colour: Colour
    marker: str
    steps: Steps
    runs: tuple[GroupRun, ...]
    filled: bool = True


def rows(scene: Scene) -> list[list[Row]]:
    """Lay the strip out: a line per event for one group, a line per group for several, none for very many."""
    if scene.single:
        memorised, grokked, stable, fell, censored = _kinds(tuple(scene.view["runs"]), None)
        found = [[memorised], [grokked, censored], [stable], [fell]]
        return [line for line in found if any(row.steps(run) for row in line for run in row.runs)]
    groups = scene.view["groups"]
    if len(groups) > MOST_ROWS:
        return []
    return [
        _kinds(tuple(run for run in scene.view["runs"] if run["group"] == index), scene.colours[index])
        for index in range(len(groups))
    ]


def _kinds(runs: tuple[GroupRun, ...], colour: Colour | None) -> list[Row]:
    """The marks of some runs, in the colours of the events, or all in the group's."""
    return [
        Row("memorised", colour or TRAIN, "o", _first("memorised"), runs, filled=colour is None),
        Row("grokked", colour or TEST, "o", _first("grokked_first"), runs),
        Row("stable", colour or STABLE, "D" if colour is None else "", _first("grokked_stable"), runs),
        Row("fell", colour or FALLEN, "x", _falls, runs),
        Row("not grokked", colour or TEST, ">", _censored, runs, filled=False),
    ]


def _first(name: str) -> Steps:
    return lambda run: [] if run["course"][name] is None else [run["course"][name]]


def _falls(run: GroupRun) -> list[int]:
    return [event["step"] for event in run["events"] if event["name"] == "collapsed"]


def _censored(run: GroupRun) -> list[int]:
    course = run["course"]
    return (
        [course["last_step"]] if course["grokked_first"] is None and course["last_step"] is not None else []
    )


def draw(scene: Scene, axes: Axes, lines: list[list[Row]]) -> None:
    """Draw the strip: the first line on top."""
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    names = (
        [line[0].label for line in lines]
        if scene.single
        else [_values(group) for group in scene.view["groups"]]
    )
    axes.set_yticks(range(len(lines)), names, color=INK.light)
    for height, line in enumerate(lines):
        axes.axhline(height, color=FAINT.light, linewidth=0.5, alpha=0.35, zorder=0)
        for row in line:
            _marks(axes, height, row)
    if scene.single:
        _delay(scene, axes, names)


def _values(group: Group) -> str:
    """Name a group by the values alone; the legend has the whole."""
    return plain(", ".join(str(value) for value in group["differs"].values()), 14)


def _marks(axes: Axes, height: int, row: Row) -> None:
    steps = [step for run in row.runs for step in row.steps(run)]
    if not steps or not row.marker:
        return
    inside = row.colour.light if row.filled else GROUND.light
    axes.plot(
        steps, np.full(len(steps), height), linestyle="", marker=row.marker,
        markersize=4.2 if row.marker == "D" else 5.5, alpha=0.85 if len(steps) < 30 else 0.55,
        color=row.colour.light, markerfacecolor=inside, markeredgewidth=1.3, clip_on=False,
    )  # fmt: skip


def _delay(scene: Scene, axes: Axes, names: list[str]) -> None:
    """Span the way from the median step of memorising to that of grokking; say how many times as far."""
    groups = scene.view["groups"]
    if not groups or not {"memorised", "grokked"} <= set(names):
        return
    begin, end = (groups[0][name]["times"]["median"] for name in ("memorised", "grokked_first"))
    ratio = groups[0]["ratio"]["median"]
    if begin is None or end is None or ratio is None:
        return
    places = scene.axis.position(np.array([begin, end]))
    if places[1] - places[0] < ROOM:
        return
    height = names.index("memorised")
    axes.annotate(
        "",
        (end, height),
        (begin, height),
        arrowprops={"arrowstyle": "->", "color": FAINT.light, "shrinkA": 6},
    )
    middle = float(np.sqrt(begin * end)) if scene.axis.logarithmic else (begin + end) / 2
    axes.annotate(
        f"{factor(ratio)} × the steps", (middle, height), (0, 0), textcoords="offset points",
        ha="center", va="center",
        fontsize=9, fontweight="bold", color=INK.light,
        bbox={"facecolor": GROUND.light, "edgecolor": "none", "pad": 2},
    )  # fmt: skip
