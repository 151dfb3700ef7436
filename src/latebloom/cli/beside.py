"""The live view beside training: a process of its own, which ends when training's command does."""

from __future__ import annotations

import os
import subprocess
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from latebloom.executors import let_go

if TYPE_CHECKING:
    from latebloom.store import Lab

STANDARD_ERROR = 2
COMMAND = (sys.executable, "-m", "latebloom.web")


class Beside:
    """Serves a lab while it is entered, where that is wanted; the address goes to standard error.

    Args:
        lab: what is served.
        wanted: whether anything is.
    """

    def __init__(self, lab: Lab, *, wanted: bool) -> None:
        self._lab, self._wanted = lab, wanted
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        if self._wanted:
            self._process = subprocess.Popen(
                [*COMMAND, str(self._lab.path)],
                stdin=subprocess.PIPE,  # when it closes, we are gone, and so is the server
                stdout=STANDARD_ERROR,  # results alone go to standard output
                text=True,
                process_group=0 if os.name == "posix" else None,  # a terminal's Ctrl-C is for us
            )
        return self

    def stay(self) -> None:
        """On a terminal, leave the page up until Ctrl-C: whoever looks at it may not be done with it yet."""
        if self._process and sys.stderr.isatty():
            sys.stderr.write("the page stays until Ctrl-C\n")
            try:
                self._process.wait()
            except KeyboardInterrupt:
                return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            let_go(self._process)
