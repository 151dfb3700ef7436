"""What was computed of one snapshot, kept: on disk beside the lab, in memory where that cannot be written.

    <SHA-256 of the rest, in hexadecimal> <safetensors bytes>

A file that does not fit its checksum counts as missing. All of it can be deleted at any time.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import DamagedError, LatebloomError
from latebloom.records import content_hash
from latebloom.store import Lab, files
from latebloom.store.arrays import pack, unpack

Arrays = Mapping[str, NDArray[Any]]

FOLDER = ("views", "lens")
ENDING = ".frame"
VERSION = 1
LARGEST = 64_000_000  # bytes of one file
DISK = 512_000_000  # bytes of all files; the oldest go first
MEMORY = 128_000_000  # bytes of arrays
BETWEEN = 64  # files that are written between two looks at how many there are
DIGEST = 64


class Frames:
    """Frames of a lab, by the snapshot and by what was computed of it.

    Args:
        lab: where the runs are.
        disk, memory: how many bytes are kept there.
    """

    def __init__(self, lab: Lab, disk: int = DISK, memory: int = MEMORY) -> None:
        self._folder, self._disk, self._memory = lab.path.joinpath(*FOLDER), disk, memory
        self._kept: OrderedDict[str, Arrays] = OrderedDict()
        self._written = 0

    def get(self, run: str, sha256: str, **what: Any) -> Arrays | None:
        """Give what was kept of a snapshot, named by its SHA-256; None where nothing is."""
        name = _name(run, sha256, what)
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        found = _read(self._folder / run / name)
        if found is not None:
            self._remember(name, found)
        return found

    def put(self, run: str, arrays: Arrays, sha256: str, **what: Any) -> None:
        """Keep what was computed of a snapshot."""
        name = _name(run, sha256, what)
        self._remember(name, arrays)
        data = pack(arrays, {})
        path = self._folder / run / name
        with suppress(LatebloomError):  # a lab that is read-only, a full disk: done without
            for folder in (self._folder.parent, self._folder, path.parent):
                if not folder.is_dir():
                    files.make_folder(folder)
            files.write_cache(path, hashlib.sha256(data).hexdigest().encode() + data)
        self._written += 1
        if self._written % BETWEEN == 0:
            self.sweep()

    def sweep(self) -> None:
        """Remove the oldest files until the rest fits."""
        found: list[tuple[int, int, Path]] = []
        for path in self._folder.glob(f"*/*{ENDING}"):
            with suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        taken = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if taken <= self._disk:
                return
            with suppress(LatebloomError):
                files.remove(path)
            taken -= size

    def _remember(self, name: str, arrays: Arrays) -> None:
        self._kept[name] = arrays
        taken = sum(_bytes(one) for one in self._kept.values())
        while taken > self._memory and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            taken -= _bytes(gone)


def _name(run: str, sha256: str, what: Mapping[str, Any]) -> str:
    made_by = {"version": VERSION, "latebloom": version("latebloom")}
    return content_hash({**made_by, "run": run, "snapshot": sha256, "what": dict(what)})[:40] + ENDING


def _bytes(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values())


def _read(path: Path) -> Arrays | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data[DIGEST:]).hexdigest().encode() != data[:DIGEST]:
        return None
    with suppress(DamagedError):
        return {name: np.array(array) for name, array in unpack(data[DIGEST:], path)[0].items()}
    return None
