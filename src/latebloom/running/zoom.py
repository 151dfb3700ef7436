"""Replay a stretch of a run with dense looks, and hold the replay against what is stored of the original.

Randomness is a function, so a replay from the beginning, or from a checkpoint, makes the same steps to the last bit
on the same machine. Snapshots hold weights without the optimizer's state: nothing can be replayed from them, but the
replay is compared with each that it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from latebloom.engine import Population, Snapshot, State, train
from latebloom.errors import InputError, UnknownNameError
from latebloom.events import Criteria, EventScan
from latebloom.looks import Look, subject_of
from latebloom.observe import DEFAULT_LOOKS, Observer
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of
from latebloom.running.keyframes import looks_of
from latebloom.running.looking import checked_looks
from latebloom.running.plan import refuse_watched
from latebloom.running.sessions import now, versions
from latebloom.running.zoom_window import Window
from latebloom.spec import Spec, from_plain
from latebloom.store import Checkpoint, Lab, StoredRun, load_snapshot, open_run, read_run, snapshots
from latebloom.store.zooms import write_zoom

STRIDE = 50  # steps between two reports of how far it is
Report = Callable[[int, int], None]
"""Hears of the step that a replay has come to, and of its last."""


@dataclass(eq=False)
class Replay:
    """A run being replayed in the slots of its own population, all of which are filled with copies of it."""

    lab: Lab
    run: StoredRun
    spec: Spec
    population: Population
    state: State
    observer: Observer
    members: list[str]
    leaves: Mapping[str, int]
    began: int
    lanes: int
    looks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    agreed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def slot(self) -> int:
        """Where in the population it stands."""
        return self.members.index(self.run.id)

    def see(self, snapshot: Snapshot) -> None:
        """Take the dense looks."""
        seen = self.observer.see(snapshot)[self.slot]
        events = [{"name": event.name, "step": event.step, "seen": event.seen} for event in seen.events]
        self.looks.append({"step": snapshot.step, "values": dict(seen.values), "events": events})

    def compare(self, step: int, stored: NDArray[Any], what: str) -> None:
        """Hold the parameters against those that are stored of this step."""
        mine = self.state.parameters[self.slot].detach().cpu().numpy()
        farthest = float(np.max(np.abs(mine.astype(np.float64) - stored.astype(np.float64)), initial=0.0))
        equal = mine.tobytes() == np.ascontiguousarray(stored, dtype=mine.dtype).tobytes()
        self.agreed.append({"step": step, "with": what, "equal": equal, "farthest": farthest})


def zoom(
    lab: Lab, run: str, window: Window, *, looks: Sequence[str] = (), report: Report | None = None
) -> dict[str, Any]:
    """Replay a run up to the end of a window with dense looks inside it, compare, store, and return what is stored.

    Args:
        lab: where the run is.
        run: its whole id.
        window: the stretch, as `window_around` finds it.
        looks: to be taken beside those that the run was trained with.
        report: hears how far it is.

    Raises:
        InputError: a look that cannot be taken; a run that was only watched.
        LockedError: the run is being trained.
        DamagedError: a checkpoint or snapshot is not what was written.
    """
    refuse_watched(lab, [run])
    stored = read_run(lab, run)
    spec = from_plain(stored.document["spec"])
    own = [look for look in looks_of(stored.document) if not _dear(look)]
    asked = [replace(look, every=0) for look in checked_looks([spec], [*own, *looks], live=False)]
    with ExitStack() as stack:
        writer = stack.enter_context(open_run(lab, run))
        points = [writer.load_checkpoint(name) for name in reversed(writer.usable_checkpoints().names)]
        start = max(
            (point for point in points if point.step <= window.start), key=lambda p: p.step, default=None
        )
        threads = int(start.info["threads"]) if start else int(stored.document["threads"])
        stack.enter_context(arithmetic(threads, spec.training.precision))
        replay = _begin(lab, stored, spec, start, asked)
        _go(replay, window, {point.step: point for point in points}, report)
    content = _content(replay, window, asked, threads)
    return {**content, "file": write_zoom(lab, run, content)}


def _dear(look: str) -> bool:
    from latebloom.looks import parse_look

    return parse_look(look).dear


def _begin(lab: Lab, run: StoredRun, spec: Spec, start: Checkpoint | None, looks: Sequence[Look]) -> Replay:
    members = list(start.info["slots"] if start else run.document["population"])
    population, state = population_of([spec] * len(members), run.document["device"])
    scans = [EventScan(Criteria()) for _ in members]
    observer = Observer(scans, list(dict.fromkeys((*DEFAULT_LOOKS, *looks))))
    observer.subjects = [subject_of(spec.task)] * len(members)
    observer.initial = state.parameters.clone()
    if start:
        state.step = start.step
        state.parameters.copy_(torch.from_numpy(start.arrays["parameters"].copy()))
        for name, buffer in state.buffers.items():
            buffer.copy_(torch.from_numpy(start.arrays[f"buffer.{name}"].copy()))
    leaves = _leaves(lab, members, run.id, state.step)
    return Replay(lab, run, spec, population, state, observer, members, leaves, state.step, len(members))


def _leaves(lab: Lab, members: Sequence[str], own: str, step: int) -> dict[str, int]:
    """Look up when others of the population gave up their slots: that changed this run's rounding."""
    known, leaves = set(lab.run_ids()), dict[str, int]()
    for name in set(members) - {own}:
        if name not in known:
            raise InputError(
                f"run {own} was trained together with {name}, which is not in this lab; without it the replay "
                "would not know when that one left"
            )
        other = read_run(lab, name, strict=False)
        if other.ended == "stopped" and other.looks[-1].step >= step:
            leaves[name] = other.looks[-1].step
    return leaves


