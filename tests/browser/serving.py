"""`latebloom serve` as a process of its own, which prints its address, can be killed, and be started anew."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.browser.labs import LATEBLOOM

ADDRESS = re.compile(r"(http://127\.0\.0\.1:(\d+))/\?token=([0-9a-f]+)")


class Served:
    """A server of a lab; `address` opens a view with the key that it printed."""

    def __init__(self, lab: Path, *words: str, port: int = 0) -> None:
        self._command = [*LATEBLOOM, "serve", f"--lab={lab}", *words]
        self._start(port)

    def _start(self, port: int) -> None:
        self._process = subprocess.Popen(
            [*self._command, f"--port={port}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        said = _pipe(self._process.stdout).readline()
        found = ADDRESS.match(said)
        assert found, f"no address in {said!r}; {self._process.communicate(timeout=30)[1]}"
        self.origin, self.port, self.token = found[1], int(found[2]), found[3]

    @property
    def process(self) -> int:
        """The id of its process."""
        return self._process.pid

    def address(self, path: str = "/runs") -> str:
        """Write the address of a view, with the key."""
        return f"{self.origin}{path}{'&' if '?' in path else '?'}token={self.token}"

    def kill(self) -> None:
        """End it without a word, as a crash would."""
        self._process.kill()
        self._process.communicate()

    def restart(self) -> None:
        """Start it anew at the same port; its key is another."""
        self._start(self.port)

    def close(self) -> str:
        """Ask it to end; return what it said meanwhile about what went wrong."""
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.communicate(timeout=60)[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        said = self.close()
        assert "Traceback" not in said, said


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe
    return pipe
