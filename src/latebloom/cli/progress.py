"""What is seen while it trains, on standard error: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from latebloom.cli.board import CURVE, STOPPING, Board, LaneState, Message

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import RenderableType
    from rich.text import Text

    from latebloom.running.plan import Plan

PLAIN_SECONDS = 5.0
LIVE_SECONDS = 0.125
MAX_ROWS = 16  # lanes with a line of their own; more are shown as blocks
WIDE = 110  # columns from which full ids and all events are shown
BLOCKS = "▁▂▃▄▅▆▇█"
UNKNOWN = "·"
WORDS = {
    "memorised": "memorised",
    "grokked_first": "grokked",
    "grokked_stable": "stable",
    "collapsed": "collapsed",
    "recovered": "recovered",
}


class PlainProgress:
    """Plain lines: each event as it comes, and a headline every few seconds; `clock` tells seconds."""

    def __init__(self, stream: IO[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.stream, self.board, self.clock, self.said = stream, Board(clock), clock, clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.board.steps:
            self._say(self.board.headline())

    def plan(self, plan: Plan) -> None:
        """Say what is going to be done."""
        from latebloom.views.wording import counted

        _plan(self.board, plan)
        if plan.jobs:
            runs, jobs = counted(len(self.board.lanes), "run"), counted(len(plan.jobs), "population")
            workers = min(plan.workers, len(plan.jobs))
            self._say(f"training {runs} as {jobs} in {workers} process{'' if workers == 1 else 'es'}")

    def message(self, job: int, message: Message) -> None:
        """Take in one message."""
        self.board.message(job, message)
        if message["kind"] == "event" and message["name"] in WORDS:
            self._say(f"{message['run']}: {WORDS[message['name']]} at step {message['step']:,}")
        elif message["kind"] == "ended" and message["status"] != "done":
            self._say(f"{message['run']}: {message['status']} at step {message['step']:,}")
        elif message["kind"] == "warning":
            self._say(f"warning: {message['message']}")

    def tick(self, *, stopping: bool) -> None:
        """Say how far it is, if it is time to."""
        if stopping and not self.board.stopping:
            self.board.stopping = True
            self._say(STOPPING)
        if (self.board.speed or self.board.keyframes) and self.clock() - self.said >= PLAIN_SECONDS:
            self.said = self.clock()
            self._say(self.board.headline())

    def _say(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()


class LiveProgress:
    """A table that is redrawn in place, at most eight times a second, always from the same thread."""

    def __init__(self, stream: IO[str], clock: Callable[[], float] = time.monotonic) -> None:
        from rich.console import Console
        from rich.live import Live

        self.board, self.clock, self.drawn = Board(clock), clock, 0.0
        self.console = Console(file=stream)
        self.live = Live(console=self.console, auto_refresh=False, get_renderable=self._drawing)

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.__exit__(kind, error, trace)  # draws once more

    def plan(self, plan: Plan) -> None:
        """Show what is going to be done."""
        _plan(self.board, plan)
        self.live.refresh()

    def message(self, job: int, message: Message) -> None:
        """Take in one message."""
        self.board.message(job, message)
        if message["kind"] == "warning":
            self.console.print(f"warning: {message['message']}", markup=False, highlight=False)

    def tick(self, *, stopping: bool) -> None:
        """Draw anew, if it is time to."""
        self.board.stopping = stopping
        if self.clock() - self.drawn >= LIVE_SECONDS:
            self.drawn = self.clock()
            self.live.refresh()

    def _drawing(self) -> RenderableType:
        return drawing(self.board, self.console.width, self.console.height)


def _plan(board: Board, plan: Plan) -> None:
    """Put the plan on the board, and what its runs have seen already."""
    from latebloom.store import Lab, read_run

    board.plan(plan)
    for job in plan.jobs:
        for run in job.runs:
            stored = read_run(Lab(Path(job.lab)), run, strict=False)
            board.recall(run, stored.looks, stored.steps)


def drawing(board: Board, width: int, height: int) -> RenderableType:
    """Draw the board on so many columns and lines: a line per lane where they fit, else a block per lane."""
    from rich.console import Group
    from rich.text import Text

    if not board.lanes:
        return Text(board.headline() if board.keyframes else "")
    headline = Text(board.headline(), style="bold", no_wrap=True, overflow="ellipsis")
    if len(board.lanes) <= min(MAX_ROWS, height - 3):
        return Group(_rows(board, width), headline)
    return Group(_blocks(board.lanes, width, height - 3), headline)


def _rows(board: Board, width: int) -> RenderableType:
    """Show a lane per line: id, step, accuracies, the course of test accuracy, what happened."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("run", no_wrap=True)
    last = f"{max(board.steps.values(), default=0):,}"
    for title, widest in (("step", last), ("train", "100.0%"), ("test", "100.0%")):  # so that nothing moves
        table.add_column(title, justify="right", no_wrap=True, min_width=len(widest))
    table.add_column("test accuracy", no_wrap=True)
    table.add_column("", no_wrap=True)
    for run, lane in board.lanes.items():
        table.add_row(
            Text(run if width >= WIDE else _short(run)),
            f"{lane.step:,}",
            _percent(lane.train),
            _percent(lane.test),
            Text(_spark(lane), style="green"),
            _happened(lane, newest=width < WIDE),
        )
    return table


