"""The code of a study is somebody's own: what it raises is told by its own line, not by ours."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from latebloom.errors import LatebloomError, StudyError, shown

OURS = "latebloom/study/"
Value = TypeVar("Value")


def guarded(call: Callable[[], Value], what: str) -> Value:
    """Call a study's own code. Errors of ours pass; what else it raises becomes an error of ours with its line.

    Args:
        call: the code.
        what: it is, for the message.

    Raises:
        StudyError: it raised; names file, line, and what.
    """
    try:
        return call()
    except LatebloomError:
        raise
    except (Exception, SystemExit) as error:
        raise StudyError(
            f"{what} raised {type(error).__name__}{_said(error)}{_where(error.__traceback__)}"
        ) from error


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f": {text[:200]}" if text else ""


def _where(trace: TracebackType | None) -> str:
    frames = [frame for frame in traceback.extract_tb(trace) if OURS not in frame.filename.replace("\\", "/")]
    own = [frame for frame in frames if not frame.filename.startswith("<frozen")]
    if not own:
        return ""
    last = own[-1]
    line = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    return f"; at {last.filename}, line {last.lineno}: {shown(line, 120)}"
