"""Answers that were made already, for the next page that asks the same of runs that have not changed since."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from latebloom.web.answers import Body

MEMORY = 64_000_000  # bytes


class Kept:
    """Keeps the newest body of each question; those that were asked for longest ago go first.

    Ten pages that ask the same at once wait for one of them.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._bodies: OrderedDict[Hashable, tuple[Hashable, Body]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, question: Hashable, state: Hashable, make: Callable[[], Body]) -> Body:
        """Give the body that is kept for this question, or make it and keep it where things have changed since.

        Args:
            question: what is asked.
            state: of all that the answer is made from; a body of another one is forgotten.
            make: makes the body.
        """
        key = (question, state)
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        try:
            with making:
                found = self._found(question, state)
                if found is None:
                    found = make()
                    self._keep(question, state, found)
                return found
        finally:
            with self._lock:
                if self._making.get(key) is making and not making.locked():
                    del self._making[key]

    def _found(self, question: Hashable, state: Hashable) -> Body | None:
        with self._lock:
            of, body = self._bodies.get(question, (None, None))
            if body is None or of != state:
                return None
            self._bodies.move_to_end(question)
            return body

    def _keep(self, question: Hashable, state: Hashable, body: Body) -> None:
        with self._lock:
            self._bodies[question] = state, body
            self._bodies.move_to_end(question)
            taken = sum(len(kept.data) for _, kept in self._bodies.values())
            while taken > self._memory and self._bodies:
                _, (_, gone) = self._bodies.popitem(last=False)
                taken -= len(gone.data)
