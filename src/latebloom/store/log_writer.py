"""The writing end of a run's log."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from latebloom.errors import LabError
from latebloom.records import Look
from latebloom.store import files
from latebloom.store.log import LOG, LogContents, encode_look, frame, read_log


class LogWriter:
    """A log open for appending; its torn tail, if it had one, is cut off. The caller holds the log's lock.

    Raises:
        DamagedError: the log holds bytes that no crash leaves.
    """

    def __init__(self, folder: Path, run: str, name: str = LOG) -> None:
        self.path = folder / name
        found = read_log(self.path, run)
        self._run, self._looks, self._offsets, self._chains = (
            run,
            [*found.looks],
            [*found.offsets],
            [*found.chains],
        )
        self._remains, self._trusted = False, True
        self._descriptor = files.open_to_append(self.path)
        try:
            self.cut(len(self._looks))
        except BaseException:
            files.calls.close(self._descriptor)
            raise

    @property
    def contents(self) -> LogContents:
        """What the log holds now."""
        return LogContents(self._run, tuple(self._looks), tuple(self._offsets), tuple(self._chains))

    @property
    def ended(self) -> str:
        """The status with which the run ended; empty while it has not."""
        return self._looks[-1].end if self._looks else ""

    @property
    def end(self) -> int:
        """The byte at which the last record ends."""
        return self._offsets[-1] if self._offsets else 0

    def append(self, look: Look) -> None:
        """Add one record, in one write. On an error the log is as it was before."""
        self._check()
        line, chain = frame(encode_look(look), self._chains[-1] if self._chains else self._run)
        with files.refusals(self.path):
            self._cut_remains()
            self._remains = True
            try:
                files.append(self._descriptor, line)
            except OSError:
                with suppress(OSError):
                    self._cut_remains()
                raise
            self._remains = False
        self._offsets.append(self.end + len(line))
        self._looks.append(look)
        self._chains.append(chain)

    def _cut_remains(self) -> None:
        """Cut off what a failed write left of its record."""
        if self._remains:
            files.calls.ftruncate(self._descriptor, self.end)
            self._remains = False

    def cut(self, records: int) -> None:
        """Keep the first `records` records, durably."""
        with files.refusals(self.path):
            files.calls.ftruncate(self._descriptor, self._offsets[records - 1] if records else 0)
        self._remains = False
        del self._looks[records:], self._offsets[records:], self._chains[records:]
        self.sync()

    def sync(self) -> None:
        """Make every record durable. After a failure nothing more is written: the disk's state is unknown."""
        self._check()
        self._trusted = False
        with files.refusals(self.path):
            files.calls.fsync(self._descriptor)
        self._trusted = True

    def _check(self) -> None:
        if not self._trusted:
            raise LabError(f"{self.path} could not be synced to the disk before; open the run again to go on")

    def close(self) -> None:
        """Sync, unless that failed before, and close."""
        try:
            if self._trusted:
                self.sync()
        finally:
            with files.refusals(self.path):
                files.calls.close(self._descriptor)
