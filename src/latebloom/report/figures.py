"""The pictures: accuracy with what happened when, loss, time to grok, and what became of the representation.

Each function takes the views of a comparison as a `Scene` and returns a matplotlib figure of its own; no
global state is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from latebloom.report import layout, lines, strip, style
from latebloom.report.layout import Heading
from latebloom.report.lines import Number
from latebloom.report.scene import Scene, plain
from latebloom.report.style import FAINT, STABLE, TEST, TRAIN, Colour
from latebloom.views import Times
from latebloom.views.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACCURACY = (
    Number("train_accuracy", TRAIN, (0, (3, 2)), "train", minor=True),
    Number("test_accuracy", TEST, "-", "test"),
)
LOSS = (Number("train_loss", TRAIN, (0, (3, 2)), "train", minor=True), Number("test_loss", TEST, "-", "test"))
PANELS: Mapping[str, str] = {
    "pca_dimension_95": "PCA dimension\n(95% of variance)",
    "participation_ratio": "participation\nratio",
    "weight_norm": "weight norm\n(L2)",
}
PROBE_ACCURACY, PROBE_LOSS = (
    Number(f"probe_{name}", STABLE, (0, (5, 1)), "probe") for name in ("accuracy", "loss")
)
"""On the fixed inputs of a watch; drawn beside the others where there is one group."""
NUMBERS = (*(number.name for number in (*ACCURACY, *LOSS, PROBE_ACCURACY, PROBE_LOSS)), *PANELS)
"""The numbers that the pictures show; those that runs do not have are left out."""
MOST_PANELS = 9


def shown_numbers(known: Iterable[str]) -> list[str]:
    """Choose of the names of numbers those that the pictures show: those in `PANELS` at every site."""
    shown = {name for name in known if name in NUMBERS or name.partition("@")[0] in PANELS}
    return sorted(shown)


def accuracy_figure(scene: Scene) -> Figure:
    """Draw train and test accuracy over steps, and above them when each run memorised, grokked, fell."""
    strips = strip.rows(scene)
    marks = "" if scene.single or not strips else strip.LEGEND
    numbers = _with_probe(scene, ACCURACY, PROBE_ACCURACY)
    heading = _heading(scene, _headline(scene), numbers, marks)
    with style.drawn():
        figure, stack = layout.panels([0.25 * len(strips), 3.5] if strips else [3.5], heading)
        main = stack[-1]
        lines.draw(scene, main, numbers)
        _shares(main, "accuracy")
        grokked = scene.view["criteria"]["grokked"]
        main.axhline(grokked, color=FAINT.light, linewidth=0.9, linestyle=(0, (1, 3)))
        for axes in stack:
            scene.axis.put_on(axes, labelled=axes is main)
        if strips:
            strip.draw(scene, stack[0], strips)
        layout.legend(figure, main, heading)
    return figure


def _heading(scene: Scene, title: str, numbers: Sequence[Number], *more: str) -> Heading:
    names = lines.names(scene, numbers)
    said = [*lines.explained(scene, numbers), *more, layout.names_left_out(names)]
    return Heading(title, tuple(said), tuple(names))


def _headline(scene: Scene) -> str:
    titles = sorted({group["title"] for group in scene.view["groups"]})
    what = titles[0] if len(titles) == 1 else f"{len(titles)} kinds of task or model"
    return plain(f"{what}: accuracy of {counted(len(scene.view['runs']), 'run')}", 100)


def loss_figure(scene: Scene) -> Figure | None:
    """Draw train and test loss over steps; a loss of 0 lies on the lower edge. None without any loss."""
    numbers = _with_probe(scene, LOSS, PROBE_LOSS)
    if not _measured(scene, [number.name for number in numbers]):
        return None
    heading = _heading(scene, "Loss", numbers)
    with style.drawn():
        figure, [axes] = layout.panels([2.9], heading)
        smallest = lines.draw(scene, axes, numbers)
        axes.set_ylabel("loss")
        if smallest > 0:
            axes.set_yscale("log", nonpositive="clip")
            axes.set_ylim(bottom=smallest * 0.6)
            axes.set_ylabel("loss (logarithmic)")
        scene.axis.put_on(axes)
        layout.legend(figure, axes, heading)
    return figure


def _with_probe(scene: Scene, numbers: Sequence[Number], probe: Number) -> list[Number]:
    return [*numbers, *([probe] if scene.single and _measured(scene, [probe.name]) else [])]


def _measured(scene: Scene, names: Iterable[str]) -> list[str]:
    return [name for name in names if any(name in run["curves"] for run in scene.curves["runs"])]


def representation_figure(scene: Scene) -> Figure | None:
    """Draw how many directions the read-out activations use, and the weight norm.

    None where none of these was measured.
    """
    known = sorted(scene.curves["names"])
    names = [name for base in PANELS for name in known if name.partition("@")[0] == base]
    measured = _measured(scene, names)
    numbers = [Number(name, TEST) for name in measured[:MOST_PANELS]]
    if not numbers:
        return None
    left = len(measured) - len(numbers)
    heading = _heading(
        scene, "Representation and weights", numbers[:1], f"{left} more are not drawn" if left else ""
    )
    with style.drawn():
        figure, stack = layout.panels([1.5] * len(numbers), heading)
        for axes, number in zip(stack, numbers, strict=True):
            lines.draw(scene, axes, [number])
            axes.set_ylim(bottom=0)
            axes.set_ylabel(_panel(number.name))
            scene.axis.put_on(axes, labelled=axes is stack[-1])
        layout.legend(figure, stack[0], heading)
    return figure


def _panel(name: str) -> str:
    """Write what a panel shows, and at which site."""
    base, _, site = name.partition("@")
    return f"{PANELS[base]}\nat {plain(site, 24)}" if site else PANELS[base]


def survival_figure(scene: Scene) -> Figure | None:
    """Draw the share of runs that have not grokked yet (Kaplan-Meier), with its 95% interval.

    A tick per censored run. None for a single run, which has no share.
    """
    if len(scene.view["runs"]) < 2:
        return None
    curves = _survivals(scene)
    names = tuple(name for _, _, name in curves)
    shaded = len(curves) <= 3
    said = ("Kaplan-Meier", "shaded: 95% interval" if shaded else "", "upright tick: a run last seen without")
    heading = Heading("How many have not got there yet", (*said, layout.names_left_out(names)), names)
    with style.drawn():
        figure, [axes] = layout.panels([2.8], heading)
        for times, colour, name in curves:
            _survival(scene, axes, times, colour, name, shaded=shaded)
        _shares(axes, "share of runs")
        scene.axis.put_on(axes)
        layout.legend(figure, axes, heading)
    return figure


def _survivals(scene: Scene) -> list[tuple[Times, Colour, str]]:
    groups = scene.view["groups"]
    if not scene.single:
        pairs = zip(groups, scene.colours, scene.labels, strict=True)
        return [
            (group["grokked_first"]["times"], colour, f"not grokked, {name}") for group, colour, name in pairs
        ]
    kinds = ((TRAIN, "memorised"), (TEST, "grokked_first"), (STABLE, "grokked_stable"))
    words = {
        "memorised": "not memorised",
        "grokked_first": "not grokked",
        "grokked_stable": "not grokked stably",
    }
    return [(group[name]["times"], colour, words[name]) for group in groups for colour, name in kinds]


def _survival(scene: Scene, axes: Axes, times: Times, colour: Colour, name: str, *, shaded: bool) -> None:
    curve = times["curve"]
    if not curve["at"]:
        return
    at = np.array([*curve["at"], max(curve["at"][-1], scene.axis.last)])
    share, low, high = (
        np.array([*curve[key], curve[key][-1]], dtype=np.float64) for key in ("share", "low", "high")
    )
    axes.step(at, share, where="post", color=colour.light, linewidth=2, label=name)
    if shaded and times["happened"] + times["censored"] > 1:
        axes.fill_between(at, low, high, step="post", color=colour.light, alpha=0.10, linewidth=0)
    ticks = np.array(curve["censored"])
    if len(ticks):
        heights = share[np.searchsorted(at, ticks, side="right") - 1]
        axes.plot(
            ticks, heights, linestyle="", marker="|", markersize=10, markeredgewidth=1.5, color=colour.light
        )


def _shares(axes: Axes, label: str) -> None:
    axes.set_ylim(-0.03, 1.04)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    axes.set_ylabel(label)
