"""A process that looks at snapshots: a request a line on standard input, answers a line each on standard output.

    {"kind": "ask", "number": 3, "request": {"view": "manifold", ...}}      {"kind": "forget", "number": 3}
    {"number": 3, "kind": "done", "share": 0.4}
    {"number": 3, "kind": "answer", "view": {...}}
    {"number": 3, "kind": "failed", "error": "NotApplicableError", "message": "...", "command": "..."}

Requests are carried out side by side, a snapshot of each in turn. When standard input closes, whoever started this is
gone, and it ends at once: what is kept on disk is held against checksums.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latebloom.errors import LatebloomError, NotApplicableError
from latebloom.lens.wire import decode, encode
from latebloom.store import Lab

NICENESS = 10  # beside that of the server, which gives way already


def main() -> None:
    """Answer until told to quit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to us too; who started us decides
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    asked: queue.Queue[Mapping[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()

    from latebloom.lens.working import Working  # loads torch

    working = Working(Lab(Path(sys.argv[1])))
    while True:
        while not working.idle or not asked.empty():
            while not asked.empty():
                _take(working, asked.get())
            for number in working.numbers:
                _say(number, _advanced(working, number))
        _take(working, asked.get())


def _take(working: Any, message: Mapping[str, Any]) -> None:
    if message["kind"] == "forget":
        working.forget(message["number"])
    else:
        working.begin(message["number"], message["request"])


def _advanced(working: Any, number: int) -> dict[str, Any]:
    try:
        return working.advance(number)
    except LatebloomError as error:
        working.forget(number)
        command = error.command if isinstance(error, NotApplicableError) else ""
        return {"kind": "failed", "error": type(error).__name__, "message": str(error), "command": command}


def _say(number: int, message: Mapping[str, Any]) -> None:
    sys.stdout.write(encode({"number": number, **message}) + "\n")
    sys.stdout.flush()


def _listen(asked: queue.Queue[Mapping[str, Any]]) -> None:
    for line in sys.stdin:
        asked.put(decode(line))
    os._exit(0)


if __name__ == "__main__":
    main()
