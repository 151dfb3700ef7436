"""What was measured of a run's stored snapshots: a log of its own, so that a run under training can be measured too.

Each record names the snapshot that it was measured on, and counts only while the run's log names the same bytes at that
step: what a run that is wound back or trained anew leaves behind is left out, and so never mixed with other weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType

from latebloom.errors import LabError
from latebloom.records import ArrayRef, Look
from latebloom.store.lab import Lab
from latebloom.store.lock import MEASURING_PATIENCE, MeasuringLock
from latebloom.store.log_writer import LogWriter

MEASURED = "measured.log"


class MeasuredWriter:
    """The one writer of what is measured of a run; a context manager. The run may be under training.

    `patience` is how many seconds it waits for another process that measures the run.

    Raises:
        LockedError: another process measures the run.
        LabError: there is no such run, or the lab is read-only.
        DamagedError: the log holds bytes that no crash leaves.
    """

    def __init__(self, lab: Lab, run: str, *, patience: float = MEASURING_PATIENCE) -> None:
        folder = lab.folder(run)
        if not folder.is_dir():
            raise LabError(f"there is no run {run} in {lab.path}")
        self._lock = MeasuringLock(folder, patience)
        try:
            self._log = LogWriter(folder, run, MEASURED)
        except BaseException:
            self._lock.release()
            raise

    @property
    def looks(self) -> tuple[Look, ...]:
        """What the log holds now."""
        return self._log.contents.looks

    def append(self, step: int, values: Mapping[str, float], snapshot: ArrayRef) -> None:
        """Add numbers measured on the snapshot of a step, durably.

        Raises:
            ResourceError: the disk is full; the log is as it was.
        """
        self._log.append(Look(step, values, arrays=(snapshot,)))
        self._log.sync()

    def __enter__(self) -> MeasuredWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._log.close()
        finally:
            self._lock.release()


def merged(looks: Sequence[Look], measured: Sequence[Look]) -> tuple[Look, ...]:
    """Add what was measured to the looks at the same steps; what was seen there already stays as it is."""
    found: dict[int, dict[str, float]] = {}
    kept = {look.step: look.arrays for look in looks if look.arrays}
    for look in measured:
        if look.arrays and set(look.arrays) <= set(kept.get(look.step, ())):
            found[look.step] = {**look.values, **found.get(look.step, {})}
    if not found:
        return tuple(looks)
    return tuple(_with(look, found) if look.arrays else look for look in looks)


def _with(look: Look, found: Mapping[int, Mapping[str, float]]) -> Look:
    return replace(look, values={**found.get(look.step, {}), **look.values})
