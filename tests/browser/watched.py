"""Tabs of a real browser, each in a profile of its own, of which every complaint and every request is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, WebError

SIZE = {"width": 1280, "height": 720}
PATIENCE = 120_000  # milliseconds; beside other tests a snapshot may take a while to be measured
INSIDE = ("blob:", "data:", "about:")  # what the page makes itself


class Tabs:
    """Opens tabs; `check` fails where one complained, or asked anyone but the servers that it was opened with."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._origins: set[str] = set()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.expected: list[str] = []

    def open(
        self,
        address: str,
        *,
        scheme: str = "light",
        hold: tuple[str, list[Route]] | None = None,
        **options: Any,
    ) -> Page:
        """Open an address in a fresh profile; requests of a pattern may be held, to be continued by the test."""
        settings: dict[str, Any] = {"viewport": SIZE, "color_scheme": scheme, "locale": "en-GB", **options}
        context = self._browser.new_context(**settings)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", self._failed)
        if hold:
            pattern, held = hold
            context.route(pattern, lambda route: held.append(route))
        page = context.new_page()
        self._origins.add(_origin(address))
        page.goto(address)
        return page

    def expect(self, *patterns: str) -> None:
        """Let complaints pass that a test brings about on purpose."""
        self.expected += patterns

    def check(self) -> None:
        """See that no tab complained and nothing left the machine."""
        elsewhere = [
            url for url in self.requests if not url.startswith(INSIDE) and _origin(url) not in self._origins
        ]
        assert not elsewhere, f"asked for elsewhere: {elsewhere}"
        assert not self.unexpected(), "\n".join(self.unexpected())

    def unexpected(self) -> Sequence[str]:
        """List the complaints that no test has announced."""
        return [
            one for one in self.complaints if not any(re.search(pattern, one) for pattern in self.expected)
        ]

    def close(self) -> None:
        """Close all tabs."""
        for context in self._contexts:
            context.close()

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _failed(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")


def let_go(page: Page, held: list[Route]) -> None:
    """Let held requests go on, once there are any."""
    while not held:
        page.wait_for_timeout(50)
    for route in held:
        route.continue_()


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])
