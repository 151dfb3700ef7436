"""A study to begin one's own with: a file that runs as it is."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from latebloom.errors import InputError


def template(path: Path) -> str:
    """Write the text of a new study, named for the file that it is to stand in.

    Raises:
        InputError: a file that does not end in ``.py``.
    """
    if path.suffix != ".py":
        raise InputError(f"{path} does not end in .py; a study is a Python file, such as mine.py")
    name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "mine"
    text = files("latebloom.study").joinpath("template.txt").read_text(encoding="utf-8")
    return text.format(file=path.name, name=name)
