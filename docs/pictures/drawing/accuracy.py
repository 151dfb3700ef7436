"""Accuracy: on answers whose share of right ones is an integral, and of networks that grok."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from drawing import canvas
from drawing.trained import Trained
from latebloom.measures import accuracy
from latebloom.report.style import FAINT, TEST, TRAIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CLASSES, SAMPLES = 31, 961


def draw(trained: Trained) -> Figure:
    """Draw both panels."""
    figure, (left, right) = canvas.panels([1.0, 1.25])
    _oracle(left)
    _runs(right, trained)
    canvas.foot(figure)
    return figure


def _oracle(axes: Axes) -> None:
    margins = torch.linspace(0.0, 6.0, 13, dtype=torch.float64)
    fine = torch.linspace(0.0, 6.0, 121, dtype=torch.float64)
    share = _right_share(fine)
    spread = 1.96 * (share * (1.0 - share) / SAMPLES).sqrt()
    axes.fill_between(fine, share - spread, share + spread, color=FAINT.light, alpha=0.3, linewidth=0)
    axes.plot(fine, share, color=FAINT.light, linewidth=1, label="known; band: 95% of draws")
    axes.plot(margins, [_measured(margin.item()) for margin in margins], "o", color=TEST.light, markersize=4)
    axes.lines[-1].set_label("measured")
    axes.axhline(1 / CLASSES, color=FAINT.light, linestyle=":", linewidth=1)
    axes.set(xlabel="margin of the right logit (standard deviations)", ylabel="accuracy")
    axes.legend(loc="center right")
    canvas.say(
        axes,
        "Where the share of right answers is known, it is what is measured",
        f"logits: normal noise plus a margin at the label; {CLASSES} classes, {SAMPLES} samples",
    )


def _right_share(margins: torch.Tensor) -> torch.Tensor:
    """Integrate how often noise plus a margin is the largest of all."""
    x = torch.linspace(-9.0, 15.0, 4801, dtype=torch.float64)
    normal = torch.exp(-((x - margins[:, None]) ** 2) / 2) / np.sqrt(2 * np.pi)  # (margin, x)
    return torch.trapezoid(normal * torch.special.ndtr(x) ** (CLASSES - 1), x)


def _measured(margin: float) -> float:
    generator = torch.Generator().manual_seed(round(100 * margin))
    labels = torch.arange(SAMPLES) % CLASSES
    logits = torch.randn(SAMPLES, CLASSES, generator=generator)
    logits[torch.arange(SAMPLES), labels] += margin
    return accuracy(logits, labels).item()


def _runs(axes: Axes, trained: Trained) -> None:
    runs = trained.demo
    test, train = canvas.stored(runs, "test_accuracy"), canvas.stored(runs, "train_accuracy")
    canvas.draw_courses(axes, train, TRAIN.light, "training pairs", dots=False)
    canvas.draw_courses(axes, test, TEST.light, "test pairs")
    axes.axhline(1 / CLASSES, color=FAINT.light, linestyle=":", linewidth=1)
    axes.set_ylabel("accuracy")
    axes.legend(loc=(0.29, 0.45))
    canvas.over_steps(axes, test)
    grokked = [run.course["grokked_first"] for run in runs if run.course["grokked_first"] is not None]
    span = f", at steps {min(grokked):,} to {max(grokked):,}" if grokked else ""
    canvas.say(
        axes,
        f"{len(grokked)} of {len(runs)} networks reach 90% of the test pairs{span}",
        "preset demo, a + b mod 31, four seeds; dotted: chance, 1/31",
    )
