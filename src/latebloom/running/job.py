"""The unit of work: train these runs until they are done, from their last checkpoint. Plain data, no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Report = Callable[[Mapping[str, Any]], None]
"""Receives plain messages: ``kind`` is started, progress, look, event, ended or warning."""

ShouldStop = Callable[[], bool]
"""Tells whether to save and stop now."""


@dataclass(frozen=True)
class Job:
    """Runs that are trained as one program, and how.

    Args:
        lab: path of the lab.
        runs: ids, in the order of their slots when the population began.
        device: a device of torch.
        threads: CPU threads; a resumed population takes the number it was begun with.
        checkpoint_seconds: least time between checkpoints; they are made at evaluations.
        checkpoint_evaluations: make one every so many evaluations instead; 0 to go by time.
    """

    lab: str
    runs: tuple[str, ...]
    device: str = "cpu"
    threads: int = 1
    checkpoint_seconds: float = 30.0
    checkpoint_evaluations: int = 0

    def plain(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Job:
        """Read what `plain` wrote."""
        return cls(**{**plain, "runs": tuple(plain["runs"])})
