import math
from dataclasses import dataclass

import pytest

from latebloom.cli.board import CURVE, WINDOW, Board, duration
from latebloom.records import Event, Look
from latebloom.running.job import Job
from latebloom.running.plan import Plan


@dataclass
class Clock:
    """Tells the time that it is set to."""

    now: float = 1000.0

    def __call__(self):
        return self.now


def plan(*jobs):
    return Plan(tuple(Job("lab", runs) for runs in jobs), 2, (), ())


def message(kind, runs, step, steps=100):
    return {"kind": kind, "runs": list(runs), "step": step, "steps": steps}


def look(run, step, test):
    return {"kind": "look", "run": run, "step": step, "train_accuracy": 1.0, "test_accuracy": test}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board(clock):
    """Two populations, of two lanes and of one."""
    board = Board(clock)
    board.plan(plan(("a", "b"), ("c",)))
    return board


def test_nothing_is_known_before_the_first_message(board):
    assert (board.done, board.total, board.speed, board.left) == (0, 0, 0, None)
    assert board.headline() == "starting: loading torch"


def test_lane_steps_add_up_over_populations(board, clock):
    board.message(0, message("started", "ab", 0))
    assert board.total == 300  # the other is taken to be as long until it says otherwise
    board.message(1, message("started", "c", 0, steps=50))
    assert board.total == 250
    clock.now += 10
    board.message(0, message("progress", "ab", 40))
    assert board.done == 80
    assert board.speed == pytest.approx(8.0)
    assert board.left == pytest.approx(170 / 8)
    assert board.headline() == " 32% · 3 lanes · 8 lane-steps/s · 21 s left · memorised 0 · grokked 0"


def test_what_was_done_before_a_run_was_resumed_counts_as_done_but_not_as_speed(board, clock):
    board.message(0, message("started", "ab", 90))
    clock.now += 1
    board.message(1, message("started", "c", 90))
    assert board.done == 270
    assert board.speed == 0
    clock.now += 1
    board.message(0, message("progress", "ab", 92))
    assert board.made == 4
    assert board.speed == pytest.approx(2.0)


def test_a_lane_that_ends_early_counts_as_done_but_not_as_speed(board, clock):
    board.message(0, message("started", "ab", 0))
    clock.now += 1
    board.message(0, message("progress", "ab", 10))
    board.message(0, {"kind": "ended", "run": "a", "step": 10, "status": "stopped"})
    assert board.done == 110
    assert board.speed == pytest.approx(20.0)
    clock.now += 1
    board.message(0, message("progress", "b", 20))
    assert board.speed == pytest.approx(15.0)
    assert "stopped 1" in board.headline()


def test_speed_is_that_of_the_last_seconds(board, clock):
    board.message(0, message("started", "ab", 0, steps=10**6))
    for step in range(100, 2001, 100):
        clock.now += 1
        board.message(0, message("progress", "ab", step, steps=10**6))
    for step in range(2010, 2010 + 10 * 3 * int(WINDOW), 10):
        clock.now += 1
        board.message(0, message("progress", "ab", step, steps=10**6))
    assert board.speed == pytest.approx(20.0)
    assert len(board.marks) <= WINDOW + 2


def test_time_that_stands_still_gives_no_speed(board):
    board.message(0, message("started", "ab", 0))
    board.message(0, message("progress", "ab", 50))
    assert board.speed == 0
    assert "left" not in board.headline()


def test_the_end_tells_how_long_it_took(board, clock):
    board.message(0, message("started", "ab", 0))
    board.message(1, message("started", "c", 0))
    clock.now += 65
    board.message(0, message("progress", "ab", 100))
    board.message(1, message("progress", "c", 99))
    assert board.headline().startswith(" 99% · 3 lanes · 5 lane-steps/s · 0 s left")  # not yet a hundred
    for job, run in ((0, "a"), (0, "b"), (1, "c")):
        board.message(job, {"kind": "ended", "run": run, "step": 100, "status": "done"})
    assert board.headline() == "100% · 3 lanes · 5 lane-steps/s · took 1 min 05 s · memorised 0 · grokked 0"


def test_stopping_is_told_instead_of_the_time_that_is_left(board):
    board.stopping = True
    assert board.headline() == "stopping: saving what was done; once more stops at once"
    board.message(0, message("started", "ab", 10))
    assert board.headline() == "  7% · 3 lanes · stopping: saving what was done; once more stops at once"


def test_events_are_counted_by_lane_and_keep_their_first_step(board):
    for run, name, step in (
        ("a", "memorised", 5),
        ("b", "memorised", 7),
        ("a", "grokked_first", 9),
        ("a", "memorised", 99),
    ):
        board.message(0, {"kind": "event", "run": run, "name": name, "step": step})
    assert board.counts() == "memorised 2 · grokked 1"
    assert board.lanes["a"].events == {"memorised": 5, "grokked_first": 9}


def test_a_curve_holds_the_newest_test_accuracy_of_each_stretch_of_the_run(board):
    board.message(0, message("started", "ab", 0, steps=CURVE * 10))
    for step in range(0, CURVE * 10 + 1, 5):
        board.message(0, look("a", step, step / 1000))
    curve = board.lanes["a"].curve
    assert sorted(curve) == list(range(CURVE))
    assert curve[0] == pytest.approx(0.005)
    assert curve[CURVE - 1] == pytest.approx(CURVE / 100)
    assert math.isnan(board.lanes["b"].test)


def test_what_a_run_saw_before_it_was_interrupted_is_recalled(board, clock):
    values = {"train_accuracy": 1.0, "test_accuracy": 0.25}
    board.recall("a", [Look(0, values), Look(50, values, (Event("memorised", 30, 50),))], 100)
    assert (board.lanes["a"].step, board.lanes["a"].test) == (50, 0.25)
    assert board.counts() == "memorised 1 · grokked 0"
    assert board.made == 0
    board.message(0, message("started", "ab", 40))
    clock.now += 1
    board.message(0, message("progress", "ab", 41))
    assert board.made == 2


def test_one_lane_is_one_lane(clock):
    board = Board(clock)
    board.plan(plan(("a",)))
    board.message(0, message("started", "a", 1))
    assert board.headline().startswith("  1% · 1 lane · ")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (3599.7, "1 h 00 min"),
        (7260, "2 h 01 min"), (172_799, "47 h 59 min"), (172_800, "2 days 0 h"), (10**9, "11,574 days 1 h"),
    ],
)  # fmt: skip
def test_times_are_written_for_people(seconds, text):
    assert duration(seconds) == text
