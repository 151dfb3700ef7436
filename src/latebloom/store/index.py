"""The index: a cache of the runs' summaries in SQLite. Deleting it loses nothing; if it fails, all goes on.

A rollback journal, not a write-ahead log: SQLite before 3.51.3 can corrupt the latter when two connections
write.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from latebloom.errors import LatebloomError
from latebloom.records import Event, RunInfo, canonical_json
from latebloom.store import files, plain

INDEX = "index.sqlite"
PATIENCE = 1.0  # seconds to wait for another process
CREATE = "CREATE TABLE IF NOT EXISTS runs_1 (run TEXT PRIMARY KEY, stamp TEXT, info TEXT, checksum TEXT)"


@dataclass(frozen=True, slots=True)
class Entry:
    """A run's summary, and the sizes and times of its files when that was made."""

    stamp: str
    info: RunInfo


def load(lab: Path) -> dict[str, Entry]:
    """Read the whole index; one that is missing or cannot be read is empty. A corrupt one is deleted."""
    path = lab / INDEX
    if not path.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as database:
            rows = database.execute("SELECT run, stamp, info, checksum FROM runs_1").fetchall()
    except sqlite3.OperationalError:
        return {}
    except sqlite3.DatabaseError:
        _delete(path)
        return {}
    return {
        run: Entry(stamp, _decode(info))
        for run, stamp, info, sum_ in rows
        if sum_ == _checksum(run, stamp, info)
    }


def store(lab: Path, fresh: Mapping[str, Entry], gone: Iterable[str]) -> None:
    """Put entries into the index and take others out; where that fails, do without."""
    rows = [_row(run, entry) for run, entry in fresh.items()]
    removed = [(run,) for run in gone]
    try:
        _write(lab / INDEX, rows, removed)
    except sqlite3.OperationalError:
        return
    except sqlite3.DatabaseError:
        _delete(lab / INDEX)
        with suppress(sqlite3.Error):
            _write(lab / INDEX, rows, removed)


def _write(path: Path, rows: list[tuple[str, str, str, str]], removed: list[tuple[str]]) -> None:
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute(CREATE)
        database.executemany("INSERT OR REPLACE INTO runs_1 VALUES (?, ?, ?, ?)", rows)
        database.executemany("DELETE FROM runs_1 WHERE run = ?", removed)


def _delete(path: Path) -> None:
    with suppress(LatebloomError):
        files.remove(path)
        files.remove(path.with_name(f"{INDEX}-journal"))


def _row(run: str, entry: Entry) -> tuple[str, str, str, str]:
    info = _encode(entry.info)
    return run, entry.stamp, info, _checksum(run, entry.stamp, info)


def _checksum(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def _encode(info: RunInfo) -> str:
    plain_info = asdict(info)
    plain_info["values"] = {name: plain.write_number(value) for name, value in info.values.items()}
    return canonical_json(plain_info)


def _decode(text: str) -> RunInfo:
    info: dict[str, Any] = json.loads(text)
    info["values"] = {name: plain.read_number(value) for name, value in info["values"].items()}
    info["events"] = tuple(Event(**event) for event in info["events"])
    return RunInfo(**info)
