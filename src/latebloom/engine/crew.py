"""Threads that compute side by side, one core each.

Left to torch, the threads of a CPU share out each operation and wait for each other hundreds of times in a step: with a
core taken away for a moment now and then, a step of the manifold protocol took up to eight times as long with two
threads as with one. A crew shares out lanes, or the rows of a batch, and waits once.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

T = TypeVar("T")


class Crew:
    """As many threads as the caller may use, `torch.get_num_threads()` of them."""

    def __init__(self) -> None:
        self.size = torch.get_num_threads()
        flush = flushes_denormals()
        self._pool = (
            ThreadPoolExecutor(self.size, "crew", initializer=_alone, initargs=(flush,))
            if self.size > 1
            else None
        )

    def all(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Do all tasks and return what they return, in their order. A task's error is passed on."""
        if self._pool is None or len(tasks) == 1:
            return [task() for task in tasks]
        return list(self._pool.map(lambda task: task(), tasks))

    def leave(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


def flushes_denormals() -> bool:
    """Whether this thread rounds denormal numbers to zero."""
    return not torch.tensor([2.0**-1060], dtype=torch.float64).mul(1.0).item()


def _alone(flush: bool) -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(flush)
