"""Asks a server in this process, the way a browser or somebody else would."""

from __future__ import annotations

from typing import Any

import anyio
import httpx

from latebloom.store import ColumnReader, Lab
from latebloom.web.access import Access
from latebloom.web.application import application
from latebloom.web.context import Context

PORT = 8123
HOST = f"127.0.0.1:{PORT}"


class Server:
    """A server of a lab in this process; `ask` as its own page would, `send` with headers as given."""

    def __init__(self, lab: Lab, *, control: bool = False, **means: Any) -> None:
        self.access = Access.at(PORT, control=control)
        self.context = Context(lab, self.access, ColumnReader(lab), **means)
        self.app = application(self.context)

    def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        headers = {
            "host": HOST,
            "cookie": f"{self.access.cookie}={self.access.token}",
            **more.pop("headers", {}),
        }
        return self.send(method, path, list(headers.items()), **more)

    def send(self, method: str, path: str, headers: list[tuple[str, str]], **more: Any) -> httpx.Response:
        return anyio.run(self._send, method, path, headers, more)

    async def _send(
        self, method: str, path: str, headers: list[tuple[str, str]], more: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            request = client.build_request(method, path, **more)
            request.headers = httpx.Headers(headers)
            if request.content:
                request.headers["content-length"] = str(len(request.content))
            return await client.send(request)


async def raw(
    app: Any, method: str, path: str, headers: list[tuple[str, str]], query: bytes = b"", body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    """Ask an application with a path as it stands, which no client has tidied up; give status, headers, body."""
    told: list[Any] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return waiting.pop(0) if waiting else await anyio.sleep_forever()

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "query_string": query,
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", PORT),
    }
    await app(scope, receive, send)
    start = told[0]
    found = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return start["status"], found, b"".join(message.get("body", b"") for message in told[1:])
