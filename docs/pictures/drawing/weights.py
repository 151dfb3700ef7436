"""Weights: singular values that are known, and those of networks that grok."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from drawing import canvas
from drawing.replay import Replay
from drawing.trained import Trained, first_to_grok
from latebloom.measures import singular_values, weight_norm, weight_spectrum
from latebloom.report.style import FAINT, STABLE, TEST, TRAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from drawing.replay import Moment
    from latebloom import Run

SIZE = 64
PLANTED = (6.0, 4.5, 3.0)


def draw(trained: Trained) -> Figure:
    """Draw a planted spectrum, that of an embedding, and norm and rank over steps."""
    figure, (oracle, spectra, courses) = canvas.panels([1.0, 1.0, 1.0])
    _oracle(oracle)
    _spectra(spectra, first_to_grok(trained.demo))
    _courses(courses, trained)
    canvas.foot(figure)
    return figure


def _oracle(axes: Axes) -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(SIZE, SIZE, generator=generator, dtype=torch.float64) / math.sqrt(SIZE)
    left, right = (
        torch.linalg.qr(torch.randn(SIZE, len(PLANTED), generator=generator, dtype=torch.float64)).Q
        for _ in range(2)
    )
    planted = torch.tensor(PLANTED, dtype=torch.float64)
    found = singular_values(left * planted @ right.mT + noise)
    place = np.arange(1, SIZE + 1)
    bulk = _quarter_circle(SIZE - len(PLANTED))
    canvas.known(axes, place[len(PLANTED) :], bulk)
    axes.plot(place[: len(PLANTED)], planted + 1 / planted, "_", color=FAINT.light, markersize=14)
    axes.lines[-1].set(markeredgewidth=4.5, alpha=0.35)
    axes.plot(place, found, "o", color=TEST.light, markersize=3, label="measured")
    axes.set(xlabel="place, largest first", ylabel="singular value", ylim=(0, None))
    axes.legend(loc="upper right")
    canvas.say(
        axes,
        "Three planted directions stand above what noise gives",
        f"{SIZE} by {SIZE}: noise of variance 1/{SIZE}, plus rank 3; known: for large matrices",
    )


def _quarter_circle(count: int) -> np.ndarray:
    """Give the quantiles, falling, of the singular values of a large square noise matrix: a quarter circle."""
    x = np.linspace(0.0, 2.0, 2001)
    below = (x * np.sqrt(4.0 - x**2) / 2.0 + 2.0 * np.arcsin(x / 2.0)) / np.pi
    return np.interp(1.0 - (np.arange(count) + 0.5) / count, below, x)


def _spectra(axes: Axes, run: Run) -> None:
    from matplotlib import colormaps

    spectra = _embedding_spectra(run)
    shares = np.linspace(0.0, 0.85, len(spectra))
    for (name, values), share in zip(spectra.items(), shares, strict=True):
        place = range(1, len(values) + 1)
        axes.plot(place, values, color=colormaps["viridis"](share), linewidth=1.4, label=name)
    axes.set(xlabel="place, largest first", ylabel="singular value", ylim=(0, None))
    axes.legend(loc="upper right", fontsize=8)
    first, *_, last = spectra.values()
    canvas.say(
        axes,
        f"An embedding: {first[0]:.0f} to {first[-1]:.1f} untrained, {last[0]:.0f} to {last[-1]:.1f} at the end",
        "31 tokens in 64 features, preset demo, the run that groks first",
    )


def _embedding_spectra(run: Run) -> dict[str, list[float]]:
    """Give the singular values at the start, at the snapshots nearest to what happened, and at the end."""
    replay = Replay(run)
    moments = {
        "step 0": 0,
        "memorised": run.course["memorised"],
        "test accuracy 90%": run.course["grokked_first"],
        f"step {replay.steps[-1]:,}": replay.steps[-1],
    }
    nearest = {
        name: min(replay.steps, key=lambda known: abs(known - step))
        for name, step in moments.items()
        if step is not None
    }
    return {
        name: singular_values(replay.at(step).weights["tokens"][0]).tolist() for name, step in nearest.items()
    }


def _courses(axes: Axes, trained: Trained) -> None:
    followed = canvas.follow(trained.demo, _measure)
    canvas.draw_courses(axes, followed["norm"], TRAIN.light, "norm of all weights")
    canvas.draw_courses(axes, followed["effective"], TEST.light, "effective rank of the embedding")
    canvas.draw_courses(axes, followed["stable"], STABLE.light, "stable rank of the embedding")
    axes.set(ylabel="norm (units of the weights); rank", ylim=(0, 62))
    axes.legend(loc="upper right", fontsize=8)
    canvas.over_steps(axes, followed["norm"])
    start, end = (canvas.middle(followed["effective"], step) for step in (0, None))
    canvas.say(
        axes,
        f"Its effective rank: {start:.0f} untrained, {end:.0f} at the end",
        "preset demo, four runs, weight decay 1",
    )


def _measure(replay: Replay, moment: Moment) -> Mapping[str, float]:
    del replay
    spectrum = weight_spectrum(moment.weights["tokens"][0])
    return {
        "norm": weight_norm(moment.parameters).item(),
        "effective": spectrum["weight_effective_rank"].item(),
        "stable": spectrum["weight_stable_rank"].item(),
    }
