import io

import pytest
from rich.console import Console

from latebloom.cli.board import Board
from latebloom.cli.progress import LiveProgress, PlainProgress, choose_progress, drawing
from latebloom.running.job import Job
from latebloom.running.plan import Plan
from latebloom.store import Lab
from tests.cli.test_board import Clock, look, message, plan

NAME = "multiplication-s{}-1f3a9c02d4"


def filled(lanes, steps=150_000):
    """Make a board of so many lanes, halfway."""
    board = Board(Clock())
    runs = tuple(NAME.format(seed) for seed in range(lanes))
    board.plan(plan(runs))
    board.message(0, message("started", runs, 0, steps))
    for index, run in enumerate(runs):
        for step in range(0, steps // 2 + 1, steps // 20):
            board.message(0, look(run, step, min(1.0, index * step / (lanes * steps / 2))))
        board.message(0, {"kind": "event", "run": run, "name": "memorised", "step": 1200})
        board.message(0, {"kind": "event", "run": run, "name": "grokked_first", "step": 12_000})
        board.message(0, {"kind": "event", "run": run, "name": "grokked_stable", "step": 123_456})
    return board


def drawn(board, width, height):
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(drawing(board, width, height))
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize(
    ("lanes", "height"), [(1, 24), (10, 24), (16, 24), (64, 24), (64, 8), (1000, 24), (9999, 12)]
)
def test_what_is_drawn_fits_the_terminal(width, lanes, height):
    lines = drawn(filled(lanes), width, height)
    assert len(lines) < height
    assert max(map(len, lines)) <= width
    assert lines[-1].startswith(" 50% · " if lanes > 1 else " 50% · 1 lane")


def test_few_lanes_have_a_line_each_with_their_course_and_what_happened():
    lines = drawn(filled(10), 80, 24)
    assert lines[0].split() == ["run", "step", "train", "test", "test", "accuracy"]
    assert lines[10].split()[:4] == ["s9-1f3a9c02d4", "75,000", "100.0%", "90.0%"]
    assert "▁▁▂▃▄▄▅▆▇█" in lines[10].replace(" ", "") or "▇" in lines[10]
    assert lines[10].rstrip().endswith("stable 123,456")


def test_wide_terminals_show_whole_ids_and_every_event():
    line = drawn(filled(10), 140, 24)[10]
    assert line.startswith("multiplication-s9-1f3a9c02d4 ")
    assert line.rstrip().endswith("memorised 1,200  grokked 12,000  stable 123,456")


def test_a_course_is_empty_where_the_run_has_not_come_to_yet():
    board = filled(1)
    line = drawn(board, 140, 24)[1]
    course = line.split("%")[-1].split("memorised")[0]
    assert course.strip() == "▁" * 13  # of 24 stretches the first half and the one in which it is


def test_columns_stay_where_they_are_while_steps_grow():
    early, late = filled(3), filled(3)
    for run in early.lanes:
        early.lanes[run].step, early.lanes[run].train, early.lanes[run].test = 5, 0.1, 0.1
    assert drawn(early, 80, 24)[0] == drawn(late, 80, 24)[0]


def test_lanes_that_ended_early_say_so():
    board = filled(3)
    board.message(0, {"kind": "ended", "run": NAME.format(1), "step": 80, "status": "diverged"})
    assert drawn(board, 80, 24)[2].rstrip().endswith("  diverged 80")
    assert drawn(board, 80, 24)[-1].endswith("diverged 1")


def test_many_lanes_have_a_block_each_as_high_as_their_test_accuracy():
    board = filled(64)
    board.lanes[NAME.format(3)].test = float("nan")
    lines = drawn(board, 80, 24)
    assert lines[0] == "test accuracy, a block per lane"
    assert len(lines[1]) == 64
    assert lines[1][:5] == "▁▁▁·▁"
    assert lines[1][-2:] == "██" or lines[1][-2:] == "▇█"
    assert len(drawn(board, 40, 24)[1]) == 39  # and the rest in the next line


def test_too_many_lanes_share_blocks():
    lines = drawn(filled(9999), 80, 12)
    assert lines[0] == "mean test accuracy, 15 lanes a block"
    assert sum(map(len, lines[1:-1])) == -(-9999 // 15)


def test_nothing_is_drawn_before_there_is_a_plan():
    assert drawn(Board(Clock()), 80, 24) == [""]


@pytest.fixture
def lab(tmp_path, folder):
    return Lab.open(folder / "lab")


def plan_of(lab):
    runs = tuple(run for run in lab.run_ids() if "-s0-" in run or "-s1-" in run)
    return Plan((Job(str(lab.path), runs),), 4, (), ())


def test_plain_progress_says_what_happens_in_lines(lab):
    clock, stream = Clock(), io.StringIO()
    chosen = plan_of(lab)
    first, second = chosen.jobs[0].runs
    with PlainProgress(stream, clock) as progress:
        progress.plan(chosen)
        progress.message(0, message("started", (first, second), 0))
        clock.now += 3
        progress.message(0, message("progress", (first, second), 40))
        progress.tick(stopping=False)
        progress.message(0, {"kind": "event", "run": first, "name": "grokked_first", "step": 1500})
        progress.message(0, {"kind": "event", "run": first, "name": "takeover", "step": 1500})
        progress.message(0, {"kind": "warning", "message": "a checkpoint is damaged"})
        clock.now += 3
        progress.tick(stopping=False)
        progress.tick(stopping=False)
        progress.message(0, {"kind": "ended", "run": first, "step": 50, "status": "diverged"})
        progress.tick(stopping=True)
        progress.tick(stopping=True)
    lines = [line.split(" · memorised")[0] for line in stream.getvalue().splitlines()]
    assert lines == [
        "training 2 runs as 1 population in 1 process",
        f"{first}: grokked at step 1,500",
        "warning: a checkpoint is damaged",
        " 40% · 2 lanes · 27 lane-steps/s · 4 s left",
        f"{first}: diverged at step 50",
        "stopping: saving what was done; once more stops at once",
        " 70% · 2 lanes · stopping: saving what was done; once more stops at once",
    ]


def test_plain_progress_says_nothing_where_nothing_is_to_be_done():
    stream = io.StringIO()
    with PlainProgress(stream, Clock()) as progress:
        progress.plan(Plan((), 1, ("a",), ()))
        progress.tick(stopping=False)
    assert stream.getvalue() == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_live_progress_draws_at_most_eight_times_a_second(lab, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    clock, stream = Clock(), Terminal()
    chosen = plan_of(lab)
    with LiveProgress(stream, clock) as progress:
        progress.plan(chosen)
        progress.message(0, message("started", chosen.jobs[0].runs, 0))
        progress.tick(stopping=False)
        before = stream.getvalue()
        for _ in range(100):
            progress.tick(stopping=False)
        assert stream.getvalue() == before
        clock.now += 0.2
        progress.message(0, {"kind": "warning", "message": "[a] worker died"})
        progress.tick(stopping=True)
        assert stream.getvalue() != before
    assert "warning: [a] worker died" in stream.getvalue()
    assert "stopping: saving what was done" in stream.getvalue()


def test_the_live_table_is_for_terminals_only(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(choose_progress(Terminal()), LiveProgress)
    assert isinstance(choose_progress(io.StringIO()), PlainProgress)
