"""Views are computed in threads, a few at a time and not for ever, so that the stream of news never waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from latebloom.web.answers import RefusedError

Answer = TypeVar("Answer")
THREADS = 4
MOST_WAITING = 64
SECONDS = 60.0


class Work:
    """Carries functions out in threads of its own.

    Args:
        threads: how many at once.
        waiting: how many may stand in line; more are refused.
        seconds: how long an answer may take; what takes longer is answered with a refusal.
    """

    def __init__(self, threads: int = THREADS, waiting: int = MOST_WAITING, seconds: float = SECONDS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="latebloom-view")
        self._most, self._seconds, self._begun = threads + waiting, seconds, 0

    async def do(self, function: Callable[[], Answer]) -> Answer:
        """Call a function in a thread and give its answer.

        Raises:
            RefusedError: too many wait already, it took too long, or the server ends.
        """
        if self._begun >= self._most:
            raise RefusedError(
                429, "busy", f"{self._begun} requests are being answered already; ask again in a moment"
            )
        self._begun += 1
        future = self._pool.submit(function)
        future.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            text = f"this took longer than {self._seconds:g} s; ask for fewer runs or points"
            raise RefusedError(503, "too-long", text) from None
        except asyncio.CancelledError:  # the server ends and waits no longer
            raise RefusedError(503, "ending", "the server is being ended; nothing was answered") from None

    def _ended(self, _: object) -> None:
        self._begun -= 1  # under the interpreter's lock; a miscount by one would do no harm

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
