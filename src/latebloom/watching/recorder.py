"""What a watch writes: numbers and events of each step into the log of its run."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, SupportsFloat

from torch import Tensor

from latebloom.errors import InputError, LatebloomError, shown
from latebloom.events import Criteria, EventScan
from latebloom.records import Event, Look
from latebloom.store import Lab, RunWriter, open_run

LONGEST_NAME = 80


class Recorder:
    """The log of a watched run, open for writing.

    Raises:
        InputError: the run is there already; with `again` it is forgotten instead.
        LockedError: another process writes it.
    """

    def __init__(self, lab: Lab, document: Mapping[str, Any], *, again: bool = False) -> None:
        self.run = str(document["id"])
        self._scan = EventScan(Criteria())
        self._step = -1
        self._names: set[str] = set()
        self._writer: RunWriter = open_run(lab, self.run, document)
        if self._writer.looks and not again:
            self._writer.close()
            raise InputError(f"run {self.run} is in {lab.path} already; give another name or seed")
        if again:
            self._writer.restart(document)

    def write(self, step: int, numbers: Mapping[str, float], end: Literal["", "done"] = "") -> None:
        """Store numbers of a step, and what they establish; of a name that has one at this step the first stays.

        Raises:
            InputError: an accuracy that is no share; nothing is written then.
            ResourceError: the disk is full.
        """
        if step != self._step:
            self._step, self._names = step, set()
        new = {name: value for name, value in numbers.items() if name not in self._names}
        if not new and not end:
            return
        events: tuple[Event, ...] = ()
        if {"train_accuracy", "test_accuracy"} <= new.keys():
            events = self._scan.see(step, new["train_accuracy"], new["test_accuracy"])
        self._writer.append(Look(step, new, events, end=end))
        self._names |= new.keys()

    def fail(self, step: int, numbers: Mapping[str, float], error: str) -> None:
        """Store that an error of this class ended the loop. What hinders that is not raised in its place."""
        with suppress(LatebloomError):
            self.write(step, numbers)
        with suppress(LatebloomError):
            self._writer.append(Look(step, events=(Event(f"raised {error}", step, step),), end="stopped"))

    def rows(self) -> list[dict[str, float]]:
        """List what is stored: a dictionary per step, with `step` and the numbers by name."""
        found: dict[int, dict[str, float]] = {}
        for look in self._writer.looks:
            found.setdefault(look.step, {"step": look.step}).update(look.values)
        return list(found.values())

    def close(self) -> None:
        """Make everything durable and let the run go."""
        self._writer.close()


def number(name: str, value: object) -> float:
    """Take a number that a loop gives: a plain one, or a tensor or array that holds one.

    Raises:
        InputError: something else, or a name that cannot be one.
    """
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"got {shown(name)} for the name of a number; 1 to {LONGEST_NAME} letters are needed"
        )
    if isinstance(value, Tensor):
        value = value.detach()
    if isinstance(value, SupportsFloat):
        with suppress(TypeError, ValueError, RuntimeError, OverflowError):
            return float(value)
    raise InputError(f"{name}: got {shown(value)}; a single number is needed")
