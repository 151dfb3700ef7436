"""The picture of a map: a cell for each pair of settings, its colour the outcome, hatched where runs are censored."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from latebloom.report import style
from latebloom.report.map_words import cell_flags, cell_runs, cell_text, cell_value, legend, outcome
from latebloom.report.style import FAINT
from latebloom.views.study_maps import MapCell, MapView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

SCALE = (
    "cividis_r"  # Nuñez, Anderton and Renslow 2018: the same to all kinds of colour vision; bright is soon
)
WIDTH, CELL, LOW_CELL, BAR = (
    9.0,
    0.62,
    0.3,
    0.14,
)  # inches: of the page, of a row, of a row of many, of the bar
LEFT, RIGHT, FOOT, LETTERS = 1.15, 1.35, 0.62, 118
WIDEST = 1.55  # inches of a column
MANY = 12  # rows; more are low, and have one line of words
GREY, DARK, BRIGHT = "#d9dce1", "#101418", "#f7f9fc"  # of cells without colour, and of words on cells
LUMINANCE = (0.2126, 0.7152, 0.0722)


def map_figure(view: MapView) -> Figure | None:
    """Draw a map; None where there is nothing to draw, because nothing could be observed."""
    if view["problem"] or not view["points"]:
        return None
    with style.drawn():
        figure, axes, bar = _sheet(view)
        colours = _colours(view)
        for cell in view["cells"]:
            _draw(axes, view, cell, colours)
        _put_axes(axes, view)
        if colours is None:
            bar.set_axis_off()
        else:
            _put_bar(figure, bar, view, colours)
    return figure


def _sheet(view: MapView) -> tuple[Figure, Axes, Axes]:
    """Make a figure with a heading, a map of as many cells as there are values, and a bar of colours beside it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    head, told = textwrap.wrap(view["title"], LETTERS - 28), textwrap.wrap(legend(view), LETTERS + 16)
    above = 0.32 + 0.2 * len(head) + 0.17 * len(told)
    rows, columns = len(view["ys"]), len(view["xs"])
    height = rows * (LOW_CELL if rows > MANY else CELL)
    width = min(WIDTH - LEFT - RIGHT, columns * WIDEST)
    total = above + height + FOOT
    figure = Figure(figsize=(WIDTH, total))
    FigureCanvasAgg(figure)
    place = 1 - 0.12 / total
    left = 0.12 / WIDTH
    figure.text(left, place, "\n".join(head), fontsize=11.5, fontweight="bold", va="top", linespacing=1.25)
    place -= (0.08 + 0.2 * len(head)) / total
    figure.text(left, place, "\n".join(told), fontsize=8.4, color=FAINT.light, va="top", linespacing=1.3)
    axes = figure.add_axes((LEFT / WIDTH, FOOT / total, width / WIDTH, height / total))
    bar = figure.add_axes(((LEFT + width + 0.2) / WIDTH, FOOT / total, BAR / WIDTH, height / total))
    return figure, axes, bar


def _colours(view: MapView) -> ScalarMappable | None:
    """Make the scale of colours from the cells' own values; None where no cell has one."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm, Normalize

    values = [cell["value"] for cell in view["cells"] if cell["value"] is not None]
    if not values:
        return None
    low, high = (0.0, 1.0) if view["kind"] == "share" else (min(values), max(values))
    if low == high:
        margin = 0.5 * abs(low) or 1.0
        low, high = low - margin, high + margin
    norm = LogNorm(low, high) if view["log"] else Normalize(low, high)
    return ScalarMappable(norm, colormaps[SCALE])


def _draw(axes: Axes, view: MapView, cell: MapCell, colours: ScalarMappable | None) -> None:
    from matplotlib.patches import Rectangle

    corner = (cell["x"] - 0.485, cell["y"] - 0.47)
    if not cell["n"]:
        axes.add_patch(
            Rectangle(corner, 0.97, 0.94, fill=False, edgecolor=FAINT.light, linestyle=(0, (3, 3)), lw=0.8)
        )
        _write(axes, cell, [cell_runs(cell), cell_flags(cell)], FAINT.light, None)
        return
    value = cell["value"]
    ground = GREY if value is None or colours is None else _hex(colours, value)
    ink = _ink(ground)
    axes.add_patch(
        Rectangle(corner, 0.97, 0.94, facecolor=ground, edgecolor="none", gid=f"cell-{cell['x']}-{cell['y']}")
    )
    if cell["censored"]:
        share = cell["censored"] / cell["n"]
        hatch = "/" * (2 + round(2 * share))  # the denser the more of the runs are censored
        axes.add_patch(
            Rectangle(corner, 0.97, 0.94, fill=False, edgecolor=ink, hatch=hatch, linewidth=0, alpha=0.55)
        )
    low = len(view["ys"]) > MANY
    lines = [cell_text(view, cell)] if low else [cell_value(view, cell), cell_runs(cell), cell_flags(cell)]
    _write(axes, cell, lines, ink, ground if cell["censored"] else None)


def _write(axes: Axes, cell: MapCell, lines: Sequence[str], ink: str, ground: str | None) -> None:
    """Write the lines of a cell, on its own ground where it is hatched."""
    kept = [line for line in lines if line]
    box: dict[str, Any] | None = None
    if ground:
        box = {"facecolor": ground, "edgecolor": "none", "boxstyle": "square,pad=0.12"}
    for place, line in enumerate(kept):
        height = cell["y"] + 0.29 * ((len(kept) - 1) / 2 - place)
        is_first = place == 0 and len(kept) > 1
        axes.text(
            cell["x"], height, line, ha="center", va="center", color=ink, bbox=box, zorder=4,
            fontsize=9.2 if is_first else 7.4, fontweight="bold" if is_first else "normal",
        )  # fmt: skip


def _hex(colours: ScalarMappable, value: float) -> str:
    red, green, blue = (round(255 * float(part)) for part in colours.to_rgba(np.array([value]))[0][:3])
    return f"#{red:02x}{green:02x}{blue:02x}"


def _ink(ground: str) -> str:
    """Choose dark or bright words, whichever is further from the ground."""
    from matplotlib.colors import to_rgb

    bright = sum(weight * channel**2.2 for weight, channel in zip(LUMINANCE, to_rgb(ground), strict=True))
    return DARK if bright > 0.18 else BRIGHT


def _put_axes(axes: Axes, view: MapView) -> None:
    axes.set_xlim(-0.5, len(view["xs"]) - 0.5)
    axes.set_ylim(-0.5, len(view["ys"]) - 0.5)
    axes.set_xticks(range(len(view["xs"])), [textwrap.fill(text, 18) for text in view["xs"]])
    axes.set_yticks(range(len(view["ys"])) if view["y"] else [], view["ys"] if view["y"] else [])
    axes.set_xlabel(view["x"])
    axes.set_ylabel(view["y"])
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _put_bar(figure: Figure, bar: Axes, view: MapView, colours: ScalarMappable) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

    drawn = figure.colorbar(colours, cax=bar)
    drawn.locator = LogLocator(subs=(1.0, 2.0, 5.0)) if view["log"] else MaxNLocator(4)
    drawn.formatter = FuncFormatter(lambda value, _: f"{value:,.0f}" if abs(value) >= 10 else f"{value:g}")
    drawn.update_ticks()
    drawn.ax.minorticks_off()
    if len(view["ys"]) > 2:  # beside fewer rows there is no room, and the heading says it
        drawn.set_label(textwrap.fill(outcome(view), 24), fontsize=8)
    drawn.ax.tick_params(labelsize=8)
    bar.spines["outline"].set_visible(False)
