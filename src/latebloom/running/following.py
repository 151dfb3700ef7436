"""The handle of the process that measures keyframes: started beside the workers, heard, told to finish, let go."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from latebloom.errors import LatebloomError
from latebloom.executors import Failure, let_go
from latebloom.running.keyframes import Keyframes

Message = Mapping[str, Any]
COMMAND = (sys.executable, "-m", "latebloom.running.measurer")
PATIENCE = 0.2  # seconds between two chances to stop while what is left is measured
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


class Follower:
    """Measures keyframes in a process of its own while it is entered; none is started where there are none.

    Args:
        keyframes: the runs to follow.
        on_message: hears how many are left, in the thread that asks.
    """

    def __init__(self, keyframes: Sequence[Keyframes], on_message: Callable[[int, Message], None]) -> None:
        self.keyframes, self.on_message = keyframes, on_message
        self.failures: list[Failure] = []
        self.process: subprocess.Popen[str] | None = None
        self.inbox: queue.Queue[Message] = queue.Queue()

    def __enter__(self) -> Self:
        if self.keyframes:
            self.process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                process_group=0 if os.name == "posix" else None,  # a terminal's Ctrl-C is for us to pass on
                env={**os.environ, **ONE_THREAD},
            )
            self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
            self.reader.start()
            self._send(json.dumps([asdict(one) for one in self.keyframes]))
        return self

    def poll(self) -> None:
        """Pass on what the process has said since."""
        while not self.inbox.empty():
            self._hear(self.inbox.get())

    def finish(self, should_stop: Callable[[], bool]) -> bool:
        """Wait until everything that is stored is measured; false if asked to stop before."""
        if not self.process:
            return True
        self._send("finish")
        while self.process.poll() is None or self.reader.is_alive():
            with suppress(queue.Empty):
                self._hear(self.inbox.get(timeout=PATIENCE))
            if should_stop():
                return False
        self.poll()
        if self.process.returncode != 0:
            text = f"the process that measures keyframes ended with code {self.process.returncode}"
            problem = f"{text}; latebloom resume measures what is left"
            self.failures.append(Failure(-1, problem, LatebloomError.exit_code))
        return True

    def _hear(self, message: Message) -> None:
        if message["kind"] == "failed":
            self.failures.append(Failure(-1, message["message"], message["exit_code"]))
        else:
            self.on_message(-1, message)

    def _send(self, line: str) -> None:
        assert self.process
        assert self.process.stdin
        with suppress(BrokenPipeError):  # it has died; its exit code tells
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                self.inbox.put(_understood(line))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.process:
            return
        let_go(self.process)
        self.reader.join()


def _understood(line: str) -> Message:
    """Read a message; what some library printed in between is passed on as a warning."""
    try:
        message: object = json.loads(line)
    except ValueError:
        message = None
    return message if isinstance(message, dict) else {"kind": "warning", "message": line.strip()}
