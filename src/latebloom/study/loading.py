"""Study files: read, run as the code that they are, and held to what a study must be."""

from __future__ import annotations

import hashlib
import importlib.util
import linecache
import sys
from dataclasses import dataclass
from pathlib import Path

from latebloom.errors import InputError, StudyError, shown
from latebloom.study.claim import Study
from latebloom.study.guarding import guarded

NAME = "STUDY"
MOST = 1_000_000  # bytes of a study file


@dataclass(frozen=True)
class Opened:
    """A study and the text that it was read from.

    Args:
        study: itself.
        file: where its text lies.
        text: of the whole file.
        word: by which the command line finds it again: its name, or the path that was given.
    """

    study: Study
    file: Path
    text: str
    word: str

    @property
    def sha256(self) -> str:
        """The hash of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def load_file(path: Path) -> Opened:
    """Load somebody's own study file. Its code is run.

    Raises:
        InputError: it cannot be read.
        StudyError: it raises when it is run, with its own line; or it defines no study.
    """
    text = _text(path)
    name = f"latebloom_study_{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path.absolute())
    if spec is None or spec.loader is None:
        raise InputError(f"{path} is no Python file; a study is a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    linecache.checkcache(str(path.absolute()))
    before = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses of the file look their module up
    try:
        guarded(lambda: spec.loader.exec_module(module) if spec.loader else None, f"study file {path}")
    except BaseException:
        sys.modules.pop(name, None)
        if before is not None:
            sys.modules[name] = before
        raise
    study = getattr(module, NAME, None)
    if not isinstance(study, Study):
        given = "does not define it" if study is None else f"it is {shown(study)}"
        raise StudyError(f"study file {path}: {NAME} must be a latebloom.study.Study; {given}")
    return Opened(study, path, text, str(path))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()[: MOST + 1]
    except OSError as error:
        raise InputError(f"cannot read study file {path}: {error.strerror or error}") from None
    if len(data) > MOST:
        raise InputError(f"study file {path} has more than {MOST:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"study file {path} is not text in UTF-8") from None
