"""The studies: one published source per file. Each is loaded when it is asked for; they never import one another."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from latebloom.errors import UnknownNameError

if TYPE_CHECKING:
    from latebloom.study.loading import Opened

STUDIES: tuple[str, ...] = (
    "cogrok",
    "early",
    "manifold",
    "nested",
    "stages",
    "sweep",
    "theory",
)
"""The name of each study, which is that of its file; a line each."""


def open_study(word: str) -> Opened:
    """Open a study: one of these by its name, or somebody's own by the path of a file that ends in ``.py``.

    Raises:
        UnknownNameError: no such study; lists the known ones, the nearest first.
        InputError: a file that cannot be read.
        StudyError: a file that raises when it is run, or that defines no study.
    """
    from latebloom.studies.added_maps import ADDED
    from latebloom.study.loading import Opened, load_file

    if word.endswith(".py"):
        return load_file(Path(word))
    if word not in STUDIES:
        raise UnknownNameError("study", word, (*STUDIES, "or a file that ends in .py"))
    module = import_module(f"latebloom.studies.{word}")
    file = Path(str(module.__file__))
    parts = sorted(file.parent.glob("*.py")) if file.name == "__init__.py" else [file]
    study = module.STUDY
    if word in ADDED:
        study = replace(study, maps=(*study.maps, *ADDED[word]()))
    return Opened(study, file, "\n".join(part.read_text(encoding="utf-8") for part in parts), word)
