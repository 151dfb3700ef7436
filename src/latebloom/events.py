"""What happened to a run, read off its accuracies: memorised, grokked, oscillated, collapsed, recovered.

`EventScan` is a fold: it sees one evaluation after the other and says what each of them established, so
training and reading come to the same events. `course` sums a whole run up. docs/events.md states every
definition. No torch here.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import InputError, shown
from latebloom.records import Event

EVENTS = ("memorised", "grokked_first", "grokked_stable", "oscillation", "collapsed", "recovered")
"""Every name that an event can have, in the order in which one evaluation establishes them."""

ROUNDING = 1e-6
"""How far outside 0..1 an accuracy may lie as a matter of rounding; farther off it is no share."""

Steps = Sequence[int] | NDArray[np.integer]
Accuracies = Sequence[float] | NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Criteria:
    """The thresholds that define the events: each is a share; reached is `>=`, below is `<`.

    Args:
        memorised: training accuracy from which a run has memorised.
        grokked: test accuracy from which it has grokked for the first time.
        stable: test accuracy that it must keep to have grokked stably.
        stable_evaluations: for so many evaluations in a row.
        high: test accuracy that counts as up: where an oscillation starts and a collapse ends.
        low: test accuracy below which a run that has grokked is down. Set it above chance.
        after: evaluations at earlier steps do not count for grokked_stable.

    Raises:
        InputError: a threshold outside 0..1, low above high or grokked, or a count that is no such count.

    >>> Criteria(stable_evaluations=5, after=50).stable
    0.95
    """

    memorised: float = 0.99
    grokked: float = 0.9
    stable: float = 0.95
    stable_evaluations: int = 5
    high: float = 0.9
    low: float = 0.5
    after: int = 0

    def __post_init__(self) -> None:
        for name in ("memorised", "grokked", "stable", "high", "low"):
            _check_threshold(name, getattr(self, name))
        for name, least in (("stable_evaluations", 1), ("after", 0)):
            _check_count(name, getattr(self, name), least)
        for name in ("high", "grokked"):
            if self.low > getattr(self, name):
                raise InputError(
                    f"low: got {self.low}, above {name} = {getattr(self, name)}; at most that is needed"
                )


class EventScan:
    """A fold over a run's evaluations: `see` them in order, and learn what each of them established.

    It holds a few numbers, never the curves. To go on after an interruption, let a new one see the
    evaluations stored so far; it is then where the old one was.

    >>> scan = EventScan()
    >>> scan.see(100, 0.995, 0.02)
    (Event(name='memorised', step=100, seen=100),)
    >>> scan.see(200, 1.0, 0.93)
    (Event(name='grokked_first', step=200, seen=200),)
    """

    def __init__(self, criteria: Criteria | None = None) -> None:
        self.criteria = Criteria() if criteria is None else criteria
        self._last_step = -1
        self._previous_test = -math.inf
        self._memorised = self._grokked = self._stable = self._down = False
        self._in_a_row = 0
        self._row_start = 0

    def see(self, step: int, train_accuracy: float, test_accuracy: float) -> tuple[Event, ...]:
        """Take in one evaluation and return the events that it established, in the order of `EVENTS`.

        An accuracy of nan is below every threshold.

        Raises:
            InputError: a step that is not after the last one seen, or an accuracy that is no share; the scan
                is then as it was before.
        """
        step = _checked_step(step, self._last_step)
        train, test = _checked_share("training", train_accuracy), _checked_share("test", test_accuracy)
        events = tuple(Event(name, start, step) for name, start in self._established(step, train, test))
        self._last_step, self._previous_test = step, test
        return events

    def _established(self, step: int, train: float, test: float) -> Iterator[tuple[str, int]]:
        criteria = self.criteria
        if not self._memorised and train >= criteria.memorised:
            self._memorised = True
            yield "memorised", step
        if not self._grokked and test >= criteria.grokked:
            self._grokked = True
            yield "grokked_first", step
        if self._turns_stable(step, test):
            self._stable = True
            yield "grokked_stable", self._row_start
        if self._previous_test >= criteria.high and test < criteria.low:
            yield "oscillation", step
        if self._grokked and not self._down and test < criteria.low:
            self._down = True
            yield "collapsed", step
        elif self._down and test >= criteria.high:
            self._down = False
            yield "recovered", step

    def _turns_stable(self, step: int, test: float) -> bool:
        if step < self.criteria.after or test < self.criteria.stable:
            self._in_a_row = 0
            return False
        if self._in_a_row == 0:
            self._row_start = step
        self._in_a_row += 1
        return not self._stable and self._in_a_row >= self.criteria.stable_evaluations


def scan(
    steps: Steps, train: Accuracies, test: Accuracies, criteria: Criteria | None = None
) -> tuple[Event, ...]:
    """Find all events of a run from its whole curves, in the order in which they were seen.

    Args:
        steps: the step of each evaluation, growing. Shape (evaluation,).
        train: training accuracy at each, from 0 to 1; nan is below every threshold. Shape (evaluation,).
        test: test accuracy at each, likewise.
        criteria: the thresholds; those of `Criteria()` if none are given.

    Raises:
        InputError: curves of different lengths, steps that do not grow, an accuracy that is no share.

    >>> [event.name for event in scan([0, 10, 20], [0.1, 1.0, 1.0], [0.0, 0.95, 0.2])]
    ['memorised', 'grokked_first', 'oscillation', 'collapsed']
    """
    fold = EventScan(criteria)
    evaluations = _evaluations(steps, train, test)
    return tuple(event for evaluation in evaluations for event in fold.see(*evaluation))


def up_time(test: Accuracies, threshold: float = 0.9) -> float:
    """Compute the share of evaluations at or above `threshold`, from the first such evaluation on.

    Unitless, above 0 and at most 1; nan if no evaluation reaches the threshold. An accuracy of nan is below.

    Raises:
        InputError: an accuracy or a threshold that is no share.

    >>> up_time([0.1, 0.95, 0.2, 1.0, 0.99])
    0.75
    """
    _check_threshold("threshold", threshold)
    up = [accuracy >= threshold for accuracy in _shares("test", test)]
    if True not in up:
        return math.nan
    since = up[up.index(True) :]
    return sum(since) / len(since)


def oscillations(test: Accuracies, high: float = 0.9, low: float = 0.5) -> int:
    """Count the evaluations below `low` whose predecessor is at or above `high`.

    Raises:
        InputError: an accuracy or a threshold that is no share.

    >>> oscillations([0.95, 0.3, 0.95, 0.7, 0.3])
    1
    """
    _check_threshold("high", high)
    _check_threshold("low", low)
    shares = _shares("test", test)
    return sum(before >= high and now < low for before, now in itertools.pairwise(shares))


@dataclass(frozen=True, slots=True)
class Course:
    """A run in a dozen numbers; None is what had not happened by `last_step`: censored there, not missing.

    Attributes:
        last_step: the step of the last evaluation; None if there was none.
        memorised, grokked_first, grokked_stable: the steps of these events.
        delay: grokked_first - memorised, in steps; negative where the test set was first.
        ratio: grokked_first / memorised; None as well where memorised is step 0.
        oscillations, collapses, recoveries: how many there were.
        up_time: as the function, at `Criteria.high`; nan if never up.
        collapsed: the last collapse has not been recovered from.
    """

    last_step: int | None
    memorised: int | None
    grokked_first: int | None
    grokked_stable: int | None
    delay: int | None
    ratio: float | None
    oscillations: int
    collapses: int
    recoveries: int
    up_time: float
    collapsed: bool


def course(steps: Steps, train: Accuracies, test: Accuracies, criteria: Criteria | None = None) -> Course:
    """Sum up a run's course from its whole curves; arguments and errors as `scan`.

    >>> summary = course([0, 10, 20, 30], [0.1, 1.0, 1.0, 1.0], [0.0, 0.1, 0.2, 0.97])
    >>> summary.delay, summary.ratio, summary.grokked_stable
    (20, 3.0, None)
    """
    criteria = Criteria() if criteria is None else criteria
    found = scan(steps, train, test, criteria)
    step = {event.name: event.step for event in found}
    count = {name: sum(event.name == name for event in found) for name in EVENTS}
    memorised, grokked = step.get("memorised"), step.get("grokked_first")
    return Course(
        last_step=int(steps[-1]) if len(steps) else None,
        memorised=memorised,
        grokked_first=grokked,
        grokked_stable=step.get("grokked_stable"),
        delay=None if grokked is None or memorised is None else grokked - memorised,
        ratio=None if grokked is None or not memorised else grokked / memorised,
        oscillations=count["oscillation"],
        collapses=count["collapsed"],
        recoveries=count["recovered"],
        up_time=up_time(test, criteria.high),
        collapsed=count["collapsed"] > count["recovered"],
    )


def _evaluations(steps: Steps, train: Accuracies, test: Accuracies) -> Iterator[tuple[int, float, float]]:
    lengths = {"steps": len(steps), "train": len(train), "test": len(test)}
    if len(set(lengths.values())) > 1:
        given = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise InputError(f"curves: got {given}; one of each per evaluation is needed")
    return zip(steps, train, test, strict=True)


def _shares(name: str, accuracies: Accuracies) -> list[float]:
    return [_checked_share(name, accuracy) for accuracy in accuracies]


def _checked_step(step: int, last: int) -> int:
    try:
        whole = operator.index(step)
    except TypeError:
        raise InputError(f"step: got {shown(step)}; a whole number is needed") from None
    if whole <= last:
        what = "0 or later" if last < 0 else f"a step after the last one seen, {last},"
        raise InputError(f"step: got {whole}; {what} is needed")
    return whole


def _checked_share(name: str, accuracy: float) -> float:
    try:
        share = float(accuracy)
    except (TypeError, ValueError):
        raise InputError(f"{name} accuracy: got {shown(accuracy)}; a number from 0 to 1 is needed") from None
    if math.isnan(share):
        return -math.inf  # unlike nan, below every threshold
    if not -ROUNDING <= share <= 1 + ROUNDING:
        raise InputError(f"{name} accuracy: got {share}; a share from 0 to 1 is needed, not a percentage")
    return share


def _check_threshold(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InputError(f"{name}: got {shown(value)}; a share from 0 to 1 is needed")


def _check_count(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(f"{name}: got {shown(value)}; a whole number of at least {least} is needed")
