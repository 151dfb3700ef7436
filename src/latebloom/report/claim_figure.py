"""The picture of a claim: what was observed of each run, its interval, the rule's region, what was published.

The rival has a panel of its own below, on its own axis; then come the curves that the claim wants drawn.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from latebloom.report import style
from latebloom.report import verdicts as words
from latebloom.report.axes import StepAxis
from latebloom.report.style import FAINT, FALLEN, GROUND, INK, LINE, STABLE, TRAIN, Colour
from latebloom.views.studies import ClaimCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Judged = Mapping[str, Any]
WIDTH, LEFT, RIGHT = 9.0, 1.9, 0.35  # inches
ROW, SUM, SCATTER, CURVE = 0.32, 0.5, 2.6, 1.9  # inches of an arm, of the interval, of a scatter, of a curve
FOOT, TOP = 0.62, 0.2  # inches below and above a panel
LETTERS = 108  # of the heading in a line
HUES: Mapping[str, Colour] = {
    "reproduced": STABLE,
    "refuted": FALLEN,
    "undecided": TRAIN,
    "not run": FAINT,
    "cannot be judged": FALLEN,
}
YES_OR_NO = "each run: no (0) or yes (1); share of runs"
SHIFTS = ("ArmGreater", "ArmsDiffer", "ShareGreater", "Equivalent")
LABELS: Mapping[str, str] = {
    "ShareWithin": YES_OR_NO,
    "ShareGreater": "each run: no (0) or yes (1); difference of shares",
    "AboveNull": "p of each run; share of runs above chance",
    "ClosedForm": "relative deviation from the closed form",
}


def claim_figure(verdict: Judged, curves: Mapping[str, Sequence[ClaimCurve]]) -> Figure | None:
    """Draw a claim; None where there is nothing to draw, because nothing was run or nothing can be judged."""
    judged = [one for one in (verdict, verdict.get("rival")) if one and (one["series"] or one["compared"])]
    if not judged:
        return None
    heights = [_height(one) for one in judged] + [CURVE] * len(curves)
    with style.drawn():
        figure, panels = _panels(verdict, heights)
        for one, axes in zip(judged, panels, strict=False):
            _judgement(axes, one, verdict, is_rival=one is not verdict)
        for axes, (name, own) in zip(panels[len(judged) :], curves.items(), strict=True):
            _curves(axes, name, own, verdict["arms"])
    return figure


def _height(judged: Judged) -> float:
    if _paired(judged):
        return SCATTER
    rows = len(judged["compared"]) if judged["compared"] else len(judged["arms"])
    return ROW * max(1, rows) + (SUM if _has_estimate(judged) and not judged["compared"] else 0)


def _panels(verdict: Judged, heights: Sequence[float]) -> tuple[Figure, list[Axes]]:
    """Make a figure with a heading and panels of these heights below one another, each with its own axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = textwrap.wrap(verdict["statement"], LETTERS - 20)
    published = f"Published: {verdict['published']} ({verdict['where']}). Measured: {verdict['measured']}."
    told = textwrap.wrap(published, LETTERS + 30)
    head = 0.3 + 0.2 * len(lines) + 0.17 * len(told)
    total = head + sum(heights) + (TOP + FOOT) * len(heights)
    figure = Figure(figsize=(WIDTH, total))
    FigureCanvasAgg(figure)
    left = 0.12 / WIDTH
    figure.text(
        left, 1 - 0.12 / total, "\n".join(lines), fontsize=11.5, fontweight="bold", va="top", linespacing=1.25
    )
    place = 1 - (0.2 + 0.2 * len(lines)) / total
    figure.text(left, place, "\n".join(told), fontsize=8.4, color=FAINT.light, va="top", linespacing=1.3)
    panels: list[Axes] = []
    upper = total - head
    for height in heights:
        upper -= TOP + height
        box = (LEFT / WIDTH, upper / total, 1 - (LEFT + RIGHT) / WIDTH, height / total)
        panels.append(figure.add_axes(box))
        upper -= FOOT
    return figure, panels


def _judgement(axes: Axes, judged: Judged, verdict: Judged, *, is_rival: bool) -> None:
    if judged["compared"]:
        _deviations(axes, judged)
    elif _paired(judged):
        _scatter(axes, judged)
    else:
        _strips(axes, judged, None if is_rival else verdict["value"])
    hue = HUES[judged["verdict"]]
    role = "rival: " + textwrap.shorten(judged["statement"], 90) if is_rival else "claim"
    axes.set_title(f"{role} — {judged['verdict']}", fontsize=9, color=hue.light, pad=4)
    if not _paired(judged):
        axes.set_xlabel(_label(judged, "" if is_rival else verdict["unit"]), fontsize=8.6)


def _label(judged: Judged, unit: str) -> str:
    kind = judged["rule"]["kind"]
    if kind in LABELS:
        return LABELS[kind]
    return unit or ("steps" if kind == "TimeWithin" else textwrap.shorten(judged["measured"], 100))


