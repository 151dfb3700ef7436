"""Adds up what the workers tell while they train: how far it is, how fast, when it will be done."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latebloom.records import Look
    from latebloom.running.plan import Plan

Message = Mapping[str, Any]
WINDOW = 20.0  # seconds over which speed is averaged
CURVE = 24  # equal stretches of a run, from its first step to its last, that its curve shows
ENDED = ("done", "stopped", "diverged")
STOPPING = "stopping: saving what was done; once more stops at once"


@dataclass(eq=False)
class LaneState:
    """What is known of a run while it trains.

    `start` is the step that it was resumed from, `curve` the newest test accuracy of each stretch of the run.
    """

    step: int = 0
    start: int = 0
    train: float = float("nan")
    test: float = float("nan")
    curve: dict[int, float] = field(default_factory=dict[int, float])
    events: dict[str, int] = field(default_factory=dict[str, int])
    status: str = "waiting"


@dataclass(eq=False)
class Board:
    """Adds messages up to a picture of where everything is; `clock` tells seconds.

    `keyframes` is how many snapshots are stored and still to be measured, beside training or after it.
    """

    clock: Callable[[], float] = time.monotonic
    lanes: dict[str, LaneState] = field(default_factory=dict[str, LaneState])
    steps: dict[int, int] = field(default_factory=dict[int, int])
    marks: deque[tuple[float, float]] = field(default_factory=lambda: deque[tuple[float, float]]())
    jobs: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    began: float = field(init=False)
    stopping: bool = False
    keyframes: int = 0

    def __post_init__(self) -> None:
        self.began = self.clock()

    def plan(self, plan: Plan) -> None:
        """Take in what is going to be done."""
        for index, job in enumerate(plan.jobs):
            self.jobs[index] = job.runs
            self.lanes |= {run: LaneState() for run in job.runs}

    def recall(self, run: str, looks: Iterable[Look], steps: int) -> None:
        """Take in what was seen of a run of so many steps before it was interrupted."""
        for look in looks:
            if look.end:
                continue
            self._looked(run, look.step, look.values, steps)
            for event in look.events:
                self.lanes[run].events.setdefault(event.name, event.step)
        self.lanes[run].start = self.lanes[run].step

    def message(self, job: int, message: Message) -> None:
        """Take in one message of a worker."""
        kind = message["kind"]
        if kind in ("started", "progress"):
            self._stepped(job, message, begins=kind == "started")
        elif kind == "look":
            self._looked(message["run"], message["step"], message, self.steps[job])
        elif kind == "event":
            self.lanes[message["run"]].events.setdefault(message["name"], message["step"])
        elif kind == "ended":
            lane = self.lanes[message["run"]]
            lane.status, lane.step = message["status"], message["step"]
        elif kind == "keyframe":
            self.keyframes = message["left"]

    def _looked(self, run: str, step: int, values: Mapping[str, Any], steps: int) -> None:
        lane = self.lanes[run]
        lane.step = step
        lane.train, lane.test = values["train_accuracy"], values["test_accuracy"]
        lane.curve[min(CURVE - 1, CURVE * step // steps)] = lane.test

    def _stepped(self, job: int, message: Message, *, begins: bool) -> None:
        self.steps[job] = message["steps"]
        for run in message["runs"]:
            lane = self.lanes[run]
            lane.step, lane.status = message["step"], "training"
            lane.start = lane.step if begins else lane.start
        now = self.clock()
        self.marks.append((now, self.made))
        while len(self.marks) > 2 and self.marks[1][0] <= now - WINDOW:
            self.marks.popleft()

    @property
    def made(self) -> float:
        """Lane-steps made since this began."""
        return float(sum(lane.step - lane.start for lane in self.lanes.values()))

    @property
    def done(self) -> float:
        """Lane-steps that need not be made any more: made now or earlier, or of a lane that has ended."""
        return float(sum(self._lane_done(job, run) for job, runs in self.jobs.items() for run in runs))

    @property
    def total(self) -> float:
        """Lane-steps from first to last of all lanes; jobs not begun count as the largest known."""
        known = max(self.steps.values(), default=0)
        return float(sum(self.steps.get(job, known) * len(runs) for job, runs in self.jobs.items()))

    def _lane_done(self, job: int, run: str) -> int:
        lane = self.lanes[run]
        return self.steps.get(job, 0) if lane.status in ENDED else lane.step

    @property
    def speed(self) -> float:
        """Lane-steps per second of late; 0 while unknown."""
        if len(self.marks) < 2:
            return 0.0
        (then, before), (now, after) = self.marks[0], self.marks[-1]
        return max(0.0, (after - before) / (now - then)) if now > then else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until all is done, at the speed of late; None while it cannot be told."""
        return (self.total - self.done) / self.speed if self.speed else None

    def headline(self) -> str:
        """Say in one line how far it is, how fast, and when it will be done."""
        if not self.steps:
            waiting = self._measuring() if self.keyframes else "starting: loading torch"
            return STOPPING if self.stopping else waiting
        parts = [f"{self.share:4.0%}", f"{len(self.lanes)} lane{'s' if len(self.lanes) != 1 else ''}"]
        if self.stopping:
            return " · ".join([*parts, STOPPING])
        if self.speed:
            parts.append(f"{self.speed:,.0f} lane-steps/s")
        if self.done >= self.total:
            parts.append(f"took {duration(self.clock() - self.began)}")
        elif self.left is not None:
            parts.append(f"{duration(self.left)} left")
        return " · ".join([*parts, self.counts(), *([self._measuring()] if self.keyframes else [])])

    def _measuring(self) -> str:
        return f"{self.keyframes:,} keyframe{'s' if self.keyframes != 1 else ''} to measure"

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1; never rounded up to 1."""
        share = self.done / self.total if self.total else 0.0
        return share if share >= 1 else min(share, 0.99)

    def counts(self) -> str:
        """Say how many lanes memorised and grokked, and how many ended before their last step."""
        lanes = self.lanes.values()
        counts = {
            "memorised": sum("memorised" in lane.events for lane in lanes),
            "grokked": sum("grokked_first" in lane.events for lane in lanes),
        }
        early = {status: sum(lane.status == status for lane in lanes) for status in ("stopped", "diverged")}
        counts |= {status: count for status, count in early.items() if count}
        return " · ".join(f"{name} {count}" for name, count in counts.items())


def duration(seconds: float) -> str:
    """Write a time for people.

    >>> duration(59), duration(125), duration(7260), duration(200_000)
    ('59 s', '2 min 05 s', '2 h 01 min', '2 days 7 h')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 2 * 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86_400:,} days {whole % 86_400 // 3600} h"
