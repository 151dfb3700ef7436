"""Runs as columns, for views of many: each log is decoded once, and then only what is appended to it.

What `read_run` gives for one run, `ColumnReader.read` gives for many, again and again, at the cost of what is new.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.records import ArrayRef, Event, Status, is_watched
from latebloom.store import column_file
from latebloom.store.document import SPEC
from latebloom.store.lab import Lab
from latebloom.store.lock import is_locked
from latebloom.store.log import LOG, scan_log
from latebloom.store.measured import MEASURED
from latebloom.store.read import SNAPSHOT, try_document
from latebloom.store.tail import Tail

MEMORY = 256_000_000  # bytes of columns that are kept; those that were asked for longest ago go first
WORTH_SAVING = 512  # new records after which columns are saved while a run goes on
WORTH_SAVING_ENDED = 32  # and once nobody writes it

Stamp = tuple[int, int]
Stamps = tuple[Stamp | None, Stamp | None, Stamp | None]
"""Size and time of a run's log, of what was measured afterwards, and of its document; None where there is none."""
Points = tuple[NDArray[np.int32], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class RunColumns:
    """A run as it stood when it was read; see `latebloom.store.StoredRun` for what the parts mean.

    Attributes:
        seen: the step of each record. Shape (record,).
        newest: each number's newest value, and the step at which it was seen.
        snapshots: step and bytes of each stored snapshot, ascending.
        updated: when its log last changed, in seconds since 1970; 0 where it has none.
        version: equal for readings that are equal, in whichever process; another where anything differs.
    """

    id: str
    document: Mapping[str, Any]
    status: Status
    problem: str
    seen: NDArray[np.int64]
    events: tuple[Event, ...]
    snapshots: tuple[tuple[int, int], ...]
    updated: float
    version: str
    points: Mapping[str, Points] = field(repr=False)

    @property
    def spec(self) -> Mapping[str, Any]:
        """What was asked for, as plain data; empty where its document is damaged."""
        return self.document.get("spec", {})

    @property
    def preset(self) -> str:
        """The preset or file that it comes from; may be empty."""
        return str(self.document.get("preset") or "")

    @property
    def seed(self) -> int | None:
        """The seed of its spec; None where its document is damaged."""
        return self.spec.get("seed")

    @property
    def watched(self) -> bool:
        """Whether somebody else's loop trained it."""
        return is_watched(self.spec)

    @property
    def step(self) -> int:
        """The step of its last record; 0 before the first."""
        return int(self.seen[-1]) if len(self.seen) else 0

    @property
    def steps(self) -> int:
        """How many steps it is to be trained for; of a watched run those seen; 0 where its document is damaged."""
        return self.step if self.watched else int(self.document.get("steps", 0))

    @property
    def names(self) -> list[str]:
        """The names of its numbers, sorted."""
        return sorted(self.points)

    @cached_property
    def newest(self) -> Mapping[str, tuple[int, float]]:
        """Each number's newest value, with the step at which it was seen."""
        return {
            name: (int(self.seen[places[-1]]), float(values[-1]))
            for name, (places, values) in self.points.items()
            if len(places)
        }

    def curve(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Give one number over the steps at which it was seen; empty where it never was. Both of shape (seen,)."""
        if name not in self.points:
            return np.empty(0, np.int64), np.empty(0, np.float64)
        places, values = self.points[name]
        return self.seen if len(places) == len(self.seen) else self.seen[places], values


@dataclass(slots=True, eq=False)
class _Kept:
    """What is kept of a run between two readings."""

    tail: Tail
    lock: threading.Lock = field(default_factory=threading.Lock)
    saved: int = 0
    stamps: Stamps = (None, None, None)
    locked: bool = False
    document: tuple[Mapping[str, Any], str] = ({}, "")
    measured: tuple[Mapping[str, list[tuple[int, float]]], str] = ({}, "")
    found: RunColumns | None = None
    used: int = 0


class Opening:
    """How far the first reading of a whole lab is, for those who would wait for it."""

    def __init__(self, runs: int) -> None:
        self.done, self.runs, self._began = 0, runs, time.monotonic()
        self.ended = threading.Event()

    @property
    def since(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began


class ColumnReader:
    """Reads runs of a lab, for many threads at once.

    Args:
        lab: where the runs are.
        memory: how many bytes of columns are kept, roughly.
    """

    def __init__(self, lab: Lab, memory: int = MEMORY) -> None:
        self.lab, self._memory = lab, memory
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()
        self._clock = 0
        self._opened = False
        self.opening: Opening | None = None

    def read_all(self) -> list[RunColumns]:
        """Read every run, sorted by id; forget those that are gone."""
        runs = self.lab.run_ids()
        with self._lock:
            gone = self._kept.keys() - set(runs)
            for run in gone:
                del self._kept[run]
        if gone:
            column_file.sweep(self.lab.path, set(runs))
        with self._lock:
            first = not self._opened
            self._opened = True
        return self._open(runs) if first else self.read(runs)

    def _open(self, runs: list[str]) -> list[RunColumns]:
        """Read every run for the first time, which takes a while in a large lab; `opening` tells how far it is."""
        opening = self.opening = Opening(len(runs))
        found: list[RunColumns | None] = []
        try:
            for opening.done, run in enumerate(runs):
                found.append(self._read(run))
            return self._sound(found)
        finally:
            opening.ended.set()
            self.opening = None

    def read(self, runs: Iterable[str]) -> list[RunColumns]:
        """Read these runs as they stand now, damaged ones with what is sound of them; leave out those that are gone."""
        return self._sound([self._read(run) for run in runs])

    def _sound(self, found: Iterable[RunColumns | None]) -> list[RunColumns]:
        """Leave out those that are gone, and keep no more than may be kept."""
        self._let_go()
        return [columns for columns in found if columns is not None]

    def _read(self, run: str) -> RunColumns | None:
        folder = self.lab.folder(run)
        with self._lock:
            self._clock += 1
            kept = self._kept.get(run)
            if kept is None:
                kept = self._kept[run] = _Kept(Tail(run))
            kept.used = self._clock
        with kept.lock:
            # Asked first: a run that ends while it is read is still running, never interrupted.
            locked = is_locked(folder)
            stamps = _stamp(folder / LOG), _stamp(folder / MEASURED), _stamp(folder / SPEC)
            if stamps[0] is None and stamps[2] is None:
                return None
            if kept.found is None or stamps != kept.stamps or locked != kept.locked:
                self._refresh(kept, folder, stamps, locked)
                kept.stamps, kept.locked = stamps, locked
            return kept.found

    def _refresh(self, kept: _Kept, folder: Path, stamps: Stamps, locked: bool) -> None:
        if kept.found is None:
            kept.tail = (
                column_file.load(column_file.path_of(self.lab.path, kept.tail.run), kept.tail.run)
                or kept.tail
            )
            kept.saved = len(kept.tail.steps)
        if kept.found is None or stamps[2] != kept.stamps[2]:
            kept.document = try_document(folder)
        kept.tail.follow(folder / LOG)
        if kept.tail.problem and locked:  # the writer may have cut the log while it was read
            kept.tail.follow(folder / LOG)
        kept.measured = _measured(folder, kept.tail) if stamps[1] is not None else ({}, "")
        kept.found = _columns(kept, locked, stamps)
        unsaved = abs(len(kept.tail.steps) - kept.saved)
        worth = WORTH_SAVING_ENDED if not locked else max(WORTH_SAVING, len(kept.tail.steps) // 4)
        if unsaved >= worth:
            column_file.save(column_file.path_of(self.lab.path, kept.tail.run), kept.tail)
            kept.saved = len(kept.tail.steps)

    def _let_go(self) -> None:
        """Forget columns that were asked for longest ago, where they take more memory than they may."""
        with self._lock:
            taken = sum(kept.tail.size for kept in self._kept.values())
            for run, kept in sorted(self._kept.items(), key=lambda item: item[1].used):
                if taken <= self._memory:
                    break
                taken -= kept.tail.size
                del self._kept[run]


def _stamp(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _columns(kept: _Kept, locked: bool, stamps: Stamps) -> RunColumns:
    tail, (document, wrong), (extra, unmeasured) = kept.tail, kept.document, kept.measured
    problem = wrong or tail.problem or unmeasured
    ended: Any = tail.end or "interrupted"
    status: Status = "damaged" if problem else "running" if locked else ended
    log, measured, settings = stamps
    return RunColumns(
        id=tail.run,
        document=document,
        status=status,
        problem=problem,
        seen=tail.steps.array,
        events=tuple(tail.events),
        snapshots=_snapshots(tail),
        updated=log[1] / 1e9 if log else 0.0,
        version=f"{status} {tail.chain} {tail.offset} {measured} {settings} {problem}",
        points={
            name: _with(tail.points(name), extra.get(name, [])) for name in tail.series.keys() | extra.keys()
        },
    )


def _snapshots(tail: Tail) -> tuple[tuple[int, int], ...]:
    found: dict[int, int] = {}
    for refs in tail.arrays.values():
        for ref in refs:
            if match := SNAPSHOT.fullmatch(ref.file):
                found[int(match[1])] = ref.size
    return tuple(sorted(found.items()))


def _measured(folder: Path, tail: Tail) -> tuple[Mapping[str, list[tuple[int, float]]], str]:
    """Find what was measured afterwards and the log lacks, by name, as `latebloom.store.measured.merged` does."""
    log = scan_log(folder / MEASURED, folder.name)
    steps = tail.steps.array
    arrays: dict[int, tuple[ArrayRef, ...]] = {int(steps[place]): refs for place, refs in tail.arrays.items()}
    found: dict[int, dict[str, float]] = {}
    for look in log.looks:
        if look.arrays and set(look.arrays) <= set(arrays.get(look.step, ())):
            found[look.step] = {**look.values, **found.get(look.step, {})}
    extra: dict[str, list[tuple[int, float]]] = {}
    for place in tail.arrays:
        for name, value in found.get(int(steps[place]), {}).items():
            if not _has(tail.points(name)[0], place):
                extra.setdefault(name, []).append((place, value))
    return extra, log.problem


def _has(places: NDArray[np.int32], place: int) -> bool:
    at = int(np.searchsorted(places, place))
    return at < len(places) and int(places[at]) == place


def _with(points: Points, extra: list[tuple[int, float]]) -> Points:
    if not extra:
        return points
    places = np.concatenate([points[0], np.array([place for place, _ in extra], dtype=np.int32)])
    values = np.concatenate([points[1], np.array([value for _, value in extra], dtype=np.float64)])
    order = np.argsort(places, kind="stable")
    return places[order], values[order]
