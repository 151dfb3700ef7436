"""News for the pages that are open: each is told what it has not seen, in order, or to ask for everything anew."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from latebloom.web.answers import RefusedError, json_bytes

REMEMBERED = 256  # pieces of news for pages that come back
MOST_WAITING = 32  # pieces of news for one page; a page that is slower is told to ask anew
MOST_VIEWERS = 128
PING_SECONDS = 10.0
RESYNC = "resync"


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news: its number, what kind it is, and its text as it is sent."""

    cursor: int
    kind: str
    data: bytes

    @property
    def text(self) -> bytes:
        """Write it as a server-sent event."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.cursor, self.kind.encode("ascii"), self.data)


@dataclass(slots=True, eq=False)
class Viewer:
    """One open page: the news that wait for it."""

    waiting: deque[News] = field(default_factory=deque[News])
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, news: News) -> None:
        """Let a piece of news wait; where too many do, they make way for a word to ask for everything."""
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            news = News(news.cursor, RESYNC, b"{}")
        self.waiting.append(news)
        self.woken.set()


class Feed:
    """What is told to every page; belongs to the event loop."""

    def __init__(self) -> None:
        self.cursor = 0
        self.watched = asyncio.Event()
        self._viewers: set[Viewer] = set()
        self._remembered: deque[News] = deque(maxlen=REMEMBERED)
        self._closed = False

    @property
    def viewers(self) -> int:
        """How many pages listen."""
        return len(self._viewers)

    def publish(self, kind: str, data: Any) -> None:
        """Tell every page."""
        self.cursor += 1
        news = News(self.cursor, kind, json_bytes(data))
        self._remembered.append(news)
        for viewer in self._viewers:
            viewer.tell(news)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for viewer in self._viewers:
            viewer.woken.set()

    def check_room(self) -> None:
        """Check that one more page may listen.

        Raises:
            RefusedError: too many do.
        """
        if self.viewers >= MOST_VIEWERS:
            raise RefusedError(429, "busy", f"{self.viewers} pages listen already; close one")

    async def stream(self, since: int | None) -> AsyncIterator[bytes]:
        """Give one page the news after `since`, for as long as it listens; None: those from now on."""
        viewer = Viewer()
        for news in self._missed(since):
            viewer.tell(news)
        self._viewers.add(viewer)
        self.watched.set()
        try:
            yield b"retry: 1000\n\n"
            while not self._closed:
                while viewer.waiting:
                    yield viewer.waiting.popleft().text
                viewer.woken.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(PING_SECONDS):
                        await viewer.woken.wait()
                        continue
                yield b": ping\n\n"
        finally:
            self._viewers.discard(viewer)
            if not self._viewers:
                self.watched.clear()

    def _missed(self, since: int | None) -> list[News]:
        """List what a page that has seen `since` has not; that is everything where it can no longer be told."""
        if since is None or since == self.cursor:
            return []
        oldest = self._remembered[0].cursor if self._remembered else self.cursor + 1
        if since > self.cursor or since < oldest - 1:
            return [News(self.cursor, RESYNC, b"{}")]
        return [news for news in self._remembered if news.cursor > since]
