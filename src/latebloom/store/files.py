"""The one place that changes files: every write, but the lock's and the index's, goes through `calls`.

A file is written beside its place, synced, renamed, and its folder synced; so a name always stands for whole
bytes. What the operating system refuses becomes one line that names the file.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from latebloom.errors import DamagedError, LabError, ResourceError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@dataclass(frozen=True, slots=True)
class Calls:
    """The operations by which this program changes a disk, and no others."""

    open: Callable[..., int] = os.open
    write: Callable[..., int] = os.write
    ftruncate: Callable[..., None] = os.ftruncate
    fsync: Callable[..., None] = os.fsync
    close: Callable[..., None] = os.close
    replace: Callable[..., None] = os.replace
    unlink: Callable[..., None] = os.unlink
    mkdir: Callable[..., None] = os.mkdir


calls: Any = Calls()
"""What is called; a test puts one here that counts, crashes or refuses."""


@contextmanager
def refusals(path: Path) -> Generator[None]:
    """Turn what the operating system refuses into an error of ours that names the file.

    Raises:
        ResourceError: no space, or over quota.
        LabError: read-only, or any other refusal.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise ResourceError(f"no space left to write {path}; free some and resume") from error
        if error.errno in READ_ONLY:
            raise LabError(f"cannot write {path}: the lab is read-only here ({error.strerror})") from error
        raise LabError(f"cannot write {path}: {error.strerror or error}") from error


def append(descriptor: int, data: bytes) -> None:
    """Write all of `data` at the end of an open file: one call, and more only where the first fell short."""
    rest = memoryview(data)
    while rest:
        rest = rest[calls.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    if os.name == "nt":  # Windows cannot open a folder, and orders its metadata by itself
        return
    descriptor = calls.open(folder, os.O_RDONLY)
    try:
        calls.fsync(descriptor)
    finally:
        calls.close(descriptor)


def write_atomic(path: Path, data: bytes) -> None:
    """Put `data` at `path`, durably: after any crash the old bytes stand there or the new, whole.

    Raises:
        ResourceError: the disk is full; what stood there before still does.
        LabError: the folder cannot be written.
    """
    with refusals(path):
        temporary, descriptor = _create_beside(path)
        try:
            try:
                append(descriptor, data)
                calls.fsync(descriptor)
            finally:
                calls.close(descriptor)
            calls.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                calls.unlink(temporary)
            raise
        sync_folder(path.parent)


def write_cache(path: Path, data: bytes) -> None:
    """Put `data` at `path` as `write_atomic` does, but without waiting for the disk: for what can be made again.

    After a crash anything may stand there; whoever reads it holds it against a checksum.
    """
    with refusals(path):
        temporary, descriptor = _create_beside(path)
        try:
            try:
                append(descriptor, data)
            finally:
                calls.close(descriptor)
            calls.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                calls.unlink(temporary)
            raise


def _create_beside(path: Path) -> tuple[Path, int]:
    for attempt in count():
        temporary = path.with_name(f".{path.name}.{attempt}.tmp")
        with suppress(FileExistsError):
            return temporary, open_new(temporary)
    raise AssertionError("count() ended")


def open_new(path: Path) -> int:
    """Create a file that does not exist yet and open it for writing. Raises FileExistsError where it does."""
    return calls.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)


def open_to_append(path: Path) -> int:
    """Open a file, created if missing, so that every write lands at its end; its name is durable then."""
    with refusals(path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        descriptor = calls.open(path, flags, 0o666)
        try:
            sync_folder(path.parent)
        except BaseException:
            calls.close(descriptor)
            raise
        return descriptor


def make_folder(path: Path) -> None:
    """Make a folder and those above it, durably. One that is there already is made durable too."""
    with refusals(path):
        if not path.parent.exists():
            make_folder(path.parent)
        with suppress(FileExistsError):
            calls.mkdir(path)
        sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file; one that is missing is no error. Durable only after the folder's next sync."""
    with refusals(path), suppress(FileNotFoundError):
        calls.unlink(path)


def is_temporary(name: str) -> bool:
    """Tell whether a name is that of a file not yet renamed to its place."""
    return name.startswith(".") and name.endswith(".tmp")


def sweep(folder: Path) -> None:
    """Remove the temporary files that a killed writer left. Only for whoever holds the folder's lock."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if is_temporary(path.name):
                remove(path)


def probe(folder: Path) -> None:
    """Write and remove an empty file, to learn whether a folder can be written.

    Raises:
        ResourceError, LabError: it cannot.
    """
    with refusals(folder):
        temporary, descriptor = _create_beside(folder / "probe")
        calls.close(descriptor)
        calls.unlink(temporary)


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a whole file of at most `limit` bytes.

    Raises:
        DamagedError: it is larger, missing, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise DamagedError(f"{path} is missing") from error
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > limit:
        raise DamagedError(f"{path} is larger than the {limit} bytes that it can have")
    return data
