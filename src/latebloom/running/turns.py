"""A run whose snapshots several processes measure: who holds its lock takes the first that are left, and lets go."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from latebloom.errors import LatebloomError
from latebloom.looks import Look, parse_looks
from latebloom.running.bench import Bench
from latebloom.running.keyframes import Keyframes, pending
from latebloom.running.measuring import fresh_numbers, left_of, spec_of
from latebloom.store import Lab, MeasuredWriter, StoredRun, read_run, snapshots

TURN = 1.0  # seconds after which others may go on; the run is read anew for each turn, whose cost grows with its log


class Turns:
    """Measures a run's snapshots in the order of their steps, a turn at a time, whoever took those before."""

    def __init__(self, keyframes: Keyframes) -> None:
        self.lab, self.run = Lab(Path(keyframes.lab)), keyframes.run
        self.looks = parse_looks(keyframes.looks)
        self.bench: Bench | None = None

    def take(self) -> int:
        """Measure the first snapshots that are left, for `TURN` seconds, at least one; tell how many are left then.

        Raises:
            LockedError: another process is at the run; it is not waited for.
            LatebloomError: the snapshot cannot be measured, or did not give the numbers that were expected.
        """
        with MeasuredWriter(self.lab, self.run, patience=0.0) as writer:
            stored = read_run(self.lab, self.run)  # now that nobody else can measure it
            left, refs, began = self._left(stored), dict(snapshots(stored)), time.monotonic()
            for done, (step, looks) in enumerate(left, 1):
                fresh = fresh_numbers(self._at(stored), step, looks)
                if not fresh:  # or this would go on for ever
                    raise LatebloomError(
                        f"run {self.run}: its snapshot at step {step} gave none of the numbers expected"
                    )
                writer.append(step, fresh, refs[step])
                if time.monotonic() - began > TURN:
                    return len(left) - done
        return 0

    def left(self) -> int:
        """Count the snapshots that are left, by what is stored now."""
        return len(self._left(read_run(self.lab, self.run, strict=False)))

    def _left(self, stored: StoredRun) -> list[tuple[int, Sequence[Look]]]:
        if not self.looks:
            return [*pending(stored)]
        steps = [step for step, _ in snapshots(stored)]
        return [*left_of(stored, spec_of(stored), self.looks, steps).todo.items()]

    def _at(self, stored: StoredRun) -> Bench:
        """Give the bench, which is built once for all snapshots; it reads them by what is stored now."""
        if self.bench is None:
            self.bench = Bench(self.lab, stored, spec_of(stored))
        self.bench.run = stored
        return self.bench
