"""Asks the lens, and starts it when it is first needed. Loads no torch."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from latebloom import errors
from latebloom.errors import LatebloomError, NotApplicableError
from latebloom.executors.processes import let_go
from latebloom.lens.requests import Request, plain
from latebloom.lens.wire import decode, encode
from latebloom.store import Lab

MOST = 16  # requests that the lens is given at once
MEMORY = 128_000_000  # bytes of answers that are kept, as they came
WAIT = 0.3  # seconds within which an answer counts as given at once
UNASKED = 30.0  # seconds after which what nobody asks for any more is let go
SILENCE = 180.0  # seconds without a word after which the lens is started anew
TRIES = 2
REMEMBERED = 20.0  # seconds for which a failure is told again instead of tried again

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What keeps numpy's and torch's libraries from taking every core."""

Key = tuple[Request, str]


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer that is being made.

    Attributes:
        what: the view.
        since: seconds since it was first asked for.
        done: the share that is done, from 0 to 1; None where that is not known yet.
    """

    what: str
    since: float
    done: float | None


@dataclass(eq=False)
class _Asked:
    """A request: when it was first and last asked for, when the lens was last heard, what came of it."""

    number: int
    first: float
    last: float
    heard: float
    done: float | None = None
    sent: bool = False
    tries: int = 0
    view: Mapping[str, Any] | None = None
    failure: LatebloomError | None = None
    size: int = 0
    ready: threading.Event = field(default_factory=threading.Event)


class LensClient:
    """A lens of a lab, for many threads at once.

    Args:
        lab: where the runs are.
        command: starts a lens; the default does.
        memory: how many bytes of answers are kept.
        unasked, silence: seconds; see `UNASKED` and `SILENCE`.
    """

    def __init__(
        self,
        lab: Lab,
        command: Sequence[str] = (),
        *,
        memory: int = MEMORY,
        unasked: float = UNASKED,
        silence: float = SILENCE,
    ) -> None:
        self._command = command or (sys.executable, "-m", "latebloom.lens", str(lab.path))
        self._memory, self._unasked, self._silence = memory, unasked, silence
        self._asked: OrderedDict[Key, _Asked] = OrderedDict()
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.RLock()
        self._count = 0
        self._closed = False

    def ask(self, request: Request, stamp: str = "", wait: float = WAIT) -> Mapping[str, Any] | Pending:
        """Give what a request asks for, or say how far it is; whoever is told so asks again.

        Args:
            request: what is asked for.
            stamp: stands for the snapshots that there are: with another one, nothing that was answered before counts.
            wait: seconds to wait for an answer.

        Raises:
            NotApplicableError: the run does not allow it.
            LatebloomError: it cannot be answered, or the lens died of it twice.
        """
        with self._lock:
            asked = self._of((request, stamp))
            self._tend()
        asked.ready.wait(wait)
        with self._lock:
            if asked.failure:
                raise asked.failure
            if asked.view is not None:
                return asked.view
            return Pending(request.view, time.monotonic() - asked.first, asked.done)

    def close(self) -> None:
        """End the lens."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
        if process:
            let_go(process)

    def _of(self, key: Key) -> _Asked:
        now = time.monotonic()
        asked = self._asked.get(key)
        if asked is None or (asked.failure and now - asked.heard > REMEMBERED):
            self._count += 1
            asked = self._asked[key] = _Asked(self._count, now, now, now)
        self._asked.move_to_end(key)
        asked.last = now
        return asked

    def _tend(self) -> None:
        """Let go what nobody asks for, start a lens that is silent anew, and give it what waits."""
        now = time.monotonic()
        waiting = {key: asked for key, asked in self._asked.items() if not asked.ready.is_set()}
        for key, asked in waiting.items():
            if now - asked.last > self._unasked:
                del self._asked[key]
                self._send({"kind": "forget", "number": asked.number})
        under_way = [asked for asked in waiting.values() if asked.sent]
        if under_way and self._process and now - max(asked.heard for asked in under_way) > self._silence:
            self._process.kill()  # its reader tells
            return
        room = MOST - len(under_way)
        for key, asked in waiting.items():
            if room > 0 and not asked.sent and key in self._asked and not self._closed:
                self._begin(key[0], asked)
                room -= 1

    def _begin(self, request: Request, asked: _Asked) -> None:
        if self._process is None:
            self._start()
        asked.sent, asked.heard = True, time.monotonic()
        asked.tries += 1
        self._send({"kind": "ask", "number": asked.number, "request": plain(request)})

    def _start(self) -> None:
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **ONE_THREAD},
        )
        self._process = process
        threading.Thread(target=self._read, args=(process,), daemon=True).start()

    def _send(self, message: Mapping[str, Any]) -> None:
        if self._process is None:
            return
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has died; its reader tells
            self._process.stdin.write(encode(message) + "\n")
            self._process.stdin.flush()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout as lines:
            for line in lines:
                with suppress(ValueError):  # what some library printed in between
                    self._hear(decode(line), len(line))
        process.wait()
        assert process.stdin
        with self._lock:
            with suppress(BrokenPipeError):
                process.stdin.close()
            if self._process is process:
                self._process = None
                self._lost()

    def _hear(self, message: Mapping[str, Any], size: int) -> None:
        with self._lock:
            asked = {one.number: one for one in self._asked.values()}.get(message.get("number", 0))
            if asked is None:
                return
            asked.heard = time.monotonic()
            if message["kind"] == "done":
                asked.done = message["share"]
                return
            if message["kind"] == "answer":
                asked.view, asked.size = message["view"], size
            else:
                asked.failure = _error(message)
            asked.ready.set()
            self._let_go()

    def _lost(self) -> None:
        """Try again what a lens that died was asked for; what was tried twice has failed."""
        for asked in self._asked.values():
            if asked.sent and not asked.ready.is_set():
                asked.sent = False
                if asked.tries >= TRIES:
                    asked.heard = time.monotonic()
                    asked.failure = LatebloomError(
                        "the process that looks at snapshots ended twice over this; the terminal in which this is "
                        "served shows why"
                    )
                    asked.ready.set()

    def _let_go(self) -> None:
        """Forget answers that were asked for longest ago, where they take more memory than they may."""
        taken = sum(asked.size for asked in self._asked.values())
        for key, asked in list(self._asked.items())[:-1]:
            if taken <= self._memory:
                return
            if asked.ready.is_set():
                taken -= asked.size
                del self._asked[key]


def _error(message: Mapping[str, Any]) -> LatebloomError:
    """Make the error that the lens met; one whose parts are lost becomes the nearest kind with a text."""
    text = str(message["message"])
    kind = getattr(errors, str(message["error"]), LatebloomError)
    if issubclass(kind, NotApplicableError | errors.MissingExtraError):
        return NotApplicableError(text, str(message.get("command", "")))
    for plainer in (errors.InputError, errors.DamagedError, errors.ResourceError, errors.LockedError):
        if issubclass(kind, plainer):
            return plainer(text)
    return LatebloomError(text)
