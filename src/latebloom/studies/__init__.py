"""The studies: one published source per file. Each is loaded when it is asked for; they never import one another."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latebloom.study import Study

STUDIES: tuple[str, ...] = ("theory",)
"""The name of each study, which is that of its file; a line each."""


def load(name: str) -> Study:
    """Load a study by its name; KeyError if there is none."""
    if name not in STUDIES:
        raise KeyError(name)
    study: Study = import_module(f"latebloom.studies.{name}").STUDY
    return study
