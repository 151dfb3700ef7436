"""Numbers over records that grow at their end: what was handed out stays as it was while more is added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = 64


class Growing:
    """An array that is appended to. A view of its first elements never changes.

    Args:
        kind: the dtype of its elements.
        first: the elements that it begins with; they are copied when more are added.
    """

    def __init__(self, kind: type[np.generic], first: NDArray[Any] | None = None) -> None:
        self._buffer: NDArray[Any] = np.empty(0, dtype=kind) if first is None else first
        self._count = len(self._buffer)

    def __len__(self) -> int:
        return self._count

    def extend(self, more: Sequence[Any]) -> None:
        """Add elements at the end."""
        needed = self._count + len(more)
        if needed > len(self._buffer):
            larger = np.empty(max(LEAST, needed, 2 * len(self._buffer)), dtype=self._buffer.dtype)
            larger[: self._count] = self._buffer[: self._count]
            self._buffer = larger
        self._buffer[self._count : needed] = more
        self._count = needed

    @property
    def array(self) -> NDArray[Any]:
        """The elements so far, not to be written to."""
        view = self._buffer[: self._count]
        view.flags.writeable = False
        return view

    @property
    def size(self) -> int:
        """How many bytes of memory it takes."""
        return self._buffer.nbytes
