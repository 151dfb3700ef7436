"""The reading side: what a lab holds, without lock and without torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import DamagedError, LabError, UnknownNameError
from latebloom.records import ArrayRef, Event, Look, RunInfo, Status, is_watched
from latebloom.store import arrays as array_files
from latebloom.store import index
from latebloom.store.document import read_document
from latebloom.store.lab import Lab
from latebloom.store.lock import is_locked
from latebloom.store.log import LOG, scan_log
from latebloom.store.measured import MEASURED, merged

SNAPSHOT = re.compile(r"arrays/snapshot-([0-9]{12,19})\.safetensors")


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it stands on the disk.

    `document` is the "run" part of its spec.json. `looks` are those of its log, with the numbers that were
    measured of its snapshots since. `ended` is the status of its last record, empty where none ended it. `torn`: a
    killed writer left a part of one more record, which is not among `looks`. `problem` names what is damaged.
    """

    id: str
    document: Mapping[str, Any]
    looks: tuple[Look, ...]
    ended: Literal["", "done", "stopped", "diverged"]
    status: Status
    problem: str = ""
    torn: bool = False

    @property
    def step(self) -> int:
        """The step of its last look; 0 before the first."""
        return self.looks[-1].step if self.looks else 0

    @property
    def steps(self) -> int:
        """How many steps it is to be trained for; of a watched run those seen; 0 where its document is damaged."""
        return self.step if self.watched else int(self.document.get("steps", 0))

    @property
    def watched(self) -> bool:
        """Whether somebody else's loop trained it, so that nothing here can go on with it."""
        return is_watched(self.document.get("spec", {}))

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that happened, in the order in which it was seen."""
        return tuple(event for look in self.looks for event in look.events)


def read_run(lab: Lab, run: str, *, strict: bool = True) -> StoredRun:
    """Read a run: its document and every whole record of its log. A writer may be at work on it.

    With `strict` off, damage is reported in `status` and `problem`, beside what is sound.

    Raises:
        UnknownNameError, LabError: there is no such run, or a newer version wrote it.
        DamagedError: its document or log is damaged, and `strict`.
    """
    run = run if lab.folder(run).is_dir() else lab.resolve(run)
    found = _read(lab.folder(run), is_locked(lab.folder(run)))
    if found.problem and strict:
        read_document(lab.folder(run))
        raise DamagedError(found.problem)
    return found


def _read(folder: Path, locked: bool) -> StoredRun:
    """`locked` was asked before: a run that ends while it is read is still running, never interrupted."""
    document, problem = try_document(folder)
    # First, so that the log, read after it, knows every snapshot that it names.
    measured = scan_log(folder / MEASURED, folder.name)
    log = scan_log(folder / LOG, folder.name)
    if log.problem and locked:  # the writer may have cut the log while it was read
        log = scan_log(folder / LOG, folder.name)
    problem = problem or log.problem or measured.problem
    status = "damaged" if problem else "running" if locked else log.ended or "interrupted"
    return StoredRun(
        folder.name, document, merged(log.looks, measured.looks), log.ended, status, problem, log.torn
    )


def try_document(folder: Path) -> tuple[Mapping[str, Any], str]:
    """Read a run's document; where it is damaged, an empty one and what is wrong with it."""
    try:
        return read_document(folder), ""
    except (DamagedError, LabError) as error:
        return {}, str(error)


def summaries(lab: Lab) -> list[RunInfo]:
    """List every run of a lab, sorted by id, with its newest numbers; damaged ones say so.

    Runs that have not changed since the last call come from the index, which is only a cache.
    """
    known = index.load(lab.path)
    infos: list[RunInfo] = []
    fresh: dict[str, index.Entry] = {}
    runs = lab.run_ids()
    for run in runs:
        locked, stamp = is_locked(lab.folder(run)), _stamp(lab.folder(run))
        entry = known.get(run)
        if entry is None or entry.stamp != stamp:
            entry = index.Entry(stamp, summary(_read(lab.folder(run), locked=False)))
            if not locked:
                fresh[run] = entry
        running = locked and entry.info.status != "damaged"
        infos.append(replace(entry.info, status="running") if running else entry.info)
    gone = known.keys() - set(runs)
    if fresh or gone:
        index.store(lab.path, fresh, gone)
    return infos


def summary(run: StoredRun) -> RunInfo:
    """Say in short who a run is, how far it is and how it fares."""
    values: dict[str, float] = {}
    for look in run.looks:
        values.update(look.values)
    document = run.document
    return RunInfo(
        id=run.id,
        preset=str(document.get("preset") or ""),
        status=run.status,
        step=run.step,
        steps=run.steps,
        spec=document.get("spec", {}),
        values=values,
        events=run.events,
        problem=run.problem,
    )


def _stamp(folder: Path) -> str:
    """Tell by size and time whether a run has changed."""
    parts: list[str] = []
    for name in ("spec.json", LOG, MEASURED):
        try:
            stat = (folder / name).stat()
        except OSError:
            parts.append("missing")
        else:
            parts.append(f"{stat.st_size}:{stat.st_mtime_ns}")
    return " ".join(parts)


def names(run: StoredRun) -> list[str]:
    """List the names of the numbers that a run's looks hold, sorted."""
    return sorted({name for look in run.looks for name in look.values})


def curve(run: StoredRun, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return one number over the steps at which it was seen. Two arrays of shape (looks that have it,).

    Raises:
        UnknownNameError: no look holds that number.
    """
    points = [(look.step, look.values[name]) for look in run.looks if name in look.values]
    if not points:
        raise UnknownNameError("number", name, names(run))
    steps, values = zip(*points, strict=True)
    return np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64)


def snapshots(run: StoredRun) -> list[tuple[int, ArrayRef]]:
    """List the stored snapshots that a run's looks name: their steps, ascending, and their files."""
    found: dict[int, ArrayRef] = {}
    for look in run.looks:
        for ref in look.arrays:
            match = SNAPSHOT.fullmatch(ref.file)
            if match:
                found[int(match[1])] = ref
    return sorted(found.items())


def load_snapshot(lab: Lab, run: StoredRun, step: int) -> dict[str, NDArray[Any]]:
    """Load the snapshot of a step, every byte of it checked.

    Raises:
        UnknownNameError: there is none at that step; lists the steps.
        DamagedError: the file is not what was written.
    """
    stored = dict(snapshots(run))
    if step not in stored:
        raise UnknownNameError("snapshot at step", step, [str(known) for known in stored])
    return array_files.load(lab.folder(run.id), stored[step])
