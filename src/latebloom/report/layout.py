"""Where things stand in a picture: title, what the lines mean, their names, then panels.

The panels of all pictures of a report begin and end at the same place, so that steps line up between them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latebloom.report.style import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, LEFT, RIGHT, BOTTOM, HEAD = 10.0, 0.98, 0.18, 0.58, 0.62  # inches
GAP = 0.16  # inches between panels
ROW = 0.21  # inches of a line of the legend
LETTER = 0.066  # inches of a letter in the legend, on average
MOST_NAMES = 12
LONGEST_LINE, LINE_HEIGHT = 150, 0.16  # letters of the explanation, and inches


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the panels: the title, what lines mean and what was left out, the lines' names."""

    title: str
    explained: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The explanation, broken into lines that fit."""
        return textwrap.wrap("; ".join(part for part in self.explained if part), LONGEST_LINE)

    @property
    def height(self) -> float:
        """The room that it takes, in inches, without the legend."""
        return HEAD + LINE_HEIGHT * max(0, len(self.lines) - 1)


def panels(heights: Sequence[float], heading: Heading) -> tuple[Figure, list[Axes]]:
    """Make a figure of panels of these heights, in inches, that share an axis of steps, under a heading."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    top = heading.height + ROW * _legend_rows(heading.names)
    total = sum(heights) + GAP * (len(heights) - 1) + top + BOTTOM
    figure = Figure(figsize=(WIDTH, total))
    FigureCanvasAgg(figure)
    left = 0.12 / WIDTH
    figure.text(left, 1 - 0.14 / total, heading.title, fontsize=12, fontweight="bold", va="top")
    told = "\n".join(heading.lines)
    figure.text(left, 1 - 0.39 / total, told, fontsize=8.2, color=FAINT.light, va="top", linespacing=1.35)
    stack: list[Axes] = []
    upper = total - top
    for height in heights:
        place = (LEFT / WIDTH, (upper - height) / total, 1 - (LEFT + RIGHT) / WIDTH, height / total)
        stack.append(figure.add_axes(place, sharex=stack[0] if stack else None))
        upper -= height + GAP
    return figure, stack


def legend(figure: Figure, axes: Axes, heading: Heading) -> None:
    """Name the lines, under the heading; of very many the first, the last and some between."""
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    if len(labels) > MOST_NAMES:
        keep = np.unique(np.linspace(0, len(labels) - 1, MOST_NAMES).round().astype(int)).tolist()
        handles, labels = [handles[i] for i in keep], [labels[i] for i in keep]
    figure.legend(
        handles,
        labels,
        ncols=_legend_columns(labels),
        loc="upper left",
        bbox_to_anchor=(0.06 / WIDTH, 1 - (heading.height - 0.06) / figure.get_figheight()),
        borderaxespad=0,
        columnspacing=1.6,
        handlelength=1.6,
        labelcolor=INK.light,
    )


def _legend_columns(names: Sequence[str]) -> int:
    widest = max(map(len, names), default=0) * LETTER + 0.55
    return max(1, min(len(names), int((WIDTH - 0.3) / widest)))


def _legend_rows(names: Sequence[str]) -> int:
    shown = min(len(names), MOST_NAMES)
    return -(-shown // _legend_columns(names)) if shown else 0


def names_left_out(names: Sequence[str]) -> str:
    """Say how many names the legend has no room for; empty if it has them all."""
    rest = len(names) - MOST_NAMES
    return (
        f"{rest} of {len(names)} groups have no name here, in the order of their settings" if rest > 0 else ""
    )
