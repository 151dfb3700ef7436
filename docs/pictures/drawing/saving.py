"""A figure as a small SVG file: the same bytes for the same numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from latebloom.report import style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

PHRASES = (
    (r"<!--.*?-->", ""),
    (r"<metadata>.*?</metadata>", ""),
    (r"\s*\n\s*", "\n"),
    (r'<g id="[^"]*"', "<g"),
    (r"DejaVuSans-Bold-", "b"),
    (r"DejaVuSans-", "a"),
    (r'(<use xlink:href="#[ab]\w+") transform="translate\((\d+)[.\d]* 0\)"/>', r'\1 x="\2"/>'),
    (r'( [xy]="-?\d+\.\d\d)\d+', r"\1"),
)
"""What matplotlib writes for people who read SVG, and what to write instead."""

POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3, "z": 0}
"""How many points follow each command of a path."""


def small_svg(figure: Figure) -> bytes:
    """Render as SVG without comments, indentation and needless digits: about half of the bytes."""
    text = style.svg(figure).decode("utf-8")
    for found, instead in PHRASES:
        text = re.sub(found, instead, text, flags=re.DOTALL)
    return re.sub(r' d="([^"]*)"', lambda path: f' d="{shorter_path(path[1])}"', text).encode("utf-8")


def shorter_path(path: str) -> str:
    """Write a path of absolute points by the steps from point to point, to a hundredth.

    >>> shorter_path("M 10 20 L 10.5 17 Q 11 17 12 18 z")
    'M10 20l0.5-3q0.5 0 1.5 1z'
    """
    return "".join(_steps(re.findall(r"[A-Za-z]|-?[\d.]+", path)))


def _steps(words: list[str]) -> Iterator[str]:
    here = (0.0, 0.0)
    place = 0
    while place < len(words):
        command, count = words[place], POINTS[words[place]]
        numbers = [round(float(word), 2) for word in words[place + 1 : place + 1 + 2 * count]]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        origin = (0.0, 0.0) if command == "M" else here
        yield command if command in "Mz" else command.lower()
        yield _written(
            [value - start for point in points for value, start in zip(point, origin, strict=True)]
        )
        here = points[-1] if points else here
        place += 1 + 2 * count


def _written(numbers: list[float]) -> str:
    """Write numbers with a blank between them where there is no minus sign."""
    words = [f"{number:.2f}".rstrip("0").rstrip(".") for number in numbers]
    words = ["0" if word == "-0" else word for word in words]
    return "".join(word if place == 0 or word[0] == "-" else f" {word}" for place, word in enumerate(words))
