"""Gradients: some that turn by a known angle, and those of networks that grok."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from drawing import canvas
from drawing.canvas import Course
from drawing.trained import Trained
from latebloom.measures import gradient_cosine_similarity, gradient_norm
from latebloom.report.style import FAINT, TEST, TRAIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from drawing.replay import Replay
    from latebloom import Runs

WINDOW = 5


def draw(trained: Trained) -> Figure:
    """Draw turning gradients, and norm and cosine over steps."""
    figure, (oracle, norms, cosines) = canvas.panels([1.0, 1.0, 1.0])
    _oracle(oracle)
    followed = _followed(trained.demo)
    _norms(norms, followed[0])
    _cosines(cosines, followed[1])
    canvas.foot(figure)
    return figure


def _oracle(axes: Axes) -> None:
    turns = torch.arange(0.0, 181.0, 12.0, dtype=torch.float64)
    fine = torch.linspace(0.0, 180.0, 181, dtype=torch.float64)
    apart = torch.arange(1, WINDOW)
    pairs = (WINDOW - apart).double() * torch.cos(torch.deg2rad(fine)[:, None] * apart)
    canvas.known(axes, fine, pairs.sum(-1) / (WINDOW * (WINDOW - 1) / 2))
    found = [gradient_cosine_similarity(_turning(turn)).item() for turn in turns]
    axes.plot(turns, found, "o", color=TEST.light, markersize=4, label="measured")
    axes.axhline(-1 / (WINDOW - 1), color=FAINT.light, linestyle=":", linewidth=1)
    axes.set(xlabel="angle from each gradient to the next (degrees)", ylabel="gradient_cosine_similarity")
    axes.set_xticks([0, 45, 90, 135, 180])
    axes.legend(loc="upper right")
    canvas.say(
        axes,
        "Gradients that turn have the mean cosine that the angle says",
        f"{WINDOW} gradients in a plane; dotted: the least there can be, -1/{WINDOW - 1}",
    )


def _turning(degrees: Tensor) -> Tensor:
    angle = torch.deg2rad(degrees) * torch.arange(WINDOW)
    return torch.stack([angle.cos(), angle.sin()], dim=-1)  # (evaluation, parameter)


def _followed(runs: Runs) -> tuple[list[Course], list[Course]]:
    """Give the courses of norm and cosine, the latter from the second snapshot on."""
    from drawing.replay import Replay

    norms, cosines = [], []
    for run in runs:
        replay = Replay(run)
        rows = _gradients(replay)  # (evaluation, parameter)
        norms.append(Course(run, replay.steps, gradient_norm(rows).tolist()))
        ends = range(2, len(rows) + 1)
        values = [gradient_cosine_similarity(rows[max(0, end - WINDOW) : end]).item() for end in ends]
        cosines.append(Course(run, replay.steps[1:], values))
    return norms, cosines


def _gradients(replay: Replay) -> Tensor:
    return torch.stack([replay.gradient(replay.at(step)) for step in replay.steps])


def _norms(axes: Axes, courses: list[Course]) -> None:
    canvas.draw_courses(axes, courses, TRAIN.light, "")
    axes.set(yscale="log", ylabel="gradient_norm (loss per unit of weight)")
    canvas.over_steps(axes, courses)
    start, end = canvas.middle(courses, 0), canvas.middle(courses)
    canvas.say(
        axes,
        f"The gradient shrinks from {start:.1f} to {end:.0e}",
        "preset demo, four runs, over all training pairs",
    )


def _cosines(axes: Axes, courses: list[Course]) -> None:
    canvas.draw_courses(axes, courses, TRAIN.light, "")
    axes.axhline(0.0, color=FAINT.light, linewidth=1)
    axes.axhline(-1 / (WINDOW - 1), color=FAINT.light, linestyle=":", linewidth=1)
    axes.set(ylabel="gradient_cosine_similarity", ylim=(-0.32, 1.05))
    canvas.over_steps(axes, courses)
    spacing = courses[0].steps[0]
    canvas.say(
        axes,
        f"The last {WINDOW} gradients, {spacing} steps apart: cosine {canvas.middle(courses):.2f} at the end",
        "the same runs and gradients; dotted: the least there can be",
    )
