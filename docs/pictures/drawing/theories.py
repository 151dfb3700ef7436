"""Theories: where the softmax collapses by rounding, and what networks do with and without weight decay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from drawing import canvas
from drawing.trained import Trained
from latebloom.measures import gradient_weight_alignment, relative_weight_norm, softmax_collapse
from latebloom.report.style import FAINT, GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from drawing.replay import Moment, Replay

CLASSES = 31
PRECISIONS = (torch.bfloat16, torch.float32, torch.float64)
KINDS = (("weight decay 1", GROUPS[0].light), ("none", GROUPS[1].light))


def draw(trained: Trained) -> Figure:
    """Draw the collapse by precision, and three quantities over steps."""
    figure, axes = canvas.panels([1.0, 1.0], rows=2, height=6.6)
    oracle, collapse, alignment, norm = axes
    _oracle(oracle)
    found = [canvas.follow(runs, _measure) for runs in (trained.demo, trained.without_decay)]
    _quantity(collapse, "collapse", "softmax_collapse (share)", found)
    ends = [canvas.middle(one["collapse"]) for one in found]
    canvas.say(
        collapse,
        f"At the end it has collapsed on {ends[0]:.0%} of the training pairs, without decay on {ends[1]:.0%}",
        f"preset demo, four seeds each, float32; {_grokked(trained)}",
    )
    _quantity(alignment, "alignment", "gradient_weight_alignment (cosine)", found)
    cosines = [canvas.middle(one["alignment"]) for one in found]
    canvas.say(
        alignment,
        f"Descent points along the weights: cosine {cosines[0]:.2f} at the end, without decay {cosines[1]:.2f}",
        "the same runs, all training pairs",
    )
    _quantity(norm, "norm", "relative_weight_norm", found)
    norms = [canvas.middle(one["norm"]) for one in found]
    canvas.say(
        norm,
        f"Weights are {norms[0]:.2f} times as long as at the start; without decay {norms[1]:.1f} times",
        "the same runs",
    )
    canvas.foot(figure)
    return figure


def _oracle(axes: Axes) -> None:
    gaps = torch.arange(0.0, 46.0, 0.5, dtype=torch.float64)
    for precision, colour in zip(PRECISIONS, GROUPS, strict=False):
        edge = math.log((CLASSES - 1) * 2 / torch.finfo(precision).eps)
        axes.axvline(edge, color=FAINT.light, linewidth=4.5, alpha=0.35)
        share = [softmax_collapse(_logits(gap.item()), precision).item() for gap in gaps]
        axes.plot(gaps, share, color=colour.light, linewidth=1.4, label=str(precision).removeprefix("torch."))
    axes.lines[0].set_label("known")
    axes.set(xlabel="largest logit less the others", ylabel="softmax_collapse (share)")
    axes.legend(loc="center left", fontsize=8)
    canvas.say(
        axes,
        "The softmax collapses where the other classes round away",
        f"{CLASSES} classes, all but one alike; known: log((classes - 1) · 2 / epsilon)",
    )


def _logits(gap: float) -> torch.Tensor:
    logits = torch.zeros(4, CLASSES, dtype=torch.float64)
    logits[:, 0] = gap
    return logits


def _measure(replay: Replay, moment: Moment) -> Mapping[str, float]:
    gradient, parameters = replay.gradient(moment), moment.parameters
    return {
        "collapse": softmax_collapse(moment.logits[replay.train]).item(),
        "alignment": gradient_weight_alignment(gradient, parameters).item(),
        "norm": relative_weight_norm(parameters, replay.at(0).parameters).item(),
    }


def _quantity(axes: Axes, name: str, label: str, found: list[dict[str, list[canvas.Course]]]) -> None:
    for (kind, colour), courses in zip(KINDS, found, strict=True):
        canvas.draw_courses(axes, courses[name], colour, kind)
    axes.set_ylabel(label)
    axes.legend(loc="upper left", fontsize=8)
    canvas.over_steps(axes, found[0][name])


def _grokked(trained: Trained) -> str:
    counts = [
        sum(run.course["grokked_first"] is not None for run in runs)
        for runs in (trained.demo, trained.without_decay)
    ]
    return f"{counts[0]} grok with decay, {counts[1]} without"
