"""Looks at stored runs, as the verb `measure` takes them: progress while it goes on, a line per run at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from latebloom.cli.printing import print_json, print_text
from latebloom.views.wording import counted

if TYPE_CHECKING:
    from latebloom.running.measuring import Measured

QUIET_SECONDS = 2.0
SHOWN = 6  # names of numbers in a line


def measure_runs(
    lab: Path, names: Sequence[str], looks: Sequence[str], *, steps: str = "", json: bool
) -> int:
    """Take looks at the stored snapshots of runs, print what came of it, return the exit code.

    Args:
        lab: the directory that holds the runs.
        names: ids, or beginnings or endings of ids that only one run has.
        looks: as people write them.
        steps: the snapshots to measure, parted by commas; all where none is named.
        json: print a list with an entry per run: `run`, `names`, `steps`, `there`, `lacking`.
    """
    from latebloom.looks import parse_looks
    from latebloom.store import Lab

    opened = Lab.open(lab)
    runs = list(dict.fromkeys(opened.resolve(name) for name in names))
    parse_looks(looks)  # before torch is loaded
    from latebloom.running.measuring import measure_snapshots

    said = time.monotonic()

    def report(run: str, step: int, left: int) -> None:
        nonlocal said
        if left and time.monotonic() - said >= QUIET_SECONDS:
            said = time.monotonic()
            sys.stderr.write(f"{run}: step {step:,} measured, {counted(left, 'snapshot')} left\n")

    measured = measure_snapshots(opened, runs, looks, steps, report)
    if json:
        print_json([asdict(one) for one in measured])
    else:
        print_text("\n".join(map(_line, measured)))
    return 0


def _line(one: Measured) -> str:
    more = f" and {len(one.names) - SHOWN} more" if len(one.names) > SHOWN else ""
    there = f"; {counted(len(one.there), 'snapshot')} had all of it already" if one.there else ""
    lacking = (
        f"; {counted(len(one.lacking), 'snapshot')} without the evaluations before" if one.lacking else ""
    )
    names = f"{', '.join(one.names[:SHOWN])}{more}"
    return f"{one.run}: {counted(len(one.steps), 'snapshot')} measured: {names}{there}{lacking}"
