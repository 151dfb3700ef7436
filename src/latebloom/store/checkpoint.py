"""Checkpoints: all that training needs to go on, in one file that names its step and its own SHA-256.

The name commits both, so one rename makes a checkpoint; and each says how many records the log held, and
their checksum, so that a checkpoint is never joined to a log that it does not belong to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from latebloom.errors import DamagedError
from latebloom.store import files, plain
from latebloom.store.arrays import LARGEST, check_sha256, pack, unpack
from latebloom.store.log import LogContents

FOLDER = "checkpoint"
KEPT = 2
NAME = re.compile(r"([0-9]{12,19})\.([0-9a-f]{64})\.safetensors")


@dataclass(frozen=True, slots=True, order=True)
class CheckpointName:
    """A stored checkpoint, unread: its step, the SHA-256 of its bytes."""

    step: int
    sha256: str

    @property
    def file(self) -> str:
        """Its name inside the run's folder."""
        return f"{FOLDER}/{self.step:012d}.{self.sha256}.safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that was read and verified. `arrays` cannot be written to; copy what is to change."""

    step: int
    arrays: Mapping[str, NDArray[Any]]
    info: Mapping[str, Any]
    log_records: int
    log_chain: str

    def fits(self, log: LogContents) -> bool:
        """Tell whether the log begins with the very records that stood in it when this was saved."""
        return self.log_records <= len(log.looks) and log.chain(self.log_records) == self.log_chain


def save(folder: Path, run: str, checkpoint: Checkpoint) -> CheckpointName:
    """Store a checkpoint durably, then remove all others but the newest before it.

    The caller has synced the log that it names.

    Raises:
        ResourceError: the disk is full; the earlier checkpoints still stand.
    """
    metadata = {
        "run": run,
        "step": checkpoint.step,
        "log_records": checkpoint.log_records,
        "log_chain": checkpoint.log_chain,
        "info": dict(checkpoint.info),
    }
    data = pack(checkpoint.arrays, metadata)
    name = CheckpointName(checkpoint.step, hashlib.sha256(data).hexdigest())
    files.write_atomic(folder / name.file, data)
    _remove_others(folder, name)
    return name


def _remove_others(folder: Path, newest: CheckpointName) -> None:
    """Later ones are of a run that was then resumed from an earlier step: their records are gone."""
    others = [name for name in candidates(folder) if name != newest]
    earlier = [name for name in others if name.step < newest.step]
    for name in set(others) - set(earlier[: KEPT - 1]):
        files.remove(folder / name.file)


def candidates(folder: Path) -> list[CheckpointName]:
    """List the checkpoints in a run's folder by their names alone, the newest first."""
    where = folder / FOLDER
    found = [NAME.fullmatch(path.name) for path in where.iterdir()] if where.is_dir() else []
    return sorted((CheckpointName(int(match[1]), match[2]) for match in found if match), reverse=True)


def load(folder: Path, name: CheckpointName, run: str) -> Checkpoint:
    """Read a checkpoint and verify it: its bytes, its run, its step.

    Raises:
        DamagedError: it is not what was written, or another run's.
    """
    path = folder / name.file
    data = files.read_bounded(path, LARGEST)
    check_sha256(data, name.sha256, path)
    arrays, metadata = unpack(data, path)
    if metadata.get("run") != run or metadata.get("step") != name.step:
        raise DamagedError(f"{path} is the checkpoint of another run or step")
    info = metadata.get("info")
    if not isinstance(info, dict):
        raise DamagedError(f"{path} has no info")
    records = plain.read_count(metadata.get("log_records"))
    return Checkpoint(name.step, arrays, info, records, plain.read_text(metadata.get("log_chain")))


@dataclass(frozen=True, slots=True)
class Usable:
    """The checkpoints from which a run can be resumed, newest first, and what is wrong with the others."""

    names: tuple[CheckpointName, ...]
    problems: tuple[str, ...]


def usable(folder: Path, log: LogContents) -> Usable:
    """Verify every checkpoint of a run against its hash and against the log."""
    names: list[CheckpointName] = []
    problems: list[str] = []
    for name in candidates(folder):
        try:
            fits = load(folder, name, log.run).fits(log)
        except DamagedError as error:
            problems.append(str(error))
            continue
        if fits:
            names.append(name)
        else:
            problems.append(f"{folder / name.file} belongs to records that the log does not hold")
    return Usable(tuple(names), tuple(problems))
