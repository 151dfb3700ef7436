"""The writing side of a run: one writer, who is told what happened and makes it last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from numpy.typing import NDArray

from latebloom.errors import InputError, LabError
from latebloom.records import ArrayRef, Look, canonical_json
from latebloom.store import arrays as array_files
from latebloom.store import checkpoint as checkpoints
from latebloom.store import files
from latebloom.store.checkpoint import Checkpoint, CheckpointName, Usable
from latebloom.store.document import SPEC, read_document, write_document
from latebloom.store.lab import Lab
from latebloom.store.lock import RunLock
from latebloom.store.log import LOG
from latebloom.store.log_writer import LogWriter

SESSIONS = "sessions.jsonl"


class RunWriter:
    """The one writer of a run; a context manager. Open it with `open_run`.

    After a crash at any moment the log is a prefix of what was appended, every array that a record names is
    whole, and what was there at the last `save_checkpoint` is durable.
    """

    def __init__(self, folder: Path, document: Mapping[str, Any] | None, lock: RunLock) -> None:
        self.folder, self.run, self._lock, self._open = folder, folder.name, lock, True
        for place in (folder, folder / array_files.ARRAYS, folder / checkpoints.FOLDER):
            files.sweep(place)
        if document is not None and not (folder / SPEC).exists():
            _refuse_orphans(folder)
            write_document(folder, document)
        self.document: Mapping[str, Any] = read_document(folder)
        files.make_folder(folder / array_files.ARRAYS)
        files.make_folder(folder / checkpoints.FOLDER)
        self._log = LogWriter(folder, self.run)

    @property
    def looks(self) -> tuple[Look, ...]:
        """What the log holds now."""
        return self._log.contents.looks

    @property
    def ended(self) -> str:
        """The status with which the run ended; empty while it has not."""
        return self._log.ended

    def append(self, look: Look) -> None:
        """Add one look to the log; one with an `end` is made durable at once.

        The arrays that it names have been saved before.

        Raises:
            LabError: the run has ended already.
            ResourceError: the disk is full; the log is as it was.
        """
        self._check()
        if self.ended:
            raise LabError(f"run {self.run} has ended ({self.ended}); --again starts it anew")
        self._log.append(look)
        if look.end:
            self._log.sync()

    def save_snapshot(self, step: int, arrays: Mapping[str, NDArray[Any]]) -> ArrayRef:
        """Store the arrays of one step, durably; return what the look of that step names them by."""
        self._check()
        return array_files.save(self.folder, snapshot_name(step), arrays, {"run": self.run, "step": step})

    def save_checkpoint(
        self, step: int, arrays: Mapping[str, NDArray[Any]], info: Mapping[str, Any]
    ) -> CheckpointName:
        """Make the log durable, then all that training needs to go on from `step`. The last two are kept.

        `info` is plain data, with finite numbers only.

        Raises:
            ResourceError: the disk is full; the checkpoints before it still stand.
        """
        self._check()
        self._log.sync()
        log = self._log.contents
        records = len(log.looks)
        return checkpoints.save(
            self.folder, self.run, Checkpoint(step, arrays, info, records, log.chain(records))
        )

    def usable_checkpoints(self) -> Usable:
        """Verify every checkpoint, against its hash and against the log; newest first."""
        return checkpoints.usable(self.folder, self._log.contents)

    def load_checkpoint(self, name: CheckpointName) -> Checkpoint:
        """Read one checkpoint, verified.

        Raises:
            DamagedError: it is not what was written.
        """
        return checkpoints.load(self.folder, name, self.run)

    def discard_checkpoints(self, *, after: int) -> None:
        """Remove the checkpoints of later steps than `after`, durably: training goes on from there.

        Without it, a run that was ahead of its population would keep them in place of the step that all hold.
        """
        self._check()
        later = [name for name in checkpoints.candidates(self.folder) if name.step > after]
        for name in later:
            files.remove(self.folder / name.file)
        if later:
            with files.refusals(self.folder):
                files.sync_folder(self.folder / checkpoints.FOLDER)

    def rewind(self, log_records: int) -> None:
        """Cut the log to its first `log_records` records, durably; those after it will be written again.

        Raises:
            InputError: the log holds fewer.
        """
        self._check()
        if not 0 <= log_records <= len(self.looks):
            raise InputError(f"the log of run {self.run} holds {len(self.looks)} records, not {log_records}")
        if log_records < len(self.looks):
            self._log.cut(log_records)

    def restart(self, document: Mapping[str, Any] | None = None) -> None:
        """Forget everything that was trained, and take a new document where one is given.

        Checkpoints go first, then the log in one step, then arrays that nothing names any more: a crash in
        between leaves the old run, without checkpoints, or an empty one.
        """
        self._check()
        for name in checkpoints.candidates(self.folder):
            files.remove(self.folder / name.file)
        with files.refusals(self.folder):
            files.sync_folder(self.folder / checkpoints.FOLDER)
        self._log.cut(0)
        for path in sorted((self.folder / array_files.ARRAYS).iterdir()):
            files.remove(path)
        if document is not None:
            write_document(self.folder, document)
            self.document = read_document(self.folder)

    def note_session(self, note: Mapping[str, Any]) -> None:
        """Add a line to sessions.jsonl: when, versions, threads, device. Nothing depends on it."""
        self._check()
        path = self.folder / SESSIONS
        line = canonical_json(dict(note)).encode("ascii") + b"\n"
        descriptor = files.open_to_append(path)
        with files.refusals(path):
            try:
                files.append(descriptor, line if _ends_whole(path) else b"\n" + line)
            finally:
                files.calls.close(descriptor)

    def close(self) -> None:
        """Make the log durable and let another writer have the run. Closing twice is no error."""
        if not self._open:
            return
        self._open = False
        try:
            self._log.close()
        finally:
            self._lock.release()

    def _check(self) -> None:
        if not self._open:
            raise LabError(f"the writer of run {self.run} is closed; open the run again")

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_run(lab: Lab, run: str, document: Mapping[str, Any] | None = None) -> RunWriter:
    """Open a run for writing: take its lock, create it where a document is given, cut a torn tail.

    A run that is there keeps its own document; `run_id` of its spec is its name, so the spec is the same.

    Raises:
        LockedError: another process writes it.
        LabError: there is no such run and no document to create it from; or the lab is read-only.
        InputError: the document is another run's.
        DamagedError: its document or its log is damaged.
    """
    folder = lab.folder(run)
    if document is None and not folder.is_dir():
        raise LabError(f"there is no run {run} in {lab.path}")
    files.make_folder(folder)
    lock = RunLock(folder)
    try:
        return RunWriter(folder, document, lock)
    except BaseException:
        lock.release()
        raise


def snapshot_name(step: int) -> str:
    """Name the file of the snapshot at a step, without folder and ending.

    >>> snapshot_name(100)
    'snapshot-000000000100'
    """
    return f"snapshot-{step:012d}"


def _refuse_orphans(folder: Path) -> None:
    """A log without its spec was not left by a crash: the spec is durable before the log exists."""
    if (folder / LOG).exists():
        read_document(folder)


def _ends_whole(path: Path) -> bool:
    data = path.read_bytes()
    return not data or data.endswith(b"\n")
