"""Which kinds of populations of a study are tried for a moment, and how the others are scaled from those."""

from dataclasses import replace
from itertools import count

import pytest

from latebloom.looks import parse_looks
from latebloom.running import trials
from latebloom.running.estimate import Pace
from latebloom.running.trials import Kind, paces
from latebloom.spec import from_plain
from tests.running.labs import PLAIN

SPEC = from_plain(PLAIN)
LOOKS = tuple(parse_looks(["effective_rank@parameter.readout.weight"]))


def kind(width=16, lanes=2, looks=(), **changes):
    spec = replace(SPEC, model=replace(SPEC.model, width=width), **changes)
    return Kind(tuple(replace(spec, seed=seed) for seed in range(lanes)), looks, 1, "cpu")


def demand(*kinds):
    return {one: one.operations(one.specs[0]) for one in kinds}


class Clockwork:
    """Takes a thousandth of a second for a step, and a billionth for each operation; keeps what it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, kind):
        self.asked.append(kind.key)
        looks = tuple((look, 0.5) for look in kind.looks if not look.dear)
        return Pace(1.0, self.step(kind), 2e-9 * kind.evaluation_operations, looks, loading=3.0)

    @staticmethod
    def step(kind):
        return 1e-3 + 1e-9 * kind.step_operations


def test_runs_that_differ_in_lane_wise_numbers_and_lengths_alone_are_one_kind():
    longer = replace(SPEC.training, steps=600)
    slower = replace(SPEC.optimizer, learning_rate=1e-4, weight_decay=0.0)
    same = [kind(), kind(training=longer), kind(optimizer=slower), kind(seed=7)]
    assert len({one.key for one in same}) == 1
    others = [kind(width=32), kind(lanes=3), kind(looks=LOOKS), kind(training=replace(longer, batch=4))]
    assert len({one.key for one in (kind(), *others)}) == 5


def test_a_kind_is_tried_once_however_many_populations_there_are_of_it():
    clockwork = Clockwork()
    found = paces(demand(*(kind() for _ in range(9))), attempt=clockwork)
    assert clockwork.asked == [kind().key]
    assert found.tried == {kind().key}


def test_of_sizes_of_one_model_the_ends_are_tried_and_the_others_lie_between_them():
    clockwork = Clockwork()
    sizes = [kind(width=width) for width in range(8, 129, 4)]
    found = paces(demand(*sizes), attempt=clockwork)
    assert clockwork.asked == [sizes[-1].key, sizes[0].key]
    assert len(found.by_kind) == len(sizes)
    for one in sizes:
        pace = found.by_kind[one.key]
        assert pace.step == pytest.approx(clockwork.step(one))
        assert pace.evaluation == pytest.approx(2e-9 * one.evaluation_operations)
        assert (pace.start, pace.loading) == (1.0, 3.0)


def test_a_kind_that_weighs_much_is_tried_though_its_relatives_were():
    clockwork = Clockwork()
    heavy = kind(width=64, training=replace(SPEC.training, steps=100_000))
    found = paces(demand(kind(width=16), heavy, kind(width=128)), attempt=clockwork)
    assert heavy.key in found.tried


def test_once_time_is_up_the_rest_is_scaled_from_what_was_tried(monkeypatch):
    ticks = count(step=10)
    monkeypatch.setattr(trials.time, "monotonic", lambda: float(next(ticks)))
    clockwork, heard = Clockwork(), []
    small, large = kind(width=16), kind(width=64, looks=LOOKS)
    found = paces(
        demand(small, large), limit=5.0, attempt=clockwork, on_trial=lambda *said: heard.append(said)
    )
    assert clockwork.asked == [large.key]  # the dearest first
    assert heard == [(0, 2)]
    ratio = small.step_operations / large.step_operations
    assert found.by_kind[small.key].step == pytest.approx(clockwork.step(large) * ratio)
    assert found.by_kind[small.key].looks == ()


def test_the_looks_of_a_kind_that_was_not_tried_are_scaled_too():
    sizes = [kind(width=width, looks=LOOKS) for width in range(8, 129, 4)]
    found = paces(demand(*sizes), attempt=Clockwork())
    middle = sizes[12]
    assert middle.key not in found.tried
    assert found.by_kind[middle.key].looks == ((LOOKS[0], pytest.approx(0.5)),)


def test_nothing_to_do_tries_nothing():
    assert paces({}, attempt=Clockwork()).by_kind == {}


def test_a_real_kind_is_tried_in_a_moment():
    found = paces(demand(kind(looks=LOOKS)))
    (pace,) = found.by_kind.values()
    assert min(pace.start, pace.step, pace.evaluation, pace.loading) > 0
    assert [look for look, _ in pace.looks] == list(LOOKS)
