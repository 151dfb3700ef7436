"""Activations: before and after a LayerNorm, and of networks that grok."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from drawing import canvas
from drawing.trained import Trained
from latebloom.measures import activation_statistics
from latebloom.report.style import GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from drawing.replay import Moment, Replay

FEATURES = 64
L2, STD, MAX, SPARSE = (colour.light for colour in GROUPS[:4])


def draw(trained: Trained) -> Figure:
    """Draw a scaled cloud, sizes over steps, and sparsity over steps."""
    figure, (left, sizes, sparsity) = canvas.panels([1.0, 1.15, 0.85])
    _oracle(left)
    courses = canvas.follow(trained.demo, _measure)
    _sizes(sizes, courses)
    _sparsity(sparsity, courses)
    canvas.foot(figure)
    return figure


def _oracle(axes: Axes) -> None:
    raw = torch.randn(300, FEATURES, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    scales = torch.logspace(-1, 1, 9, dtype=torch.float64)
    before = [_sizes_of(raw * scale) for scale in scales]
    after = [_sizes_of(torch.nn.functional.layer_norm(raw * scale, (FEATURES,), eps=0.0)) for scale in scales]
    canvas.known(axes, scales, scales)
    canvas.known(axes, scales, torch.ones_like(scales), "_same")
    for name, found, mark in (("before", before, "o"), ("after", after, "s")):
        for key, colour, size in (("L2 / √64", L2, 7), ("std", STD, 3.5)):
            values = [one[key] for one in found]
            axes.plot(
                scales, values, mark, color=colour, markersize=size, label=f"{key}, {name}", fillstyle="none"
            )
    axes.set(xscale="log", yscale="log", xlabel="scale of what comes in", ylabel="units of the activations")
    axes.legend(loc="upper left", fontsize=8)
    canvas.say(
        axes,
        "After a LayerNorm both sizes are 1, whatever came in",
        "normal noise of known scale, 300 samples of 64 features, before and after a LayerNorm",
    )


def _sizes_of(points: Tensor) -> dict[str, float]:
    found = activation_statistics(points)
    return {"L2 / √64": found["activation_l2"].item() / FEATURES**0.5, "std": found["activation_std"].item()}


def _measure(replay: Replay, moment: Moment) -> Mapping[str, float]:
    points = moment.sites["final"][replay.test]
    found = activation_statistics(points)
    return {name: value.item() for name, value in found.items()} | _sizes_of(points)


def _sizes(axes: Axes, courses: Mapping[str, list[canvas.Course]]) -> None:
    for name, key, colour in (
        ("largest", "activation_max", MAX),
        ("L2 / √64", "L2 / √64", L2),
        ("std", "std", STD),
    ):
        canvas.draw_courses(axes, courses[key], colour, name)
    axes.set(yscale="log", ylabel="units of the activations")
    axes.legend(loc="lower right")
    canvas.over_steps(axes, courses["std"])
    start, early, end = (canvas.middle(courses["std"], step) for step in (0, 100, None))
    canvas.say(
        axes,
        f"std rises from {start:.2f} to {early:.2f} in 100 steps, and is {end:.2f} at the end",
        "hidden units of the preset demo, four runs, test pairs",
    )


def _sparsity(axes: Axes, courses: Mapping[str, list[canvas.Course]]) -> None:
    sparse = courses["activation_sparsity"]
    canvas.draw_courses(axes, sparse, SPARSE, "")
    axes.set(ylim=(0, 1), ylabel="share of |x| < 0.1")
    canvas.over_steps(axes, sparse)
    start, end = canvas.middle(sparse, 0), canvas.middle(sparse)
    canvas.say(
        axes,
        f"Silent: {start:.0%} untrained, {end:.0%} at the end",
        "the same runs; a ReLU silences half by itself",
    )