def _go(replay: Replay, window: Window, points: Mapping[int, Checkpoint], report: Report | None) -> None:
    """Step through the stops: leave, compare, look."""
    kept = dict(snapshots(replay.run))
    last = min((step for step in {*kept, *points} if step >= window.stop), default=window.stop)
    dense = set(window.steps)
    marks = sorted({step for step in {*dense, *kept, *points, *replay.leaves.values(), last} if step <= last})
    left = [step for step in marks if step >= replay.began]
    while left:
        shrunk = False
        for snapshot in train(replay.population, replay.state, _stops(replay.state.step, left)):
            step = snapshot.step
            if report:
                report(step, last)
            if not left or step != left[0]:
                continue
            left.pop(0)
            _hold_against(replay, step, kept, points)
            if step in dense:
                if not replay.looks:
                    _recall(replay, step)
                replay.see(snapshot)
            if shrunk := _leave(replay, step):
                break
        if not shrunk:
            return


def _stops(step: int, marks: Sequence[int]) -> Iterator[int]:
    """Give the marks, and steps between them, so that whoever waits hears how far it is."""
    for mark in list(marks):
        while step + STRIDE < mark:
            step += STRIDE
            yield step
        step = mark
        yield mark


def _recall(replay: Replay, step: int) -> None:
    """Let the events know what the original's evaluations had established before the window."""
    for look in replay.run.looks:
        values = look.values
        if look.step < step and {"train_accuracy", "test_accuracy"} <= values.keys():
            for scan in replay.observer.scans:
                scan.see(look.step, values["train_accuracy"], values["test_accuracy"])


def _hold_against(
    replay: Replay, step: int, kept: Mapping[int, Any], points: Mapping[int, Checkpoint]
) -> None:
    if step == replay.began:
        return  # it was put there, or drawn; nothing was replayed yet
    if step in points:
        replay.compare(step, points[step].arrays["parameters"], "checkpoint")
    elif step in kept:
        arrays = load_snapshot(replay.lab, replay.run, step)
        rows = [arrays[f"weights.{part.name}"].reshape(-1) for part in replay.population.layout]
        replay.compare(step, np.concatenate(rows), "snapshot")


def _leave(replay: Replay, step: int) -> bool:
    """Take out of the population whoever left it here; true if any did."""
    staying = [slot for slot, name in enumerate(replay.members) if replay.leaves.get(name) != step]
    if len(staying) == len(replay.members):
        return False
    replay.members = [replay.members[slot] for slot in staying]
    replay.population, replay.state = replay.population.keep(staying), replay.state.keep(staying)
    replay.observer.keep(staying)
    return True


def _content(replay: Replay, window: Window, looks: Sequence[Look], threads: int) -> dict[str, Any]:
    if not replay.looks:
        raise UnknownNameError("step in the window", window.start, map(str, window.steps[:3]))
    return {
        "run": replay.run.id,
        "event": window.event,
        "at": window.at,
        "start": window.start,
        "stop": window.stop,
        "every": window.every,
        "replayed_from": replay.began,
        "lanes": replay.lanes,
        "measured": [look.text for look in looks],
        "agreed": replay.agreed,
        "made": now(),
        "versions": versions(),
        "threads": threads,
        "device": replay.run.document["device"],
        "looks": replay.looks,
    }
