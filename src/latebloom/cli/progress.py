"""What is seen while it trains: a live table on a terminal, plain lines elsewhere. Written to standard error."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

    from latebloom.running.plan import Plan

Message = Mapping[str, Any]
PLAIN_SECONDS = 5.0
MAX_ROWS = 16  # lanes with a line of their own; more are shown as a grid
WINDOW = 20.0  # seconds over which speed is averaged
BLOCKS = " ▁▂▃▄▅▆▇█"
WORDS = {
    "memorised": "memorised", "grokked_first": "grokked", "grokked_stable": "stable",
    "collapsed": "collapsed", "recovered": "recovered",
}  # fmt: skip


@dataclass(eq=False)
class LaneState:
    """What is known of a run while it trains."""

    step: int = 0
    train: float = float("nan")
    test: float = float("nan")
    curve: deque[float] = field(default_factory=lambda: deque(maxlen=24))
    events: dict[str, int] = field(default_factory=dict[str, int])
    status: str = "waiting"


@dataclass(eq=False)
class Board:
    """Adds messages up to a picture of where everything is."""

    lanes: dict[str, LaneState] = field(default_factory=dict[str, LaneState])
    steps: dict[int, int] = field(default_factory=dict[int, int])
    marks: deque[tuple[float, float]] = field(default_factory=lambda: deque[tuple[float, float]]())
    jobs: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    began: float = field(default_factory=time.monotonic)

    def plan(self, plan: Plan) -> None:
        """Take in what is going to be done."""
        for index, job in enumerate(plan.jobs):
            self.jobs[index] = job.runs
            self.lanes |= {run: LaneState() for run in job.runs}

    def message(self, job: int, message: Message) -> None:
        """Take in one message of a worker."""
        kind = message["kind"]
        if kind in ("started", "progress"):
            self.steps[job] = message["steps"]
            for run in message["runs"]:
                self.lanes[run].step, self.lanes[run].status = message["step"], "training"
            self._mark()
        elif kind == "look":
            lane = self.lanes[message["run"]]
            lane.step, lane.train, lane.test = (
                message["step"],
                message["train_accuracy"],
                message["test_accuracy"],
            )
            lane.curve.append(lane.test)
        elif kind == "event":
            self.lanes[message["run"]].events.setdefault(message["name"], message["step"])
        elif kind == "ended":
            self.lanes[message["run"]].status = message["status"]

    def _mark(self) -> None:
        now = time.monotonic()
        self.marks.append((now, self.done))
        while self.marks[0][0] < now - WINDOW and len(self.marks) > 2:
            self.marks.popleft()

    @property
    def done(self) -> float:
        """Lane-steps made, ended lanes counted as whole."""
        return float(sum(self._lane_done(job, run) for job, runs in self.jobs.items() for run in runs))

    @property
    def total(self) -> float:
        """Lane-steps to make; jobs that have not begun count as the largest known."""
        known = max(self.steps.values(), default=0)
        return float(sum(self.steps.get(job, known) * len(runs) for job, runs in self.jobs.items()))

    def _lane_done(self, job: int, run: str) -> int:
        lane = self.lanes[run]
        return self.steps.get(job, 0) if lane.status in ("done", "stopped", "diverged") else lane.step

    @property
    def speed(self) -> float:
        """Lane-steps per second of late; 0 while unknown."""
        if len(self.marks) < 2:
            return 0.0
        (then, before), (now, after) = self.marks[0], self.marks[-1]
        return max(0.0, (after - before) / (now - then)) if now > then else 0.0

    def headline(self) -> str:
        """Say in one line how far it is, how fast, and when it will be done."""
        share = self.done / self.total if self.total else 0.0
        parts = [f"{share:4.0%}", f"{len(self.lanes)} lane{'s' if len(self.lanes) != 1 else ''}"]
        if self.speed:
            parts.append(f"{self.speed:,.0f} lane-steps/s")
            parts.append(f"{duration((self.total - self.done) / self.speed)} left")
        memorised = sum("memorised" in lane.events for lane in self.lanes.values())
        grokked = sum("grokked_first" in lane.events for lane in self.lanes.values())
        return " · ".join([*parts, f"memorised {memorised}", f"grokked {grokked}"])


def duration(seconds: float) -> str:
    """Write a time for people.

    >>> duration(59), duration(125), duration(7260)
    ('59 s', '2 min 05 s', '2 h 01 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


class PlainProgress:
    """Plain lines: each event as it comes, and a headline every few seconds."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream, self.board, self.said = stream, Board(), 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.board.steps:
            self._say(self.board.headline())

    def plan(self, plan: Plan) -> None:
        """Say what is going to be done."""
        self.board.plan(plan)
        if plan.jobs:
            count = sum(len(job.runs) for job in plan.jobs)
            self._say(
                f"training {count} runs as {len(plan.jobs)} populations in {min(plan.workers, len(plan.jobs))} processes"
            )

    def message(self, job: int, message: Message) -> None:
        """Take in one message."""
        self.board.message(job, message)
        if message["kind"] == "event" and message["name"] in WORDS:
            self._say(f"{message['run']}: {WORDS[message['name']]} at step {message['step']:,}")
        elif message["kind"] == "ended" and message["status"] != "done":
            self._say(f"{message['run']}: {message['status']} at step {message['step']:,}")
        elif message["kind"] == "warning":
            self._say(f"warning: {message['message']}")
        if time.monotonic() - self.said >= PLAIN_SECONDS and self.board.speed:
            self.said = time.monotonic()
            self._say(self.board.headline())

    def _say(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()


class LiveProgress:
    """A table that is redrawn in place, at most ten times a second."""

    def __init__(self, stream: IO[str]) -> None:
        from rich.console import Console
        from rich.live import Live

        self.board = Board()
        self.console = Console(file=stream)
        self.live = Live(
            console=self.console, refresh_per_second=8, get_renderable=self._table, transient=False
        )

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.__exit__(kind, error, trace)

    def plan(self, plan: Plan) -> None:
        """Show what is going to be done."""
        self.board.plan(plan)

    def message(self, job: int, message: Message) -> None:
        """Take in one message; the table is redrawn by itself."""
        self.board.message(job, message)
        if message["kind"] == "warning":
            self.console.print(f"warning: {message['message']}", markup=False)

    def _table(self) -> Any:
        from rich.console import Group
        from rich.text import Text

        if not self.board.lanes:
            return Text("")
        lanes = self.board.lanes
        headline = Text(
            self.board.headline() if self.board.steps else "starting: loading torch", style="bold"
        )
        return Group(_rows(lanes) if len(lanes) <= MAX_ROWS else _grid(lanes), headline)


def _rows(lanes: Mapping[str, LaneState]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title, justify in (
        ("run", "left"),
        ("step", "right"),
        ("train", "right"),
        ("test", "right"),
        ("test accuracy", "left"),
        ("", "left"),
    ):
        table.add_column(title, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for run, lane in lanes.items():
        happened = "  ".join(f"{WORDS[name]} {step:,}" for name, step in lane.events.items() if name in WORDS)
        ended = "" if lane.status in ("training", "waiting", "done") else lane.status
        table.add_row(
            run, f"{lane.step:,}", _percent(lane.train), _percent(lane.test),
            f"[green]{_spark(lane.curve)}[/green]", f"{happened}  [red]{ended}[/red]",
        )  # fmt: skip
    return table


def _grid(lanes: Mapping[str, LaneState]) -> Any:
    """One block per lane, as high as its test accuracy."""
    from rich.text import Text

    return Text("test accuracy by lane  ") + Text(
        "".join(_block(lane.test) for lane in lanes.values()), style="green"
    )


def _block(share: float) -> str:
    return BLOCKS[min(8, int(share * 8.999))] if share == share else "·"


def _spark(curve: deque[float]) -> str:
    return "".join(map(_block, curve)).rjust(curve.maxlen or 0)


def _percent(share: float) -> str:
    return f"{share:.1%}" if share == share else "-"


def choose_progress(stream: IO[str]) -> PlainProgress | LiveProgress:
    """Take the live table on a terminal, plain lines elsewhere."""
    return LiveProgress(stream) if stream.isatty() else PlainProgress(stream)
