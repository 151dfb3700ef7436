"""Rounds, ratios, tables."""

import pytest
from benchmarks.crowd import Call
from benchmarks.rounds import alternate, ratio, spread, table

from benchmarks import crowd


def test_contenders_take_turns_in_turned_order():
    order = []
    contenders = {name: lambda name=name: order.append(name) or len(order) for name in "ab"}
    assert alternate(contenders, 3) == {"a": [1, 4, 5], "b": [2, 3, 6]}
    assert order == list("abbaab")


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    assert ratio([1.0, 10.0, 4.0], [1.0, 2.0, 2.0]) == 2.0


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1.0, 2.0, 3.0], "2.00 (1.00 to 3.00)"),
        ([0.0123], "0.012 (0.012 to 0.012)"),
        ([12345.6, 99.95], "6,223 (100.0 to 12,346)"),
    ],
)
def test_a_spread_shows_three_digits(values, text):
    assert spread(values) == text


def test_a_table_is_aligned(capsys):
    table(["", "a", "long head"], [["name", "1", "2"], ["other name", "10", "20"]])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["             a  long head", "name         1          2", "other name  10         20"]


def test_processes_are_let_go_together_and_answer_in_order():
    calls = [Call("tests.benchmarks.calls:echo", {"number": number}) for number in (3, 4)]
    assert crowd.at_once(calls, keep_pages=True) == [{"number": 3}, {"number": 4}]


def test_a_process_that_dies_is_no_answer():
    with pytest.raises(RuntimeError, match="code 3"):
        crowd.at_once([Call("tests.benchmarks.calls:fail")])