def _paired(judged: Judged) -> bool:
    values = [point["value"] for point in judged["series"] if point["value"] is not None]
    return bool(values) and all(isinstance(value, list) and len(value) == 2 for value in values)


def _strips(axes: Axes, judged: Judged, published: float | None) -> None:
    """Draw a row of points for each arm; below them the estimate with its interval and the region, or in words."""
    arms = list(judged["arms"])
    for row, arm in enumerate(arms):
        points = [point for point in judged["series"] if point["arm"] == arm]
        _row(axes, -row, points, style.palette(len(arms))[row])
    ticks, labels = [float(-row) for row in range(len(arms))], [textwrap.shorten(arm, 26) for arm in arms]
    if _has_estimate(judged):
        below = -len(arms) - 0.35
        ticks, labels = [*ticks, below], [*labels, _estimated(judged)]
        if judged["rule"]["kind"] in SHIFTS:
            _in_words(axes, judged, below)
        else:
            _estimate(axes, judged, below)
    axes.set_yticks(ticks, labels, fontsize=8.6)
    axes.set_ylim((ticks[-1] - 0.6) if ticks else 0, 0.6)
    axes.grid(visible=False, axis="y")
    if published is not None:
        axes.axvline(published, color=INK.light, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
        axes.text(
            published, 1.0, " published", transform=axes.get_xaxis_transform(), fontsize=7.6, va="top",
            color=INK.light,
        )  # fmt: skip


def _has_estimate(judged: Judged) -> bool:
    return judged["observed"] is not None or (judged["rule"]["kind"] in SHIFTS and judged["p"] is not None)


def _in_words(axes: Axes, judged: Judged, height: float) -> None:
    """Write a difference of arms, which has no place on an axis of their values."""
    axes.axhline(height + 0.55, color=LINE.light, linewidth=0.8)
    text = ", ".join(part for part in (_numbers(judged), words.p_values(judged)) if part)
    place = axes.get_yaxis_transform()
    axes.text(
        0.01, height, text, transform=place, fontsize=8.6, va="center", color=HUES[judged["verdict"]].light
    )  # fmt: skip


def _numbers(judged: Judged) -> str:
    if judged["observed"] is None:
        return ""
    return f"{words.observed(judged)} ({words.interval(judged)})"


def _row(axes: Axes, height: float, points: Sequence[Mapping[str, Any]], colour: Colour) -> None:
    """Draw the runs of an arm: filled dots; triangles where something had not happened; the left out are counted."""
    kept = [point for point in points if isinstance(point["value"], bool | int | float)]
    values = np.array([float(point["value"]) for point in kept])
    spread = _spread(values) * 0.3
    for happened, marker in ((True, "o"), (False, ">")):
        chosen = np.array([point["happened"] is happened for point in kept], dtype=bool)
        if chosen.any():
            axes.scatter(
                values[chosen], height + spread[chosen], s=22, marker=marker, color=colour.light, alpha=0.75,
                linewidths=0.5, edgecolors=GROUND.light, zorder=3,
            )  # fmt: skip
    if (
        len(kept) > 2
        and not any(isinstance(point["value"], bool) for point in kept)
        and all(p["happened"] for p in kept)
    ):
        middle = float(np.median(values))
        axes.plot(
            [middle, middle], [height - 0.34, height + 0.34], color=colour.light, linewidth=1.6, zorder=2
        )
    out = sum(1 for point in points if point["left_out"])
    if out:
        axes.text(
            0.995, height, f"{out} left out", transform=axes.get_yaxis_transform(), fontsize=7.6, ha="right",
            va="center", color=FAINT.light,
        )  # fmt: skip


def _spread(values: np.ndarray) -> np.ndarray:
    """Spread points that lie on one another, the same way each time: from -1 to 1. Shape (point,)."""
    if not len(values):
        return values
    width = (values.max() - values.min()) / 60 or 1.0
    column = np.round((values - values.min()) / width).astype(int)
    offset = np.zeros(len(values))
    for one in np.unique(column):
        (members,) = np.nonzero(column == one)
        offset[members] = np.linspace(-1, 1, len(members)) if len(members) > 1 else 0.0
    return offset


def _estimate(axes: Axes, judged: Judged, height: float) -> None:
    """Draw the estimate, its interval, and the region behind it; a side without a bound ends in an arrow."""
    hue = HUES[judged["verdict"]].light
    low, high, middle = judged["low"], judged["high"], judged["observed"]
    region = judged["rule"].get("region") or (None, None)
    left, right = _limits(judged, region)
    axes.set_xlim(left, right)
    ends = (left if region[0] is None else region[0], right if region[1] is None else region[1])
    if region != (None, None) and list(region) != [None, None]:
        axes.barh(
            height, ends[1] - ends[0], left=ends[0], height=0.62, color=STABLE.light, alpha=0.16, zorder=1
        )
    axes.axhline(height + 0.55, color=LINE.light, linewidth=0.8)
    start, stop = (left if low is None else low), (right if high is None else high)
    axes.plot([start, stop], [height, height], color=hue, linewidth=2.2, zorder=3, solid_capstyle="butt")
    for end, bound, marker in ((start, low, "<"), (stop, high, ">")):
        axes.plot(
            [end], [height], marker="|" if bound is not None else marker, color=hue, markersize=8, zorder=3
        )
    axes.plot([middle], [height], marker="D", color=hue, markersize=6, zorder=4, markeredgecolor=GROUND.light)


def _limits(judged: Judged, region: Sequence[float | None]) -> tuple[float, float]:
    """Choose an axis that holds the points, the interval and the borders of the region."""
    values = [point["value"] for point in judged["series"] if isinstance(point["value"], bool | int | float)]
    if judged["rule"]["kind"] in ("ShareWithin", "AboveNull"):
        return -0.04, 1.04
    ends = [*values, *region, judged["low"], judged["high"], judged["observed"]]
    known = [float(end) for end in ends if end is not None]
    margin = 0.06 * (max(known) - min(known)) or 0.06 * abs(known[0]) or 1.0
    return min(known) - margin, max(known) + margin


def _estimated(judged: Judged) -> str:
    kinds = {
        "MedianWithin": "median",
        "MeanWithin": "mean",
        "ShareWithin": "share",
        "AboveNull": "share",
        "TimeWithin": "median",
        "ArmGreater": "shift",
        "ArmsDiffer": "shift",
        "ShareGreater": "difference",
        "Equivalent": "difference",
    }
    return f"{kinds.get(judged['rule']['kind'], 'observed')}, 95%"


def _scatter(axes: Axes, judged: Judged) -> None:
    """Draw the pairs of a claim about two numbers of each run."""
    arms = list(judged["arms"])
    colours = style.palette(len(arms))
    for arm, colour in zip(arms, colours, strict=True):
        pairs = [point["value"] for point in judged["series"] if point["arm"] == arm and point["value"]]
        pairs = [pair for pair in pairs if None not in pair]
        if pairs:
            first, second = zip(*pairs, strict=True)
            axes.scatter(
                first, second, s=24, color=colour.light, alpha=0.8, label=arm, linewidths=0.5,
                edgecolors=GROUND.light,
            )  # fmt: skip
    if 1 < len(arms) <= 8:
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(-0.27, 0.5))
    axes.set_xlabel("first number", fontsize=8.6)
    axes.set_ylabel("second number", fontsize=8.6)
    text = ", ".join(part for part in (_numbers(judged), words.p_values(judged)) if part)
    axes.text(0.99, 0.97, text, transform=axes.transAxes, fontsize=8.6, ha="right", va="top", color=INK.light)


