"""Answers that were made already, for the next page that asks the same of runs that have not changed since."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from latebloom.web.answers import Body

MEMORY = 64_000_000  # bytes


class Kept:
    """Keeps bodies by what they answer; those that were asked for longest ago go first.

    Ten pages that ask the same at once wait for one of them.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._bodies: OrderedDict[Hashable, Body] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Body]) -> Body:
        """Give the body that is kept for this key, or make it and keep it."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        try:
            with making:
                found = self._found(key)
                if found is None:
                    found = make()
                    self._keep(key, found)
                return found
        finally:
            with self._lock:
                if self._making.get(key) is making and not making.locked():
                    del self._making[key]

    def _found(self, key: Hashable) -> Body | None:
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
            return self._bodies.get(key)

    def _keep(self, key: Hashable, body: Body) -> None:
        with self._lock:
            self._bodies[key] = body
            taken = sum(len(kept.data) for kept in self._bodies.values())
            while taken > self._memory and self._bodies:
                _, gone = self._bodies.popitem(last=False)
                taken -= len(gone.data)
