"""One writer per run: a lock of the operating system, which the death of its holder releases."""

from __future__ import annotations

import os
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from latebloom.errors import DamagedError, LockedError
from latebloom.records import canonical_json
from latebloom.store import files, plain

LOCK = "lock"
MEASURING_LOCK = "measured.lock"
MEASURING_PATIENCE = 10.0  # seconds; a process that follows training holds it for one snapshot at a time
HOLDER = "holder.json"
PATIENCE = 0.1  # seconds; a reader's probe holds the lock for some microseconds
HOLDER_PATIENCE = 1.0  # seconds for a new holder to write its name
POLL = 0.01


class MeasuringLock:
    """The lock of what is measured of a run afterwards: another than that of its training.

    Args:
        folder: of the run.
        patience: seconds to wait for another process.

    Raises:
        LockedError: another process measures the run.
        LabError: the lab is read-only here.
    """

    def __init__(self, folder: Path, patience: float = MEASURING_PATIENCE) -> None:
        self._lock = FileLock(folder / MEASURING_LOCK, thread_local=False)
        with files.refusals(folder / MEASURING_LOCK):
            try:
                self._lock.acquire(timeout=patience, poll_interval=POLL)
            except Timeout:
                raise LockedError(f"run {folder.name} is being measured by another process") from None

    def release(self) -> None:
        """Let another process measure the run."""
        self._lock.release()


class RunLock:
    """The lock of a run, held from construction until `release` or the death of the process.

    Children that are forked while it is held keep it held until they end too.

    Raises:
        LockedError: another writer holds it; names the run and the holder's process.
        LabError: the lab is read-only here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK, thread_local=False)
        with files.refusals(folder / LOCK):
            try:
                self._lock.acquire(timeout=PATIENCE, poll_interval=POLL)
            except Timeout:
                raise LockedError(f"run {folder.name} is being written by {_holder(folder)}") from None
        try:
            files.write_atomic(folder / HOLDER, _own_name())
        except BaseException:
            self._lock.release()
            raise

    def release(self) -> None:
        """Let another writer have the run. Releasing twice is no error."""
        try:
            if self._lock.is_locked:
                files.remove(self._folder / HOLDER)
        finally:
            self._lock.release()


def is_locked(folder: Path) -> bool:
    """Tell whether a live writer holds the run. Changes nothing, and works in a read-only lab."""
    path = folder / LOCK
    if not path.exists():
        return False
    if sys.platform == "win32":
        return _is_locked_on_windows(path)
    import fcntl

    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two readers do not see one another
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks, on which nobody can write either
        return False
    return False


def _is_locked_on_windows(path: Path) -> bool:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return True
    lock.release()
    return False


def _own_name() -> bytes:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "started": started}
    return (canonical_json(holder) + "\n").encode("ascii")


def _holder(folder: Path) -> str:
    """Name the process that holds the lock, waiting a moment for one that has just taken it."""
    deadline = time.monotonic() + HOLDER_PATIENCE
    while time.monotonic() < deadline:
        found = _read_holder(folder)
        if found:
            return found
        time.sleep(POLL)
    return "another process"


def _read_holder(folder: Path) -> str:
    try:
        holder = plain.parse_object(files.read_bounded(folder / HOLDER, 4096), folder / HOLDER)
        pid, host = plain.read_count(holder.get("pid")), plain.read_text(holder.get("host"))
    except DamagedError:
        return ""
    if host != socket.gethostname():
        return f"process {pid} on {host}, since {holder.get('started')}"
    return f"process {pid}, since {holder.get('started')}" if _is_alive(pid) else ""


def _is_alive(pid: int) -> bool:
    """Tell whether a process of this machine lives; the name of one that was killed may still stand there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
