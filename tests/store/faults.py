"""A disk that fails on demand, put in the place of `latebloom.store.files.calls`.

It does what it is told to the real files, and keeps beside them what would survive the loss of power: the
content of a file as of its last sync, and the names in a folder as of that folder's last sync. At the n-th
operation it crashes (every later one then fails too, as nothing runs in a dead process) or has no space.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from latebloom.store import files


class Crash(BaseException):
    """The process is dead."""


class Disk:
    """Stands for `files.calls`; `operations` counts all of them but closing, and opening a folder."""

    def __init__(
        self, root: Path, *, crash_at: int = 0, full_at: int = 0, full_for: int = 1, short: bool = False
    ) -> None:
        self.root, self.crash_at, self.full_at, self.full_for, self.short = (
            root,
            crash_at,
            full_at,
            full_for,
            short,
        )
        self.operations, self.crashed = 0, False
        self._numbers = count(1)
        self._number_of: dict[int, int] = {}  # by inode, which the real disk uses again
        self._synced: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}  # 0 stands for a folder
        self._open: dict[int, Path] = {}
        for folder, _, names in os.walk(root):
            for name in names:
                self._adopt(Path(folder, name), Path(folder, name).read_bytes())
            self._names[Path(folder)] = self._listing(Path(folder))

    def _adopt(self, path: Path, content: bytes) -> int:
        number = self._number_of[path.stat().st_ino] = next(self._numbers)
        self._synced[number] = content
        return number

    def _number(self, path: Path) -> int:
        known = self._number_of.get(path.stat().st_ino)
        return known if known is not None else self._adopt(path, path.read_bytes())

    def _listing(self, folder: Path) -> dict[str, int]:
        return {path.name: 0 if path.is_dir() else self._number(path) for path in folder.iterdir()}

    def _step(self, needs_space: bool = True) -> None:
        if self.crashed:
            raise Crash
        self.operations += 1
        if self.operations == self.crash_at:
            self.crashed = True
            raise Crash
        if needs_space and self.full_at and 0 <= self.operations - self.full_at < self.full_for:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        path = Path(path)
        if path.is_dir():
            if self.crashed:
                raise Crash
        else:
            self._step(needs_space=not path.exists())
        is_new = not path.exists()
        descriptor = os.open(path, flags, mode)
        self._open[descriptor] = path
        if is_new:
            self._adopt(path, b"")
        return descriptor

    def write(self, descriptor: int, data: Any) -> int:
        try:
            self._step()
        except (OSError, Crash):
            if self.operations in (self.crash_at, self.full_at) and (self.short or self.crashed):
                os.write(descriptor, data[: len(data) // 2])
            raise
        return os.write(descriptor, data)

    def ftruncate(self, descriptor: int, size: int) -> None:
        self._step(needs_space=False)
        os.ftruncate(descriptor, size)

    def fsync(self, descriptor: int) -> None:
        self._step()
        path = self._open[descriptor]
        if path.is_dir():
            self._names[path] = self._listing(path)
        else:
            self._synced[self._number(path)] = path.read_bytes()

    def close(self, descriptor: int) -> None:
        self._open.pop(descriptor)
        os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        self._step()
        os.replace(source, target)

    def unlink(self, path: Path) -> None:
        self._step(needs_space=False)
        os.unlink(path)

    def mkdir(self, path: Path) -> None:
        self._step()
        os.mkdir(path)

    def lose_power(self, target: Path, *, names_kept: bool = False) -> None:
        """Write to `target` what survives. `names_kept`: folders reached the disk, contents did not."""
        self._restore(self.root, target, names_kept)

    def _restore(self, folder: Path, target: Path, names_kept: bool) -> None:
        target.mkdir()
        names = self._listing(folder) if names_kept else self._names.get(folder, {})
        for name, number in names.items():
            if number:
                (target / name).write_bytes(self._synced[number])
            else:
                self._restore(folder / name, target / name, names_kept)


@contextmanager
def installed(disk: Any) -> Iterator[Any]:
    """Let the store use this disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "calls", disk)
        yield disk
