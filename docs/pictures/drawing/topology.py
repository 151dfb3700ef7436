"""Topology: the barcode of a torus, and those of a network's classes before and after training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from drawing import canvas
from drawing.replay import Replay
from drawing.trained import Trained, first_to_grok
from latebloom.measures import class_centroids, loop_strength, persistence_diagrams
from latebloom.report.style import FAINT, GROUPS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

SHOWN = 30  # bars of each kind
CORNERS = 18
KINDS = (("diagram_h0", "pieces (H0)", GROUPS[0].light), ("diagram_h1", "loops (H1)", GROUPS[1].light))


def draw(trained: Trained) -> Figure:
    """Draw three barcodes."""
    figure, (torus, before, after) = canvas.panels([1.0, 1.0, 1.0])
    _bars(torus, _torus())
    torus.axvline(math.sqrt(3.0), color=FAINT.light, linestyle=":", linewidth=1)
    torus.legend(loc=(0.5, 0.12), fontsize=8)
    canvas.say(
        torus,
        "A torus: one piece stays, and two loops stand out",
        f"{CORNERS} by {CORNERS} points, two circles of radius 1; dotted: √3, where a circle fills in",
    )
    replay = Replay(first_to_grok(trained.demo))
    for axes, step in ((before, 0), (after, replay.steps[-1])):
        moment = replay.at(step)
        centroids = class_centroids(moment.sites["final"], replay.labels, replay.order)
        _bars(axes, centroids)
        canvas.say(
            axes,
            f"A network at step {step:,}: {_verdict(centroids)}",
            f"means of the {replay.order} classes at the hidden units, preset demo, all pairs",
        )
    return figure


def _torus() -> Tensor:
    angle = torch.arange(CORNERS, dtype=torch.float64) * (2 * math.pi / CORNERS)
    circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    first, second = torch.meshgrid(torch.arange(CORNERS), torch.arange(CORNERS), indexing="ij")
    return torch.cat([circle[first.flatten()], circle[second.flatten()]], dim=-1)


def _bars(axes: Axes, points: Tensor) -> None:
    """Draw the longest bars of each kind, the longest at the bottom; the piece that never dies has an arrow."""
    found = persistence_diagrams(points, bars=SHOWN)
    end = 1.1 * max(found[kind][found[kind].isfinite()].max().item() for kind, _, _ in KINDS)
    row = 0
    for kind, label, colour in KINDS:
        bars = [bar for bar in found[kind].tolist() if bar[1] > bar[0]]
        rows = range(row, row + len(bars))
        axes.hlines(
            rows, [birth for birth, _ in bars], [min(death, end) for _, death in bars], colour, linewidth=1.6
        )
        axes.collections[-1].set_label(label)
        row += len(bars) + 3
    axes.plot(end, 0, ">", color=KINDS[0][2], markersize=5, clip_on=False)
    axes.set(xlim=(0, end), ylim=(-2, row), yticks=[], xlabel="distance at which points touch")
    axes.grid(visible=False, axis="y")


def _verdict(points: Tensor) -> str:
    """Say whether the longest loop is longer than chance, beside the gaps of the cloud."""
    p_value = loop_strength(points)["loop_prominence_p_value"].item()
    word = "a loop stands out" if p_value < 0.05 else "no loop stands out"
    return f"{word} (p = {p_value:.2f})"
