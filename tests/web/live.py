"""A server that listens, in a thread of this process."""

from __future__ import annotations

import threading
import time
from typing import Any

import uvicorn

from latebloom.store import ColumnReader, Lab
from latebloom.web.access import Access
from latebloom.web.application import application
from latebloom.web.context import Context
from latebloom.web.server import EndingServer, listen


class LiveServer:
    """Serves a lab at a free port while it is entered."""

    def __init__(self, lab: Lab, *, control: bool = False, **means: Any) -> None:
        self._listener = listen("127.0.0.1", 0)
        self.port = self._listener.getsockname()[1]
        self.access = Access.at(self.port, control=control)
        self.context = Context(lab, self.access, ColumnReader(lab), **means)
        config = uvicorn.Config(
            application(self.context), http="h11", ws="none", lifespan="on", log_level="error", access_log=False,
            proxy_headers=False, server_header=False, timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = EndingServer(config, self.context)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access.token}"}

    def __enter__(self) -> LiveServer:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
