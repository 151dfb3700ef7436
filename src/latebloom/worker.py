"""A process that trains: jobs come in on standard input, a line each; messages go out on standard output.

Started by `latebloom.executors.processes`, a fresh interpreter, so nobody's main module is run twice and the
process that shows progress need not load torch. When standard input closes, whoever started this is gone, and
it ends at once: what is stored is whole at every moment.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latebloom.errors import LatebloomError

OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")  # what torch's errors say


def main() -> None:
    """Train what is asked for until told to quit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to us too; who started us decides
    jobs: queue.Queue[Mapping[str, Any]] = queue.Queue()
    stopping = threading.Event()
    threading.Thread(target=_listen, args=(jobs, stopping), daemon=True).start()
    while (request := jobs.get())["kind"] != "quit":
        _say(_train(request["job"], stopping))


def _train(plain: Mapping[str, Any], stopping: threading.Event) -> dict[str, Any]:
    """Train one job; return the answer that is sent for it."""
    from latebloom.errors import LatebloomError, ResourceError
    from latebloom.running.job import Job
    from latebloom.running.training import train_job  # loads torch

    try:
        return {"kind": "finished", "whole": train_job(Job.of(plain), _say, stopping.is_set)}
    except LatebloomError as error:
        return _failure(error)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(words in str(error) for words in OUT_OF_MEMORY):
            raise
        return _failure(
            ResourceError(
                "out of memory; a smaller model, batch or population, or fewer --workers, would fit"
            )
        )


def _failure(error: LatebloomError) -> dict[str, Any]:
    return {
        "kind": "failed", "message": str(error), "error": type(error).__name__, "exit_code": error.exit_code,
    }  # fmt: skip


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _listen(jobs: queue.Queue[Mapping[str, Any]], stopping: threading.Event) -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if request["kind"] == "stop":
            stopping.set()
        else:
            jobs.put(request)
    os._exit(1)


if __name__ == "__main__":
    main()
