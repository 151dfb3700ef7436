"""Processes that race for runs: what `test_lock.py` starts, each in a fresh interpreter."""

from __future__ import annotations

import os
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Queue

from latebloom.errors import LockedError
from latebloom.store import Lab, open_run

from .story import document, look


def race(path: Path, rounds: int, together: Barrier, results: Queue[tuple[int, int, str]]) -> None:
    """In every round, reach for the same run at the same moment; report the loser's message, or none."""
    together.wait()
    lab = Lab.open(path, create=True)
    for number in range(rounds):
        told = document(seed=number)
        together.wait()
        try:
            writer = open_run(lab, told["id"], told)
        except LockedError as error:
            together.wait()
            results.put((number, os.getpid(), str(error)))
        else:
            writer.append(look(number))
            together.wait()
            writer.close()
            results.put((number, os.getpid(), ""))


def hold(path: Path, ready: Barrier) -> None:
    """Take a run, and wait to be killed."""
    told = document()
    writer = open_run(Lab.open(path, create=True), told["id"], told)
    writer.append(look(0))
    ready.wait()
    ready.wait()
