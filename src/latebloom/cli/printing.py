"""Results on standard output: JSON, texts, and what rich can draw."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


def print_json(value: Any) -> None:
    """Print plain data as JSON; what is not finite has no place in it."""
    import json

    print_text(json.dumps(value, indent=2, allow_nan=False))


def print_text(text: str) -> None:
    """Print a text and end its line."""
    sys.stdout.write(text + "\n")


def print_drawn(renderable: RenderableType) -> None:
    """Print a table or page as wide as the terminal, or as 80 columns."""
    from rich.console import Console

    Console().print(renderable)
