"""How the pictures look: colours that the colour-blind tell apart, on light and dark; SVG that needs nothing.

matplotlib is loaded when a picture is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"  # comes with matplotlib, so a picture is the same everywhere


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour by its name in the page's style sheet, and what it is on light and on dark ground."""

    name: str
    light: str
    dark: str


INK = Colour("ink", "#1c2127", "#e8eaed")
FAINT = Colour("faint", "#5d6673", "#9aa4b1")
LINE = Colour("line", "#dfe3e8", "#353c46")
GROUND = Colour("card", "#fefefe", "#1a1e24")
TRAIN = Colour("train", "#c75a00", "#f2a154")
TEST = Colour("test", "#0069a8", "#5db4f0")
STABLE = Colour("stable", "#00805b", "#3fc79a")
FALLEN = Colour("fallen", "#b3246b", "#f07fb4")

# Okabe and Ito 2008, deeper on light ground and paler on dark so that thin lines keep their contrast.
GROUPS = (
    Colour("group0", "#0069a9", "#5db4f1"),
    Colour("group1", "#d05000", "#f39a5b"),
    Colour("group2", "#00805c", "#3fc79b"),
    Colour("group3", "#b3246c", "#f07fb5"),
    Colour("group4", "#a87b00", "#e8c04a"),
    Colour("group5", "#3b9fd6", "#a9d8f7"),
    Colour("group6", "#6b4fa3", "#b9a3ea"),
    Colour("group7", "#6d6a63", "#bdb9b0"),
)
THEME = (INK, FAINT, LINE, GROUND, TRAIN, TEST, STABLE, FALLEN, *GROUPS)

RC: dict[str, Any] = {
    "font.family": FONT,
    "font.size": 9.5,
    "text.color": INK.light,
    "axes.edgecolor": LINE.light,
    "axes.labelcolor": FAINT.light,
    "axes.labelsize": 9.5,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE.light,
    "grid.linewidth": 0.7,
    "xtick.color": FAINT.light,
    "ytick.color": FAINT.light,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "figure.facecolor": GROUND.light,
    "savefig.facecolor": "auto",
    "svg.fonttype": "path",
}


@contextmanager
def drawn() -> Iterator[None]:
    """Draw in our style inside, whatever the user's own settings are; they are back afterwards."""
    import matplotlib.style

    with matplotlib.style.context(["default", RC]):
        yield


def palette(count: int) -> list[Colour]:
    """Choose colours for so many groups: named ones up to eight, then one scale, in order."""
    if count <= len(GROUPS):
        return list(GROUPS[:count])
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    scale = colormaps["plasma"]
    light = [to_hex(scale(share)) for share in np.linspace(0.0, 0.82, count)]
    dark = [to_hex(scale(share)) for share in np.linspace(0.25, 1.0, count)]
    return [Colour(f"scale{i}", *pair) for i, pair in enumerate(zip(light, dark, strict=True))]


def png(figure: Figure, dots_per_inch: int = 200) -> bytes:
    """Render as PNG, the same bytes for the same numbers and versions."""
    out = BytesIO()
    with drawn():
        figure.savefig(out, format="png", dpi=dots_per_inch, metadata={"Software": None})
    return out.getvalue()


def svg(figure: Figure) -> bytes:
    """Render as an SVG file that needs no font and says nothing of when or where it was made."""
    import matplotlib as mpl

    out = BytesIO()
    with drawn(), mpl.rc_context({"svg.hashsalt": "latebloom"}):
        figure.savefig(
            out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _shortened(out.getvalue().decode("utf-8")).encode("utf-8")


def inline_svg(figure: Figure, name: str, description: str, colours: tuple[Colour, ...] = THEME) -> str:
    """Render as an element for a page: its colours follow the page's style sheet, its ids begin with `name`.

    `name` is of letters, digits and -; `description` is for those who do not see it, and is escaped.
    """
    from html import escape

    text = svg(figure).decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = (
        text.replace(' id="', f' id="{name}-')
        .replace('href="#', f'href="#{name}-')
        .replace("url(#", f"url(#{name}-")
    )
    for colour in colours:
        text = text.replace(colour.light, f"var(--{colour.name})")
    head = re.compile(r'<svg[^>]*viewBox="([^"]*)"[^>]*>')
    opening = f'<svg viewBox="\\1" role="img" aria-label="{escape(description)}" xmlns:xlink="http://www.w3.org/1999/xlink">'
    return head.sub(lambda found: found.expand(opening.replace("\\1", "\\g<1>")), text, count=1)


def _shortened(text: str) -> str:
    """Round coordinates to a hundredth of a point, a thousandth of what an eye sees: half the size."""
    return re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), text)
