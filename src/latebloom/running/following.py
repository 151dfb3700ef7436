"""Processes that measure keyframes: one beside the workers, others that help where cores are free, heard and let go."""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from latebloom.errors import LatebloomError
from latebloom.executors import LOST, Failure, Worker, Workers
from latebloom.running.estimate import PROCESS_BYTES, SHARE, machine_memory
from latebloom.running.keyframes import Keyframes
from latebloom.running.measurer import FINISH, FINISHED, FOLLOW
from latebloom.running.plan import cores

Message = Mapping[str, Any]
COMMAND = (sys.executable, "-m", "latebloom.running.measurer")
PATIENCE = 0.2  # seconds between two chances to stop while what is left is measured
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


def measurers() -> Workers:
    """Give processes that measure, to be entered; each is started when there is something for it."""
    return Workers(COMMAND, environment={**os.environ, **ONE_THREAD})


class Follower:
    """Measures keyframes in processes of their own while it is entered; none is started where there are none.

    Args:
        keyframes: the runs to follow.
        on_message: hears how many are left, in the thread that asks.
        crew: processes that are kept for several followers, one after the other; its own if none.
    """

    def __init__(
        self,
        keyframes: Sequence[Keyframes],
        on_message: Callable[[int, Message], None],
        crew: Workers | None = None,
    ) -> None:
        self.keyframes, self.on_message = keyframes, on_message
        self.kept, self.crew = crew is not None, crew or measurers()
        self.failures: list[Failure] = []
        self.left: dict[str, int] = {}
        self.done, self.lost = False, False

    def __enter__(self) -> Self:
        if self.keyframes:
            self._join()
        return self

    def poll(self) -> None:
        """Pass on what the processes have said since."""
        with suppress(queue.Empty):
            while True:
                self._hear(*self.crew.inbox.get_nowait())

    def finish(self, should_stop: Callable[[], bool]) -> bool:
        """Wait until everything that is stored is measured; false if asked to stop before.

        Training is over and its cores are free: as many processes share what is left, unless one has died of it.
        """
        self.poll()
        while self.keyframes and not self.lost and len(self.at_work) < most_at_once(len(self.keyframes)):
            self._join()
        for worker in self.at_work:
            worker.send({"kind": FINISH})
        while self.at_work and not self._whole():
            with suppress(queue.Empty):
                self._hear(*self.crew.inbox.get(timeout=PATIENCE))
            if should_stop():
                return False
        return True

    def _whole(self) -> bool:
        """Tell whether all is measured, by one that says so; others that only start are let go unless they are kept."""
        return self.done and not self.kept and not self.failures

    @property
    def at_work(self) -> list[Worker]:
        """The processes that are not done yet."""
        return [worker for worker in self.crew.workers if worker.request >= 0]

    def _join(self) -> None:
        worker = self.crew.idle()
        worker.request = 0
        worker.send({"kind": FOLLOW, "keyframes": [asdict(one) for one in self.keyframes]})

    def _hear(self, worker: Worker, message: Message) -> None:
        if message["kind"] == "left":
            self.left |= message["runs"]
            self.on_message(-1, {"kind": "keyframe", "left": sum(self.left.values())})
        elif message["kind"] == "failed":
            self._fail(message["message"], message["exit_code"])
        elif message["kind"] == FINISHED:
            worker.request, self.done = -1, True
        elif message["kind"] != LOST:
            self.on_message(-1, message)
        elif worker.request >= 0:
            self.lost = True
            text = f"the process that measures keyframes ended with code {message['code']}"
            self._fail(f"{text}; latebloom resume measures what is left", LatebloomError.exit_code)
            self.crew.drop(worker)

    def _fail(self, problem: str, exit_code: int) -> None:
        """Keep a failure once, however many processes come upon it."""
        failure = Failure(-1, problem, exit_code)
        if failure not in self.failures:
            self.failures.append(failure)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.kept or self.at_work:  # what they are at is not waited for
            self.crew.let_all_go()


def most_at_once(runs: int) -> int:
    """Count the processes that can measure so many runs at once: one for each core, as far as memory goes."""
    room = int(SHARE * machine_memory() // (2 * PROCESS_BYTES))
    return max(1, min(cores(), runs, room))
