"""Where a job goes on: the newest step that all its runs hold undamaged, and what each slot held then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from latebloom.store import Checkpoint, Lab, RunWriter, read_run


@dataclass(frozen=True)
class Resume:
    """The point from which a job goes on.

    Args:
        step: 0 for the beginning.
        slots: the ids in the population's slots at that step, ended runs that hold a slot included.
        arrays: each run's checkpointed arrays by id; empty at the beginning.
        threads: CPU threads that the run was trained with; 0 if never.
        leaves: for ended runs among the slots, the step at which each gave up its slot.
        problems: damage that was found and stepped over, in words.
    """

    step: int
    slots: tuple[str, ...]
    arrays: Mapping[str, Mapping[str, NDArray[Any]]] = field(repr=False)
    threads: int
    leaves: Mapping[str, int]
    problems: tuple[str, ...]


def resume_point(lab: Lab, pending: Mapping[str, RunWriter]) -> Resume:
    """Find the newest step that all pending runs hold, and wind their logs back to it.

    A run's checkpoint counts only if its bytes are those that were written and the log still holds what it held then.
    """
    usable = {run: writer.usable_checkpoints() for run, writer in pending.items()}
    problems = tuple(problem for found in usable.values() for problem in found.problems)
    held = {run: {name.step: name for name in found.names} for run, found in usable.items()}
    step = max(set.intersection(*map(set, held.values())), default=-1)
    chosen = (
        {run: pending[run].load_checkpoint(names[step]) for run, names in held.items()} if step >= 0 else {}
    )
    for run, writer in pending.items():
        # Left in place, a later one would push out this step, and a kill between two saves leave none that all hold.
        writer.discard_checkpoints(after=step)
        writer.rewind(chosen[run].log_records if run in chosen else 0)
    step = max(step, 0)
    slots = _slots(pending, chosen)
    threads = next((int(point.info["threads"]) for point in chosen.values()), 0)
    threads = threads or int(next(iter(pending.values())).document["threads"])
    arrays = {run: point.arrays for run, point in chosen.items()}
    return Resume(step, slots, arrays, threads, _leaves(lab, slots, pending, step), problems)


def _slots(pending: Mapping[str, RunWriter], chosen: Mapping[str, Checkpoint]) -> tuple[str, ...]:
    """Read who stood where: from the checkpoints, or at the beginning from what the runs were begun with."""
    if chosen:
        return tuple(next(iter(chosen.values())).info["slots"])
    return tuple(next(iter(pending.values())).document["population"])


def _leaves(lab: Lab, slots: tuple[str, ...], pending: Mapping[str, RunWriter], step: int) -> dict[str, int]:
    """Look up when ended runs among the slots gave theirs up: early stoppers did, the others never."""
    known = set(lab.run_ids())
    leaves: dict[str, int] = {}
    for name in set(slots) - set(pending):
        run = read_run(lab, name, strict=False) if name in known else None
        if run is not None and run.ended == "stopped" and run.looks[-1].step >= step:
            leaves[name] = run.looks[-1].step
    return leaves
