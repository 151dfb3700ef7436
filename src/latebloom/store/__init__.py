"""The store: a folder per run, whole after any crash, readable by anyone.

The format stands in docs/format.md.
"""

from latebloom.store.checkpoint import Checkpoint, CheckpointName, Usable
from latebloom.store.columns import ColumnReader, RunColumns
from latebloom.store.lab import Lab
from latebloom.store.lock import is_locked
from latebloom.store.log import LogContents, read_log
from latebloom.store.measured import MeasuredWriter
from latebloom.store.read import StoredRun, curve, load_snapshot, names, read_run, snapshots, summaries
from latebloom.store.removing import remove_run
from latebloom.store.writer import RunWriter, open_run

__all__ = [
    "Checkpoint",
    "CheckpointName",
    "ColumnReader",
    "Lab",
    "LogContents",
    "MeasuredWriter",
    "RunColumns",
    "RunWriter",
    "StoredRun",
    "Usable",
    "curve",
    "is_locked",
    "load_snapshot",
    "names",
    "open_run",
    "read_log",
    "read_run",
    "remove_run",
    "snapshots",
    "summaries",
]
