"""Measure the stored snapshots of runs, as if they had been looked at live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latebloom.engine import Snapshot
from latebloom.engine.snapshot import Evaluations
from latebloom.errors import DamagedError, InputError, UnknownNameError, shown
from latebloom.looks import Look, subject_of
from latebloom.looks.checking import result_names
from latebloom.looks.frame import take
from latebloom.looks.sight import gather_all
from latebloom.measures.applying import takes
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of
from latebloom.running.looking import checked_looks, place_of
from latebloom.running.plan import refuse_watched
from latebloom.spec import Spec, from_plain
from latebloom.store import Lab, MeasuredWriter, StoredRun, load_snapshot, read_run, snapshots

SHOWN = 20


@dataclass(frozen=True)
class Measured:
    """What came of measuring a run's snapshots.

    Args:
        run: its id.
        names: the numbers that were asked for.
        steps: the snapshots that were measured now. there: those that had all of the numbers already.
    """

    run: str
    names: tuple[str, ...]
    steps: tuple[int, ...]
    there: tuple[int, ...]


def measure_snapshots(
    lab: Lab,
    runs: Sequence[str],
    looks: Sequence[str],
    steps: str = "all",
    report: Callable[[str, int, int], None] | None = None,
) -> list[Measured]:
    """Take looks at the stored snapshots of runs and store the numbers beside those that were seen live.

    A number that a step has already stays as it is. A run under training can be measured; what it has stored is.

    Args:
        lab: where the runs are.
        runs: whole ids.
        looks: as people write them.
        steps: ``all``, or steps parted by commas.
        report: hears of each snapshot done: run, step, how many are left of the run.

    Raises:
        InputError: a look that cannot be taken of one of the runs, or a step that none has a snapshot of; nothing is
            written then.
        LockedError: another process measures one of the runs.
        DamagedError: a run or a snapshot is not what was written.
    """
    refuse_watched(lab, runs)
    stored = [read_run(lab, run) for run in runs]
    asked = checked_looks([_spec(run) for run in stored], looks, live=False)
    if not asked:
        raise InputError("no look is given; say one or several, such as --look ring_scan@final")
    _refuse_previous(asked)
    chosen = {run.id: _chosen(run, steps, asked) for run in stored}
    return [measure_run(lab, run, asked, own, report) for run, own in chosen.items()]


def measure_run(
    lab: Lab,
    run: str,
    looks: Sequence[Look],
    steps: Iterable[int],
    report: Callable[[str, int, int], None] | None = None,
) -> Measured:
    """Measure these snapshots of one run; see `measure_snapshots`."""
    with MeasuredWriter(lab, run) as writer:
        stored = read_run(lab, run)  # now that nobody else can measure it
        spec, refs = _spec(stored), dict(snapshots(stored))
        names = {look: result_names(look, place_of(spec)) for look in looks}
        known = {look.step: look.values for look in stored.looks if look.arrays}
        # A run under training may have been wound back since it was asked which snapshots it has.
        due = {step: [look for look in looks if look.due(step)] for step in steps if step in refs}
        left = {
            step: [look for look in own if not set(names[look]) <= known[step].keys()]
            for step, own in due.items()
            if own
        }
        todo = [step for step, own in left.items() if own]
        bench = Bench(lab, stored, spec) if todo else None
        for done, step in enumerate(todo, 1):
            assert bench
            values = bench.measure(step, left[step])
            fresh = {name: value for name, value in values.items() if name not in known[step]}
            writer.append(step, fresh, refs[step])
            if report:
                report(run, step, len(todo) - done)
    there = tuple(step for step, own in left.items() if not own)
    return Measured(run, tuple(name for own in names.values() for name in own), tuple(todo), there)


class Bench:
    """A run built anew, into which the weights of its snapshots are put."""

    def __init__(self, lab: Lab, run: StoredRun, spec: Spec) -> None:
        self.lab, self.run, self.spec = lab, run, spec
        self.population, self.state = population_of([spec])
        self.evaluations = Evaluations(self.population)
        self.initial = self._weights(0) if any(step == 0 for step, _ in snapshots(run)) else None

    def measure(self, step: int, looks: Sequence[Look]) -> dict[str, float]:
        """Take the looks at one snapshot."""
        with arithmetic(torch.get_num_threads(), self.spec.training.precision):
            self.state.step = step
            self.state.parameters.copy_(self._weights(step))
            snapshot = Snapshot(self.population, self.state, self.evaluations)
            initial = self.state.parameters if self.initial is None else self.initial
            numbers = take(looks, gather_all(looks, snapshot, None, initial), [subject_of(self.spec.task)])
        return {name: float(value[0]) for name, value in numbers.items()}

    def _weights(self, step: int) -> Tensor:
        """Put the stored weights of a step into one row, (1, parameter)."""
        arrays = load_snapshot(self.lab, self.run, step)
        try:
            rows = [self._part(arrays, part.name, part.shape) for part in self.population.layout]
        except (KeyError, ValueError) as error:
            raise DamagedError(
                f"the snapshot of {self.run.id} at step {step} does not hold the weights of its model: {error}"
            ) from None
        return torch.from_numpy(np.concatenate(rows))[None].to(self.state.parameters)

    @staticmethod
    def _part(
        arrays: Mapping[str, NDArray[np.generic]], name: str, shape: tuple[int, ...]
    ) -> NDArray[np.generic]:
        return arrays[f"weights.{name}"].reshape(shape).reshape(-1)


def _spec(run: StoredRun) -> Spec:
    return from_plain(run.document["spec"])


def _refuse_previous(looks: Sequence[Look]) -> None:
    for look in looks:
        if "previous" in takes(look.measure).required:
            raise InputError(
                f"look {look.text} compares with the evaluation before, whose weights are not stored; it can only be "
                "taken live, with latebloom run --look"
            )


def _chosen(run: StoredRun, steps: str, looks: Sequence[Look]) -> list[int]:
    """List the snapshots to measure.

    Raises:
        InputError: none is stored, or none at a step that is asked for, or none at a multiple of any look's EVERY.
    """
    known = [step for step, _ in snapshots(run)]
    if not known:
        raise InputError(f"run {run.id} has no snapshot stored yet; train it first")
    chosen = known
    if steps.strip() not in ("", "all"):
        chosen = sorted({_step(word, steps) for word in steps.split(",") if word.strip()})
        for step in chosen:
            if step not in known:
                raise UnknownNameError(
                    "snapshot at step", str(step), map(str, known[:SHOWN]), f"run {run.id}"
                )
    for look in looks:
        if not any(look.due(step) for step in chosen):
            raise InputError(
                f"look {look.text}: run {run.id} has no snapshot at a multiple of {look.every:,}; "
                f"there are {', '.join(map(str, chosen[:SHOWN]))}"
            )
    return chosen


def _step(word: str, steps: str) -> int:
    if not word.strip().isascii() or not word.strip().isdigit() or len(word) > SHOWN:
        raise InputError(f"--steps is {shown(steps)}; give all, or steps parted by commas, such as 1000,2000")
    return int(word)
