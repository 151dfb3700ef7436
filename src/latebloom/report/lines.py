"""Curves on axes: a thin line per run, the median thick, the middle half shaded; and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from latebloom.report.axes import thinned
from latebloom.report.scene import Scene
from latebloom.report.style import Colour
from latebloom.views import Band

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS = 24_000  # of all thin lines in one panel
MEDIAN_COLUMNS = 600
Dash = str | tuple[int, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Number:
    """A number to draw: its colour where there is one group, its dashes where there are several, its words.

    A `minor` one is drawn by its medians alone where there are several groups.
    """

    name: str
    colour: Colour
    dash: Dash = "-"
    words: str = ""
    minor: bool = False


def draw(scene: Scene, axes: Axes, numbers: Sequence[Number]) -> float:
    """Draw these numbers of all runs and groups; return the smallest positive value drawn, or 0."""
    columns = columns_for(scene, len(numbers))
    smallest = [
        *(
            _run(scene, axes, index, number, columns)
            for index in range(len(scene.drawn))
            for number in numbers
        ),
        *(
            _median(scene, axes, index, number)
            for index in range(len(scene.curves["groups"]))
            for number in numbers
        ),
    ]
    return min((value for value in smallest if value > 0), default=0.0)


def _run(scene: Scene, axes: Axes, index: int, number: Number, columns: int) -> float:
    run = scene.drawn[index]
    if (
        number.name not in run["curves"]
        or len(scene.curves["runs"]) == 1
        or (number.minor and not scene.single)
    ):
        return 0.0
    curve = run["curves"][number.name]
    steps, values = np.array(curve["steps"]), np.array(curve["values"], dtype=np.float64)
    kept = thinned(scene.axis, steps, values, columns)
    shade = number.colour if scene.single else scene.colours[run["group"]]
    alpha = float(np.clip(1.6 / len(scene.drawn) ** 0.55, 0.16, 0.5))
    axes.plot(steps[kept], values[kept], color=shade.light, linewidth=0.8, alpha=alpha)
    return _smallest(values)


def _median(scene: Scene, axes: Axes, index: int, number: Number) -> float:
    """Draw a median: solid while all runs are there, dotted once some have ended and it is of the others."""
    band = scene.curves["groups"][index]["bands"].get(number.name)
    if band is None or not band["steps"]:
        return 0.0
    shade = number.colour if scene.single else scene.colours[index]
    steps, count = np.array(band["steps"]), np.array(band["n"])
    median, low, high = (np.array(band[key], dtype=np.float64) for key in ("median", "low", "high"))
    kept = thinned(scene.axis, steps, median, MEDIAN_COLUMNS)
    if count.max() > 2 and not (number.minor and not scene.single):
        axes.fill_between(steps[kept], low[kept], high[kept], color=shade.light, alpha=0.14, linewidth=0)
    full, rest = _parted(median, count)
    look = {"color": shade.light, "linewidth": 1.3 if number.minor and not scene.single else 2.3}
    axes.plot(
        steps[kept], full[kept], linestyle="-" if scene.single else number.dash,
        label=_label(scene, index, number), **look,
    )  # fmt: skip
    axes.plot(steps[kept], rest[kept], linestyle=":", **look)
    return _smallest(median)


def _parted(
    median: NDArray[np.float64], count: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Part a median where runs have ended; the point before is in both, so that the line does not break."""
    full = count == count.max()
    beside = ~full | np.r_[~full[1:], False]
    return np.where(full, median, np.nan), np.where(beside, median, np.nan)


def _smallest(values: NDArray[np.float64]) -> float:
    positive = values[np.isfinite(values) & (values > 0)]
    return float(positive.min()) if len(positive) else 0.0


def _label(scene: Scene, index: int, number: Number) -> str | None:
    if not scene.single:
        return None if number.minor else scene.labels[index]
    return number.words or None


def columns_for(scene: Scene, numbers: int) -> int:
    """Choose into how many columns thin lines are thinned, where so many numbers are drawn of each run."""
    return int(np.clip(POINTS / (2 * max(1, len(scene.drawn)) * numbers), 60, MEDIAN_COLUMNS))


def explained(scene: Scene, numbers: Sequence[Number]) -> list[str]:
    """Say what the lines mean, and which runs and points are not drawn."""
    runs = scene.curves["runs"]
    if len(runs) <= 1:
        return []
    counts = [
        count
        for group in scene.curves["groups"]
        for n in numbers
        for count in _counts(group["bands"], n.name)
    ]
    said = ["thick: median", "shaded: middle half" if max(counts, default=0) > 2 else "", "thin: each run"]
    if not scene.single and any(number.minor for number in numbers):
        said.append("dashed: train")
    if any(
        len(set(_counts(group["bands"], n.name))) > 1 for group in scene.curves["groups"] for n in numbers
    ):
        said.append("dotted: some have ended")
    if len(scene.drawn) < len(runs):
        said.append(
            f"{len(scene.drawn)} of {len(runs):,} runs drawn singly, evenly by time to grok, medians over all"
        )
    longest = max((len(curve["steps"]) for run in scene.drawn for curve in run["curves"].values()), default=0)
    columns = columns_for(scene, len(numbers))
    if longest > 2 * columns:
        said.append(f"of {longest:,} points per run drawn: lowest and highest in each of {columns} columns")
    return [part for part in said if part]


def _counts(bands: Mapping[str, Band], name: str) -> list[int]:
    return bands[name]["n"] if name in bands else []


def names(scene: Scene, numbers: Sequence[Number]) -> list[str]:
    """List what the legend will name."""
    if scene.single:
        return [number.words for number in numbers if number.words]
    return scene.labels
