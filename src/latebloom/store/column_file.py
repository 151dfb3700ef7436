"""Columns of a log on disk: a cache, so that a log of many records is decoded once. Never the truth.

    <checksum of the head: 8 hex> <head: JSON>\\n<steps><values and places of each number, padded to 8 bytes>

All little-endian. What does not fit its checksum, or another version wrote, counts as missing.
"""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from latebloom.errors import LatebloomError
from latebloom.records import ArrayRef, Event, canonical_json
from latebloom.store import files
from latebloom.store.growing import Growing
from latebloom.store.tail import Series, Tail

FOLDER = ("views", "columns")
ENDING = ".columns"
VERSION = 2
LARGEST = 1 << 30  # bytes


def path_of(lab: Path, run: str) -> Path:
    """Say where the columns of a run are kept."""
    return lab.joinpath(*FOLDER, run + ENDING)


def save(path: Path, tail: Tail) -> None:
    """Keep the columns of a log; where that fails (a lab that is read-only, a full disk), do without."""
    names = sorted(tail.series)
    parts = [tail.steps.array.astype("<i8").tobytes()]
    for name in names:
        places, values = tail.points(name)
        parts += [values.astype("<f8").tobytes(), _padded(places.astype("<i4").tobytes())]
    body = b"".join(parts)
    head = {
        "version": VERSION,
        "run": tail.run,
        "chain": tail.chain,
        "offset": tail.offset,
        "last": tail.last,
        "crc": tail.crc,
        "end": tail.end,
        "records": len(tail.steps),
        "series": [[name, len(tail.series[name].values)] for name in names],
        "events": [[event.name, event.step, event.seen] for event in tail.events],
        "arrays": [
            [place, [[ref.file, ref.sha256, ref.size] for ref in refs]] for place, refs in tail.arrays.items()
        ],
        "body": zlib.crc32(body),
    }
    text = canonical_json(head).encode("ascii")
    with suppress(LatebloomError):
        if not path.parent.is_dir():
            files.make_folder(path.parent)
        files.write_cache(path, b"%08x %s\n%s" % (zlib.crc32(text), text, body))


def load(path: Path, run: str) -> Tail | None:
    """Read the columns of a log back; None where they are missing, damaged, or not of this run."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        data = path.read_bytes()
        return _decoded(data, run)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _decoded(data: bytes, run: str) -> Tail | None:
    stop = data.index(b"\n")
    text = data[9:stop]
    if int(data[:8], 16) != zlib.crc32(text):
        return None
    head: dict[str, Any] = json.loads(text)
    body = memoryview(data)[stop + 1 :]
    if head["version"] != VERSION or head["run"] != run or zlib.crc32(body) != head["body"]:
        return None
    steps = np.frombuffer(body, "<i8", head["records"])
    tail = Tail(run, head["chain"], head["offset"], head["last"], Growing(np.int64, steps))
    tail.end, tail.crc = head["end"], head["crc"]
    place = steps.nbytes
    for name, count in head["series"]:
        values = np.frombuffer(body, "<f8", count, place)
        places = np.frombuffer(body, "<i4", count, place + values.nbytes)
        tail.series[name] = Series(Growing(np.int32, places), Growing(np.float64, values))
        place += values.nbytes + places.nbytes + -places.nbytes % 8
    tail.events = [Event(*event) for event in head["events"]]
    tail.arrays = {key: tuple(ArrayRef(*ref) for ref in refs) for key, refs in head["arrays"]}
    return tail


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


def sweep(lab: Path, runs: set[str]) -> None:
    """Remove the columns of runs that are gone."""
    folder = lab.joinpath(*FOLDER)
    with suppress(LatebloomError, OSError):
        for path in folder.iterdir():
            if path.name.endswith(ENDING) and path.name.removesuffix(ENDING) not in runs:
                files.remove(path)
