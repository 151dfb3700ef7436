"""What watching costs, in its smallest form: the watched loops are looked at once in each timing."""

import pytest
from benchmarks.catalogue import BENCHMARKS

from benchmarks import dear, watch

FEW = {
    "kernel_distance(examples=3)": "logits",
    "sharpness(iterations=2)": "parameters/train",
    "local_learning_coefficient(draws=2,burn_in=1)": "parameters/train",
}
LONGEST = list(FEW)[-1]


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(dear, "SITES", FEW)
    monkeypatch.setattr(dear, "LONGEST", LONGEST)
    monkeypatch.setattr(dear, "STEP", 2)


def test_watched_loops_are_held_against_the_unwatched_one(small, few, monkeypatch, capsys):
    monkeypatch.setattr(watch, "QUICK_EVERY", 3)
    found = BENCHMARKS["watch"](True)
    for protocol in ("manifold", "full-batch"):
        assert set(found[protocol]) == set(watch.WAYS)
        for way in (watch.WATCHED, watch.GROUPED):
            assert 0 < found[protocol][way]["within"][0] < found[protocol][way]["seconds"][0]
            assert found[protocol][way]["share"][0] > 0
    assert 0 < found[watch.ALONE] < 1000
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 9 + 2 + 2 + 3
    assert [line.split(", ", 1)[0] for line in said[-5:]] == [dear.WATCHED] * 2 + [dear.SNAPSHOT] * 3


def test_dear_looks_are_told_in_seconds_and_in_gradients(few, monkeypatch, capsys):
    monkeypatch.setattr(dear, "ROUNDS", 2)
    found = dear.dear(False)
    for costs in found.values():
        assert set(costs) == {*FEW, dear.GRADIENT}
        assert all(len(seconds) == 2 and min(seconds) > 0.0 for seconds in costs.values())
    assert set(dear.dear(True)[dear.WATCHED]) == {*FEW, dear.GRADIENT} - {LONGEST}


def test_a_watch_that_is_timed_looks_once(few, monkeypatch):
    looked = []
    of_model = dear.latebloom.watch

    def remembered(*given, **named):
        looked.append(of_model(*given, **named))
        return looked[-1]

    monkeypatch.setattr(dear.latebloom, "watch", remembered)
    dear.dear(True)
    assert [len(one.results()) for one in looked] == [
        1
    ] * 4  # two measures, each for a first time and to be timed
