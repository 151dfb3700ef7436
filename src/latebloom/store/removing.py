"""Taking a run out of a lab for good."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

from latebloom.errors import UnknownNameError
from latebloom.store import files
from latebloom.store.lab import Lab
from latebloom.store.lock import MeasuringLock, RunLock


def remove_run(lab: Lab, run: str) -> None:
    """Remove a run with everything that is stored of it. It is gone at once, or not at all.

    Its folder is renamed first, to a name that is no run's; what a killed process left of such a folder, the next
    removal takes away.

    Raises:
        UnknownNameError: there is no such run.
        LockedError: another process trains or measures it.
        LabError: the lab is read-only here.
    """
    if run not in lab.run_ids():
        raise UnknownNameError("run", run, lab.run_ids())
    lock = RunLock(lab.folder(run))
    try:
        measuring = MeasuringLock(lab.folder(run))
        try:
            _rename_away(lab.folder(run))
        finally:
            measuring.release()
    finally:
        lock.release()
    for left in sorted(lab.runs.glob(".*.gone")):
        with files.refusals(left):
            _delete(left)


def _rename_away(folder: Path) -> None:
    names = (folder.with_name(f".{folder.name}.{attempt}.gone") for attempt in count())
    with files.refusals(folder):
        files.calls.replace(folder, next(name for name in names if not name.exists()))
        files.sync_folder(folder.parent)


def _delete(path: Path) -> None:
    """Delete a folder, or a link to one, which is not followed."""
    if path.is_symlink():
        files.calls.unlink(path)
    else:
        shutil.rmtree(path)
