"""Fourier circuits: of a network that was written down, and of networks that were trained."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch

from drawing import canvas
from drawing.replay import Replay
from drawing.trained import Trained, first_to_grok
from latebloom.measures import (
    accuracy,
    embedding_key_frequencies,
    excluded_loss,
    key_frequencies,
    restricted_loss,
)
from latebloom.report.style import FAINT, GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from drawing.replay import Moment
    from latebloom import Run, Runs

ORDER, FREQUENCIES, GAIN = 31, (3, 8), 4.0
PHASES = 3  # so many equally spaced phases per summand make every unwanted product of waves cancel
LOSSES = {
    "training loss": GROUPS[1].light,
    "test loss": GROUPS[0].light,
    "restricted loss": GROUPS[2].light,
    "excluded loss": GROUPS[3].light,
}


class Adder(NamedTuple):
    """A network that adds: its units and logits for all pairs, and the right answers."""

    before: Tensor  # (first, second, unit), what is squared
    logits: Tensor  # (first, second, class)
    labels: Tensor  # (first, second)


def draw(trained: Trained) -> Figure:
    """Draw what each frequency is worth, written down and trained, and losses over steps."""
    figure, (oracle, runs, losses) = canvas.panels([1.0, 1.0, 1.1])
    _oracle(oracle)
    _worth(runs, trained.demo)
    _losses(losses, first_to_grok(trained.demo))
    canvas.foot(figure)
    return figure


def _adder() -> Adder:
    """Square cos(k a + u) + cos(k b + v) and read cos(k c + u + v) out, for all phases (arXiv 2301.02679)."""
    element = torch.arange(ORDER, dtype=torch.float64)
    phase = torch.arange(PHASES, dtype=torch.float64) * (2 * math.pi / PHASES)
    units = torch.cartesian_prod(torch.tensor(FREQUENCIES, dtype=torch.float64), phase, phase)
    frequency, first, second = units.T
    angle = element[:, None] * frequency * (2 * math.pi / ORDER)
    before = (angle + first).cos()[:, None] + (angle + second).cos()
    logits = GAIN * before.square() @ (angle + first + second).cos().T
    return Adder(before, logits, ((element[:, None] + element) % ORDER).long())


def _oracle(axes: Axes) -> None:
    adder = _adder()
    mask = key_frequencies(adder.before)["key_frequency_mask"]
    each = excluded_loss(adder.logits, adder.labels, mask)["excluded_loss_each"]
    axes.bar(range(1, len(each) + 1), each.tolist(), color=GROUPS[3].light, width=0.7)
    axes.plot(FREQUENCIES, [-0.08] * len(FREQUENCIES), "^", color=FAINT.light)
    both = excluded_loss(adder.logits, adder.labels, mask)["excluded_loss"].item()
    axes.axhline(both, color=GROUPS[3].light, linestyle=":", linewidth=1.2)
    axes.set(xlabel="frequency that is removed", ylabel="excluded_loss_each (nats)")
    right = accuracy(adder.logits.flatten(0, 1), adder.labels.flatten()).item()
    kept = restricted_loss(adder.logits, adder.labels, mask)["restricted_loss"].item()
    canvas.say(
        axes,
        f"A written-down adder needs its frequencies {' and '.join(map(str, FREQUENCIES))}",
        f"not trained, accuracy {right:.0%}; loss with these alone: {kept:.0e}; dotted: without both",
    )


def _worth(axes: Axes, runs: Runs) -> None:
    """Draw what each run loses without each frequency, and which frequencies its embedding names."""
    rows, named = [], []
    for run in runs:
        replay = Replay(run)
        moment = replay.at(replay.steps[-1])
        mask = _keys(moment)
        logits, labels = replay.pairs(moment.logits), replay.pairs(replay.labels)
        rows.append(excluded_loss(logits, labels, mask)["excluded_loss_each"])
        named.append((mask.nonzero().flatten() + 1).tolist())
    losses = torch.stack(rows)
    edges = (0.5, losses.shape[1] + 0.5, -0.5, len(rows) - 0.5)
    image = axes.imshow(
        losses.numpy(), cmap="viridis", aspect="auto", origin="lower", extent=edges, interpolation="none"
    )
    for row, keys in enumerate(named):
        axes.plot(keys, [row] * len(keys), "o", color="white", markeredgecolor="black", markersize=4)
    axes.grid(visible=False)
    axes.set(xlabel="frequency that is removed", ylabel="seed", yticks=range(len(rows)))
    axes.figure.colorbar(image, ax=axes, shrink=0.9, label="excluded_loss_each (nats)")
    canvas.say(
        axes,
        "Trained: each seed needs frequencies of its own",
        "preset demo, last step; circles: those that its embedding names",
    )


def _keys(moment: Moment) -> Tensor:
    return embedding_key_frequencies(moment.weights["tokens"][0])["embedding_key_mask"]


def _losses(axes: Axes, run: Run) -> None:
    replay = Replay(run)
    keys = _keys(replay.at(replay.steps[-1]))

    def measure(replay: Replay, moment: Moment) -> Mapping[str, float]:
        return _four_losses(replay, moment, keys)

    courses = canvas.follow([run], measure)
    for name, colour in LOSSES.items():
        canvas.draw_courses(axes, courses[name], colour, name)
    axes.axhline(math.log(replay.order), color=FAINT.light, linestyle=":", linewidth=1)
    axes.set(yscale="log", ylabel="loss (nats)")
    axes.legend(loc="lower left", fontsize=8)
    canvas.over_steps(axes, courses["test loss"])
    step = run.course["grokked_first"]
    kept, tested = (canvas.middle(courses[name], step) for name in ("restricted loss", "test loss"))
    canvas.say(
        axes,
        f"Restricted loss is {kept:.2f} where test loss is {tested:.2f}",
        f"the first run to grok, where it does; frequencies of its last step; dotted: log {replay.order}",
    )


def _four_losses(replay: Replay, moment: Moment, keys: Tensor) -> Mapping[str, float]:
    trained = torch.zeros(len(replay.labels), dtype=torch.bool)
    trained[replay.train] = True
    losses = replay.spec.objective.per_example(moment.logits, replay.labels)
    given = (replay.pairs(moment.logits), replay.pairs(replay.labels), keys)
    split = replay.pairs(trained)
    return {
        "training loss": losses[trained].mean().item(),
        "test loss": losses[~trained].mean().item(),
        "restricted loss": restricted_loss(*given, train=split)["restricted_loss_test"].item(),
        "excluded loss": excluded_loss(*given, train=split)["excluded_loss_train"].item(),
    }
