"""A pool of worker processes that take one request after the other and answer in lines of JSON.

Each worker is a fresh interpreter. One that dies takes only its own request with it, which is tried again once; what it
had stored it goes on from.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

from latebloom.errors import LatebloomError

Message = Mapping[str, Any]
TRIES = 2
GRACE = 10.0  # seconds that a worker has to end after its input was closed
LOST = "lost"


@dataclass(frozen=True)
class Failure:
    """A request that could not be carried out: what its worker said, and the exit code that this means."""

    request: int
    message: str
    exit_code: int


@dataclass(eq=False)
class Worker:
    """A process, which request it is busy with (-1: none), and the thread that reads what it says."""

    process: subprocess.Popen[str]
    request: int = -1
    reader: threading.Thread | None = None

    def send(self, message: Message) -> None:
        """Write a line of JSON to its standard input."""
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return  # it has died; its reader tells


class Workers:
    """Processes that are kept while it is entered: those of one batch of requests carry out the next as well.

    Args:
        command: starts a worker that reads requests on standard input and answers on standard output.
        environment: of the workers; this process's own if none.
    """

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        self.command, self.environment = command, environment
        self.workers: list[Worker] = []
        self.inbox: queue.Queue[tuple[Worker, Message]] = queue.Queue()

    def __enter__(self) -> Self:
        return self

    def carry_out(
        self,
        requests: Sequence[Message],
        *,
        at_once: int,
        on_message: Callable[[int, Message], None],
        should_stop: Callable[[], bool],
    ) -> tuple[list[Failure], bool]:
        """Carry out a batch of requests. Workers that were told to stop are let go.

        Args:
            requests: plain data, one answer ``finished`` or ``failed`` to each.
            at_once: how many workers, at most.
            on_message: receives (index of the request, message), in this thread.
            should_stop: asked a few times a second; once true, workers are told to save and stop.

        Returns:
            What failed, and whether everything was carried out to its end.
        """
        batch = _Batch(self, requests, on_message)
        try:
            return batch.run(min(at_once, len(requests)), should_stop)
        finally:
            if batch.stopping:
                self.let_all_go()

    def idle(self) -> Worker:
        """Give a worker that is free and alive: one that is kept, or a new one."""
        for worker in [one for one in self.workers if one.request < 0]:
            if worker.process.poll() is None:
                return worker
            self.drop(worker)
        return self._hire()

    def drop(self, worker: Worker) -> None:
        """Forget a worker that has died."""
        self.workers.remove(worker)
        _end(worker)

    def let_all_go(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.send({"kind": "quit"})
        while self.workers:
            self.drop(self.workers[-1])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_all_go()

    def _hire(self) -> Worker:
        process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0 if os.name == "posix" else None,  # a terminal's Ctrl-C is for us to pass on
            encoding="utf-8",
            env=self.environment,
        )
        worker = Worker(process)
        self.workers.append(worker)
        worker.reader = threading.Thread(target=self._read, args=(worker,), daemon=True)
        worker.reader.start()
        return worker

    def _read(self, worker: Worker) -> None:
        assert worker.process.stdout
        with worker.process.stdout as lines:
            for line in lines:
                self.inbox.put((worker, _understood(line)))
        self.inbox.put((worker, {"kind": LOST, "code": worker.process.wait()}))


class _Batch:
    """Requests that are being carried out."""

    def __init__(
        self, crew: Workers, requests: Sequence[Message], on_message: Callable[[int, Message], None]
    ) -> None:
        self.crew, self.requests, self.on_message = crew, requests, on_message
        self.waiting = list(range(len(requests)))
        self.tries = [0] * len(requests)
        self.failures: list[Failure] = []
        self.whole = True
        self.stopping = False

    def run(self, count: int, should_stop: Callable[[], bool]) -> tuple[list[Failure], bool]:
        for _ in range(count):
            self._assign(self.crew.idle())
        while any(worker.request >= 0 for worker in self.crew.workers):
            self._hear()
            if should_stop() and not self.stopping:
                self._stop()
        return self.failures, self.whole and not self.waiting

    def _assign(self, worker: Worker) -> None:
        worker.request = -1
        if self.waiting and not self.stopping:
            worker.request = self.waiting.pop(0)
            self.tries[worker.request] += 1
            worker.send({"kind": "job", "job": self.requests[worker.request]})

    def _hear(self) -> None:
        try:
            worker, message = self.crew.inbox.get(timeout=0.2)
        except queue.Empty:
            return
        if worker.request < 0:
            return
        if message["kind"] == "finished":
            self.whole = self.whole and bool(message["whole"])
            self._assign(worker)
        elif message["kind"] == "failed":
            self.failures.append(Failure(worker.request, message["message"], message["exit_code"]))
            self._assign(worker)
        elif message["kind"] == LOST:
            self._lost(worker, message["code"])
        else:
            self.on_message(worker.request, message)

    def _lost(self, worker: Worker, code: int) -> None:
        request, worker.request = worker.request, -1
        self.crew.drop(worker)
        if self.stopping or self.tries[request] >= TRIES:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            self.failures.append(Failure(request, f"a worker process {how}", LatebloomError.exit_code))
        else:
            self.on_message(
                request, {"kind": "warning", "message": "a worker process died; it is started again"}
            )
            self.waiting.insert(0, request)
        if self.waiting and not self.stopping:
            self._assign(self.crew.idle())

    def _stop(self) -> None:
        self.stopping = True
        for worker in self.crew.workers:
            worker.send({"kind": "stop"})


def _understood(line: str) -> Message:
    """Read a worker's message; what some library printed in between is passed on as a warning."""
    try:
        message: object = json.loads(line)
    except ValueError:
        message = None
    if isinstance(message, dict) and "kind" in message:
        return cast(Message, message)
    return {"kind": "warning", "message": line.strip()}


def let_go(process: subprocess.Popen[str]) -> None:
    """Let a process go that reads its standard input: with that closed it ends at once, or is ended in a while."""
    assert process.stdin
    with suppress(BrokenPipeError):
        process.stdin.close()
    try:
        process.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end(worker: Worker) -> None:
    let_go(worker.process)
    if worker.reader:
        worker.reader.join()
