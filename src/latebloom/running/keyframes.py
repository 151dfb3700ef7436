"""What is left to be measured at the stored snapshots of runs, by dear looks. Loads no torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from latebloom.errors import DamagedError, LabError
from latebloom.looks import Look, parse_looks
from latebloom.store import Lab, StoredRun, read_run, snapshots
from latebloom.store.document import read_document

FINISHED = ("done", "stopped", "diverged")


@dataclass(frozen=True)
class Keyframes:
    """A run whose snapshots are measured as they come, and the lab that it lies in.

    `looks` are those to take; none for the dear ones that the run was begun with.
    """

    lab: str
    run: str
    looks: tuple[str, ...] = ()

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Keyframes:
        """Read what `dataclasses.asdict` wrote."""
        return cls(**{**plain, "looks": tuple(plain["looks"])})


def looks_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the looks that a run was begun with, as texts."""
    return tuple(document.get("looks", ()))


def pending(run: StoredRun) -> list[tuple[int, tuple[Look, ...]]]:
    """List the steps of stored snapshots that dear looks were not taken at yet, rising, with those looks."""
    dear = [look for look in parse_looks(looks_of(run.document)) if look.dear]
    if not dear:
        return []
    seen = {look.step: look.values for look in run.looks if look.arrays}
    left = [
        (step, tuple(look for look in dear if look.due(step) and look.mark not in seen[step]))
        for step, _ in snapshots(run)
    ]
    return [(step, looks) for step, looks in left if looks]


def keyframes_of(lab: Lab, runs: Iterable[str]) -> tuple[Keyframes, ...]:
    """Choose the runs that have something left to be measured, now or once they are trained further."""
    known = set(lab.run_ids())
    dear = [name for name in dict.fromkeys(runs) if name in known and _has_dear_looks(lab, name)]
    stored = [read_run(lab, name, strict=False) for name in dear]
    return tuple(
        Keyframes(str(lab.path.absolute()), run.id)
        for run in stored
        if run.status not in (*FINISHED, "damaged") or pending(run)
    )


def _has_dear_looks(lab: Lab, run: str) -> bool:
    """Ask the document alone: most runs have none, and reading a log takes longer."""
    try:
        document = read_document(lab.folder(run))
    except (DamagedError, LabError):
        return False
    return any(look.dear for look in parse_looks(looks_of(document)))