def _short(run: str) -> str:
    """Leave the task's name off an id: seed and hash are enough to tell runs apart, and to name one.

    >>> _short("symmetric-group-s3-1f3a9c02d4")
    's3-1f3a9c02d4'
    """
    return "-".join(run.split("-")[-2:])


def _happened(lane: LaneState, *, newest: bool) -> Text:
    from rich.text import Text

    texts = [Text(f"{WORDS[name]} {step:,}") for name, step in lane.events.items() if name in WORDS]
    if lane.status in ("stopped", "diverged"):
        texts.append(Text(f"{lane.status} {lane.step:,}", style="red"))
    return Text("  ").join(texts[-1:] if newest else texts)


def _blocks(lanes: Mapping[str, LaneState], width: int, lines: int) -> RenderableType:
    """Show a block per lane, as high as its test accuracy; or per several lanes, as high as their mean."""
    from rich.text import Text

    shares = [lane.test for lane in lanes.values()]
    each = -(-len(shares) // (max(1, width - 1) * max(1, lines)))
    means = [_mean(shares[start : start + each]) for start in range(0, len(shares), each)]
    title = "test accuracy, a block per lane" if each == 1 else f"mean test accuracy, {each} lanes a block"
    blocks = "".join(map(_block, means))
    row = max(1, width - 1)
    rows = [blocks[start : start + row] for start in range(0, len(blocks), row)]
    return Text.assemble((title + "\n", "bold"), ("\n".join(rows), "green"))


def _mean(shares: list[float]) -> float:
    known = [share for share in shares if share == share]
    return sum(known) / len(known) if known else float("nan")


def _block(share: float) -> str:
    return BLOCKS[min(7, int(share * 8))] if share == share else UNKNOWN


def _spark(lane: LaneState) -> str:
    """Draw the course of test accuracy from the first step to the last; empty where it has not come yet."""
    drawn, block = "", " "
    for stretch in range(max(lane.curve, default=-1) + 1):
        block = _block(lane.curve[stretch]) if stretch in lane.curve else block
        drawn += block
    return drawn.ljust(CURVE)


def _percent(share: float) -> str:
    return f"{share:.1%}" if share == share else "-"


def choose_progress(stream: IO[str]) -> PlainProgress | LiveProgress:
    """Take the live table on a terminal, plain lines elsewhere."""
    return LiveProgress(stream) if stream.isatty() else PlainProgress(stream)