def _deviations(axes: Axes, judged: Judged) -> None:
    """Draw how far each computed number is from its closed form, and the tolerance."""
    tolerance = float(judged["rule"]["tolerance"])
    floor = tolerance * 1e-6 or 1e-16
    rows = judged["compared"]
    off = [max(_deviation(one), floor) for one in rows]
    colours = [STABLE.light if value <= tolerance else FALLEN.light for value in off]
    places = [-row for row in range(len(rows))]
    axes.scatter(off, places, color=colours, s=26, zorder=3)
    axes.set_xscale("log")
    axes.set_xlim(floor / 3, max(*off, tolerance) * 10)
    axes.axvspan(floor / 3, tolerance, color=STABLE.light, alpha=0.14)
    axes.axvline(tolerance, color=INK.light, linewidth=1.1, linestyle=(0, (4, 3)))
    axes.set_yticks(places, [textwrap.shorten(str(one["what"]), 30) for one in rows], fontsize=8)
    axes.set_ylim(-len(rows) + 0.4, 0.6)


def _deviation(one: Mapping[str, Any]) -> float:
    if one["computed"] is None or one["expected"] is None:
        return float("inf")
    scale = one["scale"] if one["scale"] is not None else abs(one["expected"]) or 1.0
    return abs(one["computed"] - one["expected"]) / scale


def _curves(axes: Axes, name: str, curves: Sequence[ClaimCurve], arms: Sequence[str]) -> None:
    """Draw a number over steps, a line for each run in the colour of its arm."""
    colours = dict(zip(arms, style.palette(len(arms)), strict=True))
    named: set[str] = set()
    for curve in curves:
        colour = colours.get(curve["arm"], INK).light
        label = curve["arm"] if curve["arm"] not in named and 1 < len(arms) <= 8 else None
        named.add(curve["arm"])
        values = np.array(curve["values"], dtype=np.float64)
        axes.plot(curve["steps"], values, color=colour, linewidth=1.0, alpha=0.7, label=label)
    StepAxis.over([curve["steps"] for curve in curves]).put_on(axes)
    axes.set_ylabel(textwrap.fill(name, 22), fontsize=8.6)
    if 1 < len(arms) <= 8:
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(-0.27, 0.5))
