"""Which stretch of a run is looked at densely. Reads records only and loads no torch."""

from __future__ import annotations

from dataclasses import dataclass

from latebloom.errors import InputError, UnknownNameError
from latebloom.store import StoredRun

EVALUATIONS = 2  # of the original, on each side of the event, where no width is asked for
MOST = 100_000  # dense looks


@dataclass(frozen=True)
class Window:
    """A stretch of a run: dense looks from `start` to `stop`, at multiples of `every` and at both ends.

    `event` happened at step `at`, as the original's evaluations saw it; it is empty where a step was asked for.
    """

    event: str
    at: int
    start: int
    stop: int
    every: int

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that are looked at, rising."""
        first = -(-self.start // self.every) * self.every
        return tuple(sorted({self.start, *range(first, self.stop + 1, self.every), self.stop}))


def window_around(run: StoredRun, place: str | int, every: int, width: int = 0) -> Window:
    """Find the stretch around a step of a run, or around the first time that an event happened to it.

    Args:
        run: which.
        place: the event's name, or the step.
        every: how many steps apart the dense looks are.
        width: how many steps before and after; 0 for two of the original's evaluations.

    Raises:
        InputError: it did not happen, the run has no such step, or there would be no dense looks, or too many.
    """
    if every < 1 or width < 0:
        raise InputError(
            f"--every is {every}, --width is {width}; steps are whole numbers, from 1 and from 0"
        )
    at = _step_of(run, place) if isinstance(place, str) else place
    if not 0 <= at <= run.step:
        raise InputError(f"step {at:,} is none of run {run.id}, which was seen from step 0 to {run.step:,}")
    evaluated = [look.step for look in run.looks if "test_accuracy" in look.values]
    before = max((step for step in evaluated if step < at), default=at)
    reach = width or EVALUATIONS * max(1, at - before)
    event = place if isinstance(place, str) else ""
    found = Window(event, at, max(0, at - reach), min(run.step, at + reach), every)
    if (found.stop - found.start) // every > MOST:
        raise InputError(
            f"--every {every} makes more than {MOST:,} looks; look less often or at a narrower stretch"
        )
    return found


def _step_of(run: StoredRun, event: str) -> int:
    found = next((one.step for one in run.events if one.name == event), None)
    if found is not None:
        return found
    names = sorted({one.name for one in run.events})
    if not names:
        raise InputError(f"nothing has happened to run {run.id} yet: it has no events to look at")
    raise UnknownNameError("event", event, names, f"run {run.id}")
