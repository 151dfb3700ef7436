"""Stages: of curves made by hand, whose stages are known, and of networks that grok."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from drawing import canvas
from drawing.replay import Replay
from drawing.trained import Trained
from latebloom.measures import (
    accuracy,
    gradient_cosine_similarity,
    gradient_norm,
    stages,
    weight_change,
    weight_norm,
)
from latebloom.report.style import FAINT, GROUPS, LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from latebloom import Run

HIDDEN = "hidden.weight"
WINDOW = 5
NAMES = {1: "1 lazy", 2: "2 independent", 3: "3 interactive", 0: "0 undetermined"}
COLOURS = {1: GROUPS[5].light, 2: GROUPS[4].light, 3: GROUPS[2].light, 0: LINE.light}


class Curves(NamedTuple):
    """What `stages` judges from, each (evaluation), in its order of arguments."""

    hidden_change: Tensor
    training_accuracy: Tensor
    gradient_cosine: Tensor
    hidden_norm: Tensor
    gradient_size: Tensor


SHOWN = {
    "hidden_change": ("hidden change / 0.001", 1e-3, GROUPS[0].light),
    "training_accuracy": ("training accuracy / 0.95", 0.95, GROUPS[1].light),
    "gradient_cosine": ("gradient cosine / 0.6", 0.6, GROUPS[3].light),
    "gradient_size": ("gradient size / 0.1", 0.1, GROUPS[6].light),
}
"""The curves that are drawn, each over the threshold that it is held against."""


def draw(trained: Trained) -> Figure:
    """Draw strips of stages, and below them the curves that they are judged from."""
    figure, axes = canvas.panels([1.0, 1.2], rows=2, height=6.0, heights=[0.7, 1.0])
    strip, strips, made, curves = axes
    hand = _by_hand()
    steps = list(range(len(hand.hidden_norm)))
    _strip(strip, [steps], [hand], ["by hand"])
    canvas.say(
        strip,
        "Curves made by hand pass through the three stages",
        "then they stand still, which is lazy again",
    )
    _draw_curves(made, steps, hand)
    made.set_xlabel("evaluation")
    _runs(strips, curves, trained)
    _legend(figure)
    return figure


def _by_hand() -> Curves:
    """Make 40 evaluations: 10 lazy, 10 independent, 10 interactive, 10 at rest."""
    part = torch.ones(10, dtype=torch.float64)
    rise = torch.linspace(0.1, 0.9, 10, dtype=torch.float64)
    return Curves(
        hidden_change=torch.cat([5e-4 * part, 0.3 * part, 0.2 * part, 2e-4 * part]),
        training_accuracy=torch.cat([0.05 * part, rise, part, part]),
        gradient_cosine=torch.cat([0.1 * part, 0.85 * part, 0.05 * part, 0.05 * part]),
        hidden_norm=torch.cat([6.0 * part, 7.0 + torch.arange(10), 27.0 * part, 27.0 * part]),
        gradient_size=torch.cat([0.5 * part, 2.0 * part, 0.3 * part, 0.03 * part]),
    )


def _runs(strips: Axes, curves: Axes, trained: Trained) -> None:
    runs = [*trained.demo, *trained.three_stages]
    replays = [Replay(run) for run in runs]
    found = [_of_run(replay) for replay in replays]
    kinds = ["demo"] * len(trained.demo) + ["stages"] * len(trained.three_stages)
    names = [f"{kind}, seed {replay.spec.seed}" for kind, replay in zip(kinds, replays, strict=True)]
    _strip(strips, [replay.steps for replay in replays], found, names)
    _triangles(strips, runs)
    canvas.say(
        strips,
        _sentence(runs, found),
        "hidden layer; stages: that preset mod 31, 300 epochs; triangles: test accuracy 90%",
    )
    shown = len(trained.demo)
    _draw_curves(curves, replays[shown].steps, found[shown])
    curves.set_xlim(strips.get_xlim())
    curves.set_xlabel(f"optimizer step (curves of {names[shown]})")


def _sentence(runs: Sequence[Run], found: Sequence[Curves]) -> str:
    """Say how many evaluations get a stage, of runs that grok and of those that do not."""
    shares = []
    for grokked in (True, False):
        own = [
            stages(*one)
            for run, one in zip(runs, found, strict=True)
            if (run.course["grokked_first"] is not None) == grokked
        ]
        seen = torch.cat(own) if own else torch.empty(0)
        shares.append(f"{int((seen > 0).sum())} of {len(seen)}")
    return f"Evaluations with a stage: {shares[0]} of runs that grok, {shares[1]} of runs that have not"


def _triangles(axes: Axes, runs: Sequence[Run]) -> None:
    for row, run in enumerate(runs):
        if run.course["grokked_first"] is not None:
            axes.plot(run.course["grokked_first"], row - 0.42, "^", color="black", markersize=4)


def _of_run(replay: Replay) -> Curves:
    """Measure the five curves of a run at its snapshots; nan where there is no evaluation before."""
    moments = [replay.at(step) for step in replay.steps]
    hidden = torch.stack([moment.weights[HIDDEN].flatten() for moment in moments])
    gradients = torch.stack([replay.gradient(moment) for moment in moments])
    nan = torch.full((1,), torch.nan, dtype=torch.float64)
    ends = range(2, len(moments) + 1)
    cosines = [gradient_cosine_similarity(gradients[max(0, end - WINDOW) : end]) for end in ends]
    labels = replay.labels[replay.train]
    return Curves(
        hidden_change=torch.cat([nan, weight_change(hidden[1:], hidden[:-1])]),
        training_accuracy=torch.stack([accuracy(moment.logits[replay.train], labels) for moment in moments]),
        gradient_cosine=torch.cat([nan, torch.stack(cosines)]),
        hidden_norm=weight_norm(hidden),
        gradient_size=gradient_norm(gradients),
    )


def _strip(axes: Axes, steps: Sequence[Sequence[int]], found: Sequence[Curves], names: Sequence[str]) -> None:
    """Draw a row per run, each evaluation in the colour of its stage; nothing where it is not known."""
    for row, (own, curves) in enumerate(zip(steps, found, strict=True)):
        judged = stages(*curves)
        for stage, colour in COLOURS.items():
            spans = [
                (own[place], own[1] - own[0]) for place in (judged == stage).nonzero().flatten().tolist()
            ]
            axes.broken_barh(_joined(spans), (row - 0.35, 0.7), facecolors=colour)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, max(own[-1] + own[1] - own[0] for own in steps))
    axes.grid(visible=False)
    axes.tick_params(labelbottom=False)


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that follow each other."""
    joined: list[tuple[int, int]] = []
    for start, width in spans:
        if joined and sum(joined[-1]) == start:
            joined[-1] = (joined[-1][0], joined[-1][1] + width)
        else:
            joined.append((start, width))
    return joined


def _draw_curves(axes: Axes, steps: Sequence[int], curves: Curves) -> None:
    for name, (label, threshold, colour) in SHOWN.items():
        values = getattr(curves, name) / threshold
        axes.plot(steps, values.clamp(min=1e-6), color=colour, linewidth=1.2, label=label)
    axes.axhline(1.0, color=FAINT.light, linestyle=":", linewidth=1)
    axes.set(yscale="log", ylabel="value / threshold")
    axes.set_xlim(steps[0], steps[-1] + steps[1] - steps[0])


def _legend(figure: Figure) -> None:
    from matplotlib.patches import Patch

    lines, labels = figure.axes[2].get_legend_handles_labels()
    patches = [Patch(facecolor=COLOURS[stage], label=name) for stage, name in NAMES.items()]
    figure.legend(
        handles=[*patches, *lines],
        labels=[*NAMES.values(), *labels],
        loc="outside lower left",
        ncols=4,
        fontsize=8,
    )
