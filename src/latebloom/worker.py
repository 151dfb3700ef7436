"""A process that trains: jobs come in on standard input, a line each; messages go out on standard output.

Started by `latebloom.executors.processes`, a fresh interpreter, so nobody's main module is run twice and the process
that shows progress need not load torch. When standard input closes, whoever started this is gone, and it ends at once:
what is stored is whole at every moment.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from latebloom.errors import LatebloomError
from latebloom.running.job import Job


def main() -> None:
    """Train what is asked for until told to quit."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to us too; who started us decides
    jobs: queue.Queue[Mapping[str, Any]] = queue.Queue()
    stopping = threading.Event()
    threading.Thread(target=_listen, args=(jobs, stopping), daemon=True).start()
    from latebloom.running.training import train_job  # loads torch, while the first line is on its way

    while True:
        request = jobs.get()
        if request["kind"] == "quit":
            return
        try:
            whole = train_job(Job.of(request["job"]), _say, stopping.is_set)
            _say({"kind": "finished", "whole": whole})
        except LatebloomError as error:
            _say({"kind": "failed", "message": str(error), "error": type(error).__name__, "exit_code": error.exit_code})
        except MemoryError:
            _say({"kind": "failed", "message": "out of memory; train fewer lanes at once", "error": "ResourceError", "exit_code": 5})


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
