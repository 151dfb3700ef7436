"""Ctrl-C and SIGTERM ask to stop once; a second one insists."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Catches the signals while it is entered; `asked` tells whether one came, `exit_code` which."""

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[int, Any] = {}

    def asked(self) -> bool:
        """Tell whether to stop."""
        return self.number != 0

    @property
    def exit_code(self) -> int:
        """130 for an interrupt, 143 for a request to terminate."""
        return 128 + self.number

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._catch) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _catch(self, number: int, frame: FrameType | None) -> None:
        del frame
        insisting, self.number = self.asked(), number
        if insisting:
            raise KeyboardInterrupt
