"""Group structure: an exact circle of Z_97, and the classes of networks that add mod 31."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from drawing import canvas
from drawing.replay import Replay
from drawing.trained import Trained, first_to_grok
from latebloom.measures import class_centroids, group_spectrum, ring_scan
from latebloom.report.style import FAINT, GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

ORDER, FREQUENCY = 97, 3


def draw(trained: Trained) -> Figure:
    """Draw classes in a plane, rings by stride and shares by frequency; exact above, trained below."""
    figure, axes = canvas.panels([0.8, 1.0, 1.0], rows=2, height=7.4)
    _oracle(axes[:3])
    _runs(axes[3:], trained)
    return figure


def _oracle(axes: Sequence[Axes]) -> None:
    circle = _circle()
    _plane(axes[0], circle)
    canvas.say(
        axes[0], f"Class j at the angle 2π·{FREQUENCY}·j/{ORDER}", f"exact; colour: j, from 0 to {ORDER - 1}"
    )
    stride = _rings(axes[1], [circle], ["exact"])[0]
    score = ring_scan(circle)["adjacency_stride_1"].item()
    left = stride * FREQUENCY % ORDER - ORDER
    canvas.say(
        axes[1],
        f"The scan finds the ring at stride {stride}, as {stride}·{FREQUENCY} = {left} mod {ORDER}",
        f"at stride 1 it scores {score:.0f}; dashed: 99% of the best scores of relabelled classes",
    )
    _shares(axes[2], [circle], ["exact"])
    canvas.say(
        axes[2],
        f"The spectrum finds frequency {FREQUENCY}",
        "dashed: 99% of the largest shares of relabelled classes",
    )


def _circle() -> Tensor:
    angle = torch.arange(ORDER, dtype=torch.float64) * (2 * math.pi * FREQUENCY / ORDER)
    return torch.stack([angle.cos(), angle.sin()], dim=-1)


def _runs(axes: Sequence[Axes], trained: Trained) -> None:
    runs, chosen = trained.demo, first_to_grok(trained.demo)
    replays = [Replay(run) for run in runs]
    names = [f"seed {replay.spec.seed}" for replay in replays]
    untrained, clouds = ([_centroids(replay, replay.steps[place]) for replay in replays] for place in (0, -1))
    place = runs.ids.index(chosen.id)
    _plane(axes[0], clouds[place])
    canvas.say(
        axes[0], f"The 31 classes of {names[place]}", "means at the hidden units, in their leading plane"
    )
    best, before = (
        [ring_scan(cloud)["ring_best_score"].item() for cloud in some] for some in (clouds, untrained)
    )
    _untrained(axes[1], [ring_scan(cloud)["ring_scores"] for cloud in untrained])
    _rings(axes[1], clouds, names)
    axes[1].legend(loc="upper right", fontsize=8)
    canvas.say(
        axes[1],
        f"Best strides score {min(best):.2f} to {max(best):.2f}, untrained {min(before):.2f} to {max(before):.2f}",
        "preset demo, last step, all pairs; grey: step 0",
    )
    _untrained(axes[2], [group_spectrum(cloud)["spectrum"] for cloud in untrained])
    _shares(axes[2], clouds, names)
    canvas.say(
        axes[2],
        f"Frequencies above chance: {_counts(clouds)}; untrained {_counts(untrained)}",
        "each against its own relabelled classes; grey: step 0; dashed: the highest chance",
    )


def _counts(clouds: Sequence[Tensor]) -> str:
    """List, cloud by cloud, how many frequencies hold more than chance gives."""
    return ", ".join(f"{int(group_spectrum(cloud)['spectrum_key_frequencies'])}" for cloud in clouds)


def _centroids(replay: Replay, step: int) -> Tensor:
    return class_centroids(replay.at(step).sites["final"].double(), replay.labels, replay.order)


def _untrained(axes: Axes, rows: Sequence[Tensor]) -> None:
    for row in rows:
        axes.plot(range(1, len(row) + 1), row, color=FAINT.light, linewidth=1.2, alpha=0.35)


def _plane(axes: Axes, centroids: Tensor) -> None:
    """Draw the classes in the plane of their two leading principal directions, coloured by coordinate."""
    centred = centroids - centroids.mean(0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2]
    x, y = (centred @ directions.T).T
    colour = torch.arange(len(centroids))
    axes.scatter(x, y, c=colour, cmap="twilight_shifted", s=26, edgecolors=FAINT.light, linewidths=0.4)
    axes.set(aspect="equal", xlabel="first principal direction", ylabel="second")
    axes.set_anchor("N")


def _rings(axes: Axes, clouds: Sequence[Tensor], names: Sequence[str]) -> list[int]:
    """Draw the scores of rings at all strides; give the best strides."""
    found = [ring_scan(cloud) for cloud in clouds]
    _profiles(axes, [one["ring_scores"] for one in found], names)
    axes.axhline(
        max(one["ring_null_99"].item() for one in found), color=FAINT.light, linestyle="--", linewidth=1
    )
    axes.set(xlabel="stride", ylabel="ring_scores", ylim=(-0.03, 1.05))
    return [int(one["ring_best_stride"]) for one in found]


def _shares(axes: Axes, clouds: Sequence[Tensor], names: Sequence[str]) -> None:
    found = [group_spectrum(cloud) for cloud in clouds]
    _profiles(axes, [one["spectrum"] for one in found], names)
    null = max(one["spectrum_null_99"].item() for one in found)
    axes.axhline(null, color=FAINT.light, linestyle="--", linewidth=1)
    axes.set(xlabel="frequency", ylabel="spectrum (share of energy)")


def _profiles(axes: Axes, rows: Sequence[Tensor], names: Sequence[str]) -> None:
    for row, name, colour in zip(rows, names, GROUPS, strict=False):
        place = range(1, len(row) + 1)
        mark = "." if len(rows) > 1 else ""
        axes.plot(place, row, marker=mark, color=colour.light, markersize=4, linewidth=1, label=name)
