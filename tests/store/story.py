"""A small run that is always the same, told to its end from wherever it was left; what must hold of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.records import ArrayRef, Event, Look, run_id
from latebloom.store import Lab, RunWriter, files, open_run, read_run
from latebloom.store import arrays as array_files
from latebloom.store import checkpoint as checkpoints

from .faults import installed

LAST = 6
SNAPSHOTS = (0, 3)
CHECKPOINTS = (2, 4, 5)


def document(seed: int = 3, task: str = "addition") -> dict[str, Any]:
    spec = {"task": {"name": task, "modulus": 5}, "seed": seed, "steps": LAST}
    return {
        "id": run_id(spec),
        "spec": spec,
        "preset": "",
        "steps": LAST,
        "created": "2026-01-01T00:00:00+00:00",
    }


DOCUMENT = document()
RUN = DOCUMENT["id"]


def state(step: int, seed: int = 3) -> dict[str, NDArray[Any]]:
    return {"weight": np.arange(8, dtype=np.float32).reshape(2, 4) + step, "step": np.array([step, seed])}


def look(step: int, arrays: tuple[ArrayRef, ...] = ()) -> Look:
    values = {"train.loss": 1 / (step + 3), "test.accuracy": float("inf") if step == 1 else step / 7}
    events = (Event("memorised", 1, 2),) if step == 2 else ()
    return Look(step, values, events, arrays, "done" if step == LAST else "")


@dataclass
class Promises:
    """What the store has said is durable, at the moment at which it said so."""

    lab: bool = False
    document: bool = False
    records: int = 0
    checkpoint: int = -1
    ended: bool = False
    checkpoints_seen: dict[int, str] = field(default_factory=dict)


def tell(path: Path, promises: Promises | None = None, seed: int = 3) -> Promises:
    """Train the run to its end, from its newest usable checkpoint, or from the start."""
    promises = promises or Promises()
    lab = Lab.open(path, create=True)
    promises.lab = True
    told = document(seed)
    with open_run(lab, told["id"], told) as writer:
        promises.document = True
        writer.note_session({"when": "today"})
        if not writer.ended:
            for step in range(resume(writer), LAST + 1):
                _one_step(writer, step, promises, seed)
        promises.ended = True
    return promises


def resume(writer: RunWriter) -> int:
    names = writer.usable_checkpoints().names
    stored = writer.load_checkpoint(names[0]) if names else None
    writer.rewind(stored.log_records if stored else 0)
    return stored.step + 1 if stored else 0


def _one_step(writer: RunWriter, step: int, promises: Promises, seed: int) -> None:
    arrays = (writer.save_snapshot(step, state(step, seed)),) if step in SNAPSHOTS else ()
    writer.append(look(step, arrays))
    if step in CHECKPOINTS:
        name = writer.save_checkpoint(step, state(step, seed), {"samples": step * 10})
        promises.checkpoints_seen[step] = name.sha256
        promises.records, promises.checkpoint = step + 1, step


@dataclass(frozen=True)
class Whole:
    """Everything that is true of a run, read back."""

    looks: tuple[Look, ...]
    log: bytes
    arrays: Mapping[str, bytes]
    checkpoints: tuple[checkpoints.CheckpointName, ...]


def whole(path: Path, run: str = RUN) -> Whole:
    lab = Lab.open(path)
    folder = lab.folder(run)
    stored = {file.name: file.read_bytes() for file in sorted((folder / "arrays").iterdir())}
    log = (folder / "looks.log").read_bytes()
    return Whole(
        read_run(lab, run).looks, log, stored, tuple(checkpoints.candidates(folder)[: checkpoints.KEPT])
    )


def check_is_readable(path: Path, intended: Whole, promises: Promises, seed: int = 3) -> None:
    """Hold a lab after a fault to what the store promises: nothing mixed, nothing lost that was durable."""
    run = document(seed)["id"]
    assert not promises.lab or Lab.open(path)
    if not (path / "lab.json").exists():
        return
    lab = Lab.open(path)
    assert promises.document <= (run in lab.run_ids())
    if run not in lab.run_ids():
        return
    stored = read_run(lab, run)
    assert stored.document == document(seed)
    assert stored.looks == intended.looks[: len(stored.looks)]
    assert len(stored.looks) >= promises.records
    assert stored.status == ("done" if len(stored.looks) == len(intended.looks) else "interrupted")
    assert not promises.ended or stored.status == "done"
    for ref in (ref for seen in stored.looks for ref in seen.arrays):
        array_files.load(lab.folder(run), ref)
    check_checkpoints(lab.folder(run), promises, seed)


def check_checkpoints(folder: Path, promises: Promises, seed: int) -> None:
    found = checkpoints.candidates(folder)
    for name in found:
        stored = checkpoints.load(folder, name, folder.name)
        assert stored.step in CHECKPOINTS
        assert stored.info == {"samples": stored.step * 10}
        assert stored.log_records == stored.step + 1
        assert same(stored.arrays, state(stored.step, seed))
    assert promises.checkpoint < 0 or found[0].step >= promises.checkpoint


def check_can_be_told_on(path: Path, intended: Whole) -> None:
    """A new writer brings the run to the very bytes that it would have had, and leaves no litter."""
    with installed(files.Calls(fsync=lambda _: None)):
        tell(path)
    assert whole(path) == intended
    folder = Lab.open(path).folder(RUN)
    assert [file for file in folder.rglob("*") if file.name.endswith(".tmp")] == []


def same(first: Mapping[str, NDArray[Any]], second: Mapping[str, NDArray[Any]]) -> bool:
    return first.keys() == second.keys() and all(
        first[name].dtype == second[name].dtype and np.array_equal(first[name], second[name])
        for name in first
    )
