"""Dimension: of a sheet that is rolled up, and of the activations of networks that grok."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from drawing import canvas
from drawing.trained import Trained
from latebloom.measures import linear_dimensions, twonn_dimension
from latebloom.report.style import GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from drawing.replay import Moment, Replay

NAMES = {
    "pca_dimension_95": ("directions for 95% of variance", GROUPS[0].light),
    "participation_ratio": ("participation ratio", GROUPS[2].light),
    "twonn_dimension": ("TwoNN", GROUPS[1].light),
}
SHOWN_TURNS = 1.5


def draw(trained: Trained) -> Figure:
    """Draw the sheet, its dimensions, and those of the runs."""
    figure, (cloud, oracle, runs) = canvas.panels([0.75, 1.0, 1.25])
    _cloud(cloud)
    _oracle(oracle)
    _runs(runs, trained)
    canvas.foot(figure)
    return figure


def _sheet(turns: float, samples: int = 1500) -> Tensor:
    """Roll up a sheet of length 3 and width 2 by so many turns, a little outwards so that it misses itself."""
    drawn = torch.rand(samples, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    angle = 2 * math.pi * max(turns, 1e-3) * drawn[:, 0]
    radius = 3.0 / (2 * math.pi * max(turns, 1e-3)) * (1.0 + angle / (2 * math.pi))
    return torch.stack([radius * angle.sin(), radius * angle.cos(), 2.0 * drawn[:, 1]], dim=-1)


def _measured(points: Tensor) -> dict[str, float]:
    found = linear_dimensions(points) | twonn_dimension(points)
    return {name: found[name].item() for name in NAMES}


def _cloud(axes: Axes) -> None:
    points = _sheet(SHOWN_TURNS, samples=400)
    order = points[:, :2].norm(dim=-1)  # grows along the sheet
    axes.scatter(points[:, 0], points[:, 1], c=order, cmap="viridis", s=7, linewidths=0, rasterized=True)
    axes.set(aspect="equal", xlabel="x", ylabel="y")
    axes.set_anchor("N")
    canvas.say(
        axes, f"A flat sheet, {SHOWN_TURNS:g} turns rolled", "seen from its edge; z runs into the page"
    )


def _oracle(axes: Axes) -> None:
    turns = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.25, 1.5]
    rows = [_measured(_sheet(turn)) for turn in turns]
    canvas.known(axes, [turns[0], turns[-1]], [2.0, 2.0], "the sheet's own dimension")
    for name, (label, colour) in NAMES.items():
        axes.plot(turns, [row[name] for row in rows], "o-", markersize=3.5, color=colour, label=label)
    axes.set(ylim=(0, 3.3), xlabel="turns of the roll", ylabel="dimension")
    axes.legend(loc="lower right", fontsize=8)
    canvas.say(
        axes,
        "Rolling adds a flat direction, but no dimension of its own",
        "1,500 points of the sheet in three coordinates",
    )


def _runs(axes: Axes, trained: Trained) -> None:
    courses = canvas.follow(trained.demo, _of_run)
    for name, (label, colour) in NAMES.items():
        canvas.draw_courses(axes, courses[name], colour, label)
    axes.set(ylabel="dimension")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right", fontsize=8)
    canvas.over_steps(axes, courses["twonn_dimension"])
    start, end = (canvas.middle(courses["twonn_dimension"], step) for step in (0, None))
    word = "rises" if end > 1.1 * start else "falls" if end < start / 1.1 else "goes"
    canvas.say(
        axes,
        f"While networks grok, TwoNN {word} from {start:.0f} to {end:.0f}",
        "hidden units of the preset demo, four runs, test pairs",
    )


def _of_run(replay: Replay, moment: Moment) -> Mapping[str, float]:
    return _measured(moment.sites["final"][replay.test])
