"""Pictures for print of what the live view shows, drawn from the same plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latebloom.errors import InputError
from latebloom.report import layout, style
from latebloom.report.axes import StepAxis
from latebloom.report.layout import Heading
from latebloom.report.scene import plain
from latebloom.report.style import Colour
from latebloom.views.training import ThinnedBand, TrainingView
from latebloom.views.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 8
FIRST, OTHERS = 2.9, 1.9  # inches
ORIGINS = {
    "memorised": "steps since the run memorised",
    "grokked_first": "steps since the run grokked first",
}


def training_figure(view: TrainingView) -> Figure:
    """Draw a panel for each number: medians and middle halves of groups, and single runs where the view has them.

    Raises:
        InputError: there is nothing to draw.
    """
    names = [name for name in view["names"] if _drawn(view, name)][:MOST_PANELS]
    if not names:
        raise InputError(
            "there is no number of these runs to draw yet; choose others, or wait for an evaluation"
        )
    colours = style.palette(len(view["groups"]))
    labels = tuple(f"{plain(group['label'])} ({counted(group['n'], 'run')})" for group in view["groups"])
    heading = Heading(_title(view), tuple(_explained(view, names)), labels)
    axis = StepAxis.over([steps for name in names for steps in _steps(view, name)])
    with style.drawn():
        figure, stack = layout.panels([FIRST, *[OTHERS] * (len(names) - 1)], heading)
        for axes, name in zip(stack, names, strict=True):
            _panel(axes, view, name, colours, labels if axes is stack[0] else ())
            _put_steps(axes, axis, view["origin"], labelled=axes is stack[-1])
        layout.legend(figure, stack[0], heading)
    return figure


def _drawn(view: TrainingView, name: str) -> bool:
    return any(_steps(view, name))


def _steps(view: TrainingView, name: str) -> list[list[int]]:
    bands = [group["bands"][name]["steps"] for group in view["groups"] if name in group["bands"]]
    return bands + [run["curves"][name]["steps"] for run in view["runs"] if name in run["curves"]]


def _title(view: TrainingView) -> str:
    groups = f", in {counted(len(view['groups']), 'group')}" if len(view["groups"]) > 1 else ""
    return plain(f"{counted(len(view['runs']), 'run')}{groups}", 100)


def _explained(view: TrainingView, names: list[str]) -> list[str]:
    bands = [group["bands"][name] for group in view["groups"] for name in names if name in group["bands"]]
    several = any(max(band["n"], default=0) > 2 for band in bands)
    thinned = any(band["of"] > len(band["steps"]) for band in bands)
    most = max((band["of"] for band in bands), default=0)
    return [
        "thick: median" + (", shaded: middle half" if several else ""),
        "thin: each run" if any(run["curves"] for run in view["runs"]) and len(view["runs"]) > 1 else "",
        f"of {most:,} points the extremes of each stretch are drawn" if thinned else "",
        f"{len(view['names']) - len(names)} more numbers are not drawn"
        if len(names) < len(view["names"])
        else "",
    ]


def _panel(axes: Axes, view: TrainingView, name: str, colours: list[Colour], labels: tuple[str, ...]) -> None:
    alpha = float(np.clip(1.6 / max(1, len(view["runs"])) ** 0.55, 0.16, 0.5))
    for run in view["runs"]:
        if name in run["curves"] and len(view["runs"]) > 1:
            curve = run["curves"][name]
            values = np.array(curve["values"], dtype=np.float64)
            axes.plot(curve["steps"], values, color=colours[run["group"]].light, linewidth=0.8, alpha=alpha)
    for place, group in enumerate(view["groups"]):
        if name in group["bands"]:
            _band(axes, group["bands"][name], colours[place], labels[place] if labels else "")
    axes.set_ylabel(plain(name, 40))
    if name.endswith("accuracy"):
        axes.set_ylim(-0.03, 1.04)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")


def _band(axes: Axes, band: ThinnedBand, colour: Colour, label: str) -> None:
    steps = np.array(band["steps"])
    median, low, high = (np.array(band[key], dtype=np.float64) for key in ("median", "low", "high"))
    if max(band["n"], default=0) > 2:
        axes.fill_between(steps, low, high, color=colour.light, alpha=0.14, linewidth=0)
    axes.plot(steps, median, color=colour.light, linewidth=2.0, label=label or None)


def _put_steps(axes: Axes, axis: StepAxis, origin: str, *, labelled: bool) -> None:
    if origin == "step":
        axis.put_on(axes, labelled=labelled)
        return
    axes.axvline(0, color=style.FAINT.light, linewidth=0.9, linestyle=(0, (1, 3)))
    axes.tick_params(axis="x", labelbottom=labelled)
    if labelled:
        axes.set_xlabel(ORIGINS[origin])
