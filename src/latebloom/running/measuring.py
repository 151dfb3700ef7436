"""Measure the stored snapshots of runs, as if they had been looked at live."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

from latebloom.errors import InputError, UnknownNameError, shown
from latebloom.looks import Look
from latebloom.looks.checking import result_names
from latebloom.looks.history import compares, steps_before
from latebloom.running.bench import Bench
from latebloom.running.looking import checked_looks, place_of
from latebloom.running.plan import refuse_watched
from latebloom.spec import Spec, from_plain
from latebloom.store import Lab, MeasuredWriter, StoredRun, read_run, snapshots

SHOWN = 20


@dataclass(frozen=True)
class Measured:
    """What came of measuring a run's snapshots.

    Args:
        run: its id.
        names: the numbers that were asked for.
        steps: the snapshots that were measured now. there: those that had all of the numbers already.
        lacking: those before which a look goes back to evaluations that are no snapshots; what needs them is not
            measured there.
    """

    run: str
    names: tuple[str, ...]
    steps: tuple[int, ...]
    there: tuple[int, ...]
    lacking: tuple[int, ...] = ()


def measure_snapshots(
    lab: Lab,
    runs: Sequence[str],
    looks: Sequence[str],
    steps: str = "all",
    report: Callable[[str, int, int], None] | None = None,
    *,
    leave_out: bool = False,
) -> list[Measured]:
    """Take looks at the stored snapshots of runs and store the numbers beside those that were seen live.

    A number that a step has already stays as it is. A run under training can be measured; what it has stored is.

    Args:
        lab: where the runs are.
        runs: whole ids.
        looks: as people write them.
        steps: ``all``, or steps parted by commas.
        report: hears of each snapshot done: run, step, how many are left of the run.
        leave_out: pass over looks that go back to evaluations which none of the snapshots has, instead of refusing.

    Raises:
        InputError: a look that cannot be taken of one of the runs, or a step that none has a snapshot of; nothing is
            written then.
        LockedError: another process measures one of the runs.
        DamagedError: a run or a snapshot is not what was written.
    """
    refuse_watched(lab, runs)
    stored = [read_run(lab, run) for run in runs]
    asked = checked_looks([spec_of(run) for run in stored], looks, live=False)
    if not asked:
        raise InputError("no look is given; say one or several, such as --look ring_scan@final")
    chosen = {run.id: _chosen(run, steps, asked) for run in stored}
    for run in () if leave_out else stored:
        _refuse_lacking(run, asked, chosen[run.id])
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
        spec, refs = spec_of(stored), dict(snapshots(stored))
        left = left_of(stored, spec, looks, steps)
        bench = Bench(lab, stored, spec) if left.todo else None
        for done, (step, own) in enumerate(left.todo.items(), 1):
            assert bench
            writer.append(step, fresh_numbers(bench, step, own), refs[step])
            if report:
                report(run, step, len(left.todo) - done)
    return Measured(run, left.names, tuple(left.todo), left.there, left.lacking)


@dataclass(frozen=True)
class Left:
    """What is left to be measured of a run's snapshots.

    Args:
        todo: the looks by step, rising.
        names, there, lacking: as of `Measured`.
    """

    todo: dict[int, list[Look]]
    names: tuple[str, ...]
    there: tuple[int, ...]
    lacking: tuple[int, ...]


def left_of(stored: StoredRun, spec: Spec, looks: Sequence[Look], steps: Iterable[int]) -> Left:
    """Tell which of these looks are not taken yet at which of these snapshots, and can be."""
    refs = dict(snapshots(stored))
    place = place_of(spec)
    names = {look: result_names(look, place) for look in looks}
    known = {look.step: look.values for look in stored.looks if look.arrays}
    # A run under training may have been wound back since it was asked which snapshots it has.
    asked = {step: [look for look in looks if look.due(step)] for step in steps if step in refs}
    lacking = {
        step: [look for look in own if _lacking(look, step, spec, refs)] for step, own in asked.items()
    }
    due = {
        step: [look for look in own if look not in lacking[step] and _tells(look, step, spec)]
        for step, own in asked.items()
    }
    left = {
        step: [look for look in own if not set(names[look]) <= known[step].keys()]
        for step, own in due.items()
        if own
    }
    return Left(
        todo={step: own for step, own in left.items() if own},
        names=tuple(name for own in names.values() for name in own),
        there=tuple(step for step, own in left.items() if not own),
        lacking=tuple(step for step, own in lacking.items() if own),
    )


def fresh_numbers(bench: Bench, step: int, looks: Sequence[Look]) -> dict[str, float]:
    """Take looks at a snapshot, and leave out the numbers that its step has already."""
    known = next(look.values for look in bench.run.looks if look.arrays and look.step == step)
    return {name: value for name, value in bench.measure(step, looks).items() if name not in known}


def spec_of(run: StoredRun) -> Spec:
    """Read the spec that a run was begun with."""
    return from_plain(run.document["spec"])


def _lacking(look: Look, step: int, spec: Spec, refs: Container[int]) -> bool:
    """Tell whether a look goes back to an evaluation that is no snapshot."""
    return any(one not in refs for one in steps_before(look, step, spec.evaluation_steps))


def _tells(look: Look, step: int, spec: Spec) -> bool:
    """Tell whether a look gives anything at a step: one that compares does not at its first."""
    return not compares(look) or bool(steps_before(look, step, spec.evaluation_steps))


def _refuse_lacking(run: StoredRun, looks: Sequence[Look], steps: Sequence[int]) -> None:
    """Refuse a look that goes back to evaluations whose weights are stored at none of these steps.

    Raises:
        InputError: says which, and how it could be taken.
    """
    spec, refs = spec_of(run), dict(snapshots(run))
    for look in looks:
        back = {step: steps_before(look, step, spec.evaluation_steps) for step in steps if look.due(step)}
        if compares(look) and not any(earlier and set(earlier) <= refs.keys() for earlier in back.values()):
            raise InputError(
                f"look {look.text} goes back to evaluations before, which run {run.id} has no snapshots of: it can be "
                "taken live, with latebloom run --look, or where snapshots stand as close as evaluations"
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
