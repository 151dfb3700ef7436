"""Attention: rows of weights whose entropy has a formula, and the heads of a small transformer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from drawing import canvas
from drawing.replay import Replay
from drawing.trained import Trained, first_to_grok
from latebloom.measures import attention_entropy
from latebloom.report.style import GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from drawing.replay import Moment
    from latebloom import Run

SITE = "block0.pattern"
KEYS = (2, 3, 8)


def draw(trained: Trained) -> Figure:
    """Draw the formula, the heads over steps, and where the sharpest head looks."""
    figure, (oracle, heads, sight) = canvas.panels([1.0, 1.1, 0.95])
    run = first_to_grok(trained.transformer)
    _oracle(oracle)
    _heads(heads, run)
    _sight(sight, run)
    canvas.foot(figure)
    return figure


def _oracle(axes: Axes) -> None:
    for keys, colour in zip(KEYS, GROUPS, strict=False):
        fine = torch.linspace(1 / keys, 1.0, 200, dtype=torch.float64)
        rest = (1.0 - fine) / (keys - 1)
        entropy = (torch.special.entr(fine) + (keys - 1) * torch.special.entr(rest)) / math.log(keys)
        canvas.known(axes, fine, entropy, "known" if keys == KEYS[0] else "_more")
        some = fine[::20]
        found = [attention_entropy(_row(share, keys))["attention_entropy"].item() for share in some]
        axes.plot(some, found, "o", markersize=4, color=colour.light, label=f"measured, {keys} keys")
    axes.set(xlabel="share of the key that is looked at most", ylabel="attention_entropy")
    axes.legend(loc="lower left", fontsize=8)
    canvas.say(
        axes,
        "Two keys: the entropy is flat near a half, so little is seen",
        "one key has a share, the others share the rest",
    )


def _row(share: Tensor, keys: int) -> Tensor:
    weights = torch.full((keys,), (1.0 - share.item()) / (keys - 1), dtype=torch.float64)
    weights[0] = share
    return weights[None, None, None]  # (sample, head, query, key)


def _heads(axes: Axes, run: Run) -> None:
    courses = canvas.follow([run], _measure)
    for place, (name, own) in enumerate(courses.items()):
        canvas.draw_courses(axes, own, GROUPS[place].light, name)
    axes.set(ylabel="attention_entropy_heads", ylim=(0, 1.05))
    axes.legend(loc="upper right", fontsize=8, ncols=2)
    first = next(iter(courses.values()))
    canvas.over_steps(axes, first)
    ends = [own[0].values[-1] for own in courses.values()]
    canvas.say(
        axes,
        f"The heads of a transformer: entropy {min(ends):.2f} to {max(ends):.2f} at the end",
        "a + b mod 31, one layer, all pairs; the closing token looks at a, b and itself",
    )


def _measure(replay: Replay, moment: Moment) -> Mapping[str, float]:
    del replay
    heads = attention_entropy(moment.sites[SITE])["attention_entropy_heads"]
    return {f"head {place}": value.item() for place, value in enumerate(heads)}


def _sight(axes: Axes, run: Run) -> None:
    replay = Replay(run)
    pattern = replay.at(replay.steps[-1]).sites[SITE]  # (example, head, query, key)
    head = int(attention_entropy(pattern)["attention_entropy_heads"].argmin())
    share = replay.pairs(pattern[:, head, -1, 0])  # (first, second)
    image = axes.imshow(share.numpy(), cmap="viridis", vmin=0, vmax=1, origin="lower", interpolation="none")
    axes.grid(visible=False)
    axes.set_anchor("N")
    axes.set(xlabel="b", ylabel="a")
    axes.figure.colorbar(image, ax=axes, shrink=0.8, label="attention on a")
    canvas.say(
        axes,
        f"Where head {head} looks, for each pair a + b",
        "the sharpest head of the same run, at its last step",
    )
