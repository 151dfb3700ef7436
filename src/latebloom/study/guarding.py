"""The code of a study is somebody's own: what it raises is told by its own line, not by ours."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from latebloom.errors import LatebloomError, MissingLookError, StudyError, shown

PACKAGE = Path(__file__).parents[1]
SHELF = PACKAGE / "studies"
Value = TypeVar("Value")


def guarded(call: Callable[[], Value], what: str) -> Value:
    """Call a study's own code. What it raises becomes an error of ours with its line; a missing number stays that.

    Args:
        call: the code.
        what: it is, for the message.

    Raises:
        StudyError: it raised; names file, line, and what.
        MissingLookError: a run has no such number.
    """
    try:
        return call()
    except MissingLookError:
        raise
    except LatebloomError as error:
        raise StudyError(f"{what}: {error}{_where(error.__traceback__)}") from error
    except (Exception, SystemExit) as error:
        raise StudyError(
            f"{what} raised {type(error).__name__}{_said(error)}{_where(error.__traceback__)}"
        ) from error


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f": {text[:200]}" if text else ""


def _where(trace: TracebackType | None) -> str:
    own = [frame for frame in traceback.extract_tb(trace) if _theirs(frame.filename)]
    if not own:
        return ""
    last = own[-1]
    line = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    return f"; at {last.filename}, line {last.lineno}: {shown(line, 120)}"


def _theirs(file: str) -> bool:
    """Tell whether a file is a study's own: outside this package, or on the shelf of studies."""
    path = Path(file)
    return not file.startswith("<") and (PACKAGE not in path.parents or SHELF in path.parents)
