import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import SpecError
from latebloom.tasks import TASKS, Addition, Division, Multiplication, Split, Table, Task

every_task = pytest.mark.parametrize("task", [kind.example() for kind in TASKS.values()], ids=list(TASKS))
both_kinds = pytest.mark.parametrize("kind", ["random", "symmetric"])


def bare_table(partners: list[int]) -> Table:
    size = len(partners)
    nothing = np.zeros(size, dtype=np.int64)
    return Table(nothing[:, None], nothing, 1, 1, {}, np.array(partners))


@every_task
@both_kinds
def test_train_and_test_are_rising_and_share_the_table_between_them(task: Task, kind):
    train, test = Split(0.4, kind).divide(task.table(), seed=5)
    assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(task.examples))
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()


@every_task
@both_kinds
@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5, 0.95])
def test_every_seed_trains_on_the_number_of_examples_foretold(task: Task, kind, fraction: float):
    split, table = Split(fraction, kind), task.table()
    sizes = {len(split.divide(table, seed)[0]) for seed in range(10)}
    assert sizes == {split.train_size(task)}


@settings(max_examples=200)
@given(
    single=st.integers(0, 12),
    pairs=st.integers(0, 12),
    fraction=st.floats(0.001, 0.999),
    seed=st.integers(0, 2**63 - 1),
)
def test_a_symmetric_split_keeps_partners_together_within_one_of_the_size(
    single: int, pairs: int, fraction: float, seed: int
):
    partners = [*range(single), *(single + (i ^ 1) for i in range(2 * pairs))]
    table, split = bare_table(partners), Split(fraction, "symmetric")
    target = math.floor(fraction * len(partners) + 1e-9)
    possible = target if single else target - target % 2
    if not 0 < possible < len(partners):
        with pytest.raises(SpecError, match=r"^fraction: "):
            split.divide(table, seed)
        return
    train, _ = split.divide(table, seed)
    assert len(train) == possible
    assert set(np.array(partners)[train]) == set(train)
    alone = np.sum(train < single)
    assert alone == np.sum(split.divide(table, seed ^ 1)[0] < single)
    if single > 2 and pairs > 2 and 2 < possible < len(partners) - 2:
        assert abs(alone - fraction * single) <= 2


@pytest.mark.parametrize(
    ("fraction", "examples"),
    [(0.29, 100), (0.57, 100), (0.7, 10), (0.3, 9409), (0.3, 9216), (0.07, 250_000)],
)
def test_the_size_is_rounded_down_from_the_fraction_that_was_written(fraction: float, examples: int):
    side = math.isqrt(examples)
    task = Multiplication(97) if examples == 9216 else Addition(side) if side**2 == examples else None
    exact = math.floor(Fraction(str(fraction)) * examples)
    if task is not None:
        assert Split(fraction).train_size(task) == exact
    table = bare_table([0] * examples)
    assert len(Split(fraction).divide(table, 0)[0]) == exact


def test_thirty_percent_of_the_published_tables_is_2822_and_2764():
    assert Split(0.3).train_size(Addition(97)) == 2822
    assert Split(0.3).train_size(Multiplication(97)) == 2764


@both_kinds
def test_another_seed_draws_another_split_and_the_same_seed_the_same(kind):
    table = Addition(11).table()
    first, again, other = (Split(0.3, kind).divide(table, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@both_kinds
def test_a_split_with_its_own_seed_does_not_follow_the_run(kind):
    table = Addition(11).table()
    fixed = Split(0.3, kind, seed=7)
    assert np.array_equal(fixed.divide(table, 1)[0], fixed.divide(table, 2)[0])
    assert np.array_equal(fixed.divide(table, 1)[0], Split(0.3, kind).divide(table, 7)[0])


def test_a_split_is_the_same_for_ever():
    train, _ = Split(0.2).divide(Addition(5).table(), seed=42)
    symmetric, _ = Split(0.2, "symmetric").divide(Addition(5).table(), seed=42)
    assert train.tolist() == [7, 12, 15, 22, 23]
    assert symmetric.tolist() == [6, 7, 11, 14, 22]


def test_every_example_is_trained_on_about_as_often():
    table = Division(7).table()
    for kind in ("random", "symmetric"):
        counts = np.zeros(len(table.labels))
        for seed in range(600):
            counts[Split(0.3, kind).divide(table, seed)[0]] += 1
        # Binomial(600, about 0.3): 180, standard deviation 11.2; the strata's shares differ by rounding.
        assert counts.min() > 180 - 60
        assert counts.max() < 180 + 60


@pytest.mark.parametrize("fraction", [-0.1, 0.0, 1.0, 1.5, math.nan, math.inf, -math.inf])
def test_a_fraction_that_is_no_share_is_refused(fraction: float):
    with pytest.raises(SpecError, match="a fraction is above 0 and below 1") as caught:
        Split(fraction)
    assert caught.value.path == "fraction"


@both_kinds
@pytest.mark.parametrize(("fraction", "side"), [(0.1, "train"), (5e-324, "train"), (1 - 2**-53, "test")])
def test_leaving_a_side_without_examples_says_what_would_do(kind, fraction: float, side: str):
    words = f"leaves no {side} example of 9; a fraction from 1/9 to 8/9 would do"
    for act in (lambda s: s.train_size(Addition(3)), lambda s: s.divide(Addition(3).table(), 0)):
        with pytest.raises(SpecError, match=words) as caught:
            act(Split(fraction, kind))
        assert caught.value.path == "fraction"
    assert Split(1 / 9, kind).train_size(Addition(3)) == 1
    assert Split(8 / 9, kind).train_size(Addition(3)) == 8


def test_where_all_examples_come_in_pairs_the_size_is_even():
    table = bare_table([1, 0, 3, 2, 5, 4])
    assert len(Split(0.6, "symmetric").divide(table, 0)[0]) == 2
    with pytest.raises(SpecError, match="from 2/6 to 5/6 would do"):
        Split(0.2, "symmetric").divide(table, 0)
    for fraction in (2 / 6, 5 / 6):
        assert len(Split(fraction, "symmetric").divide(table, 0)[0]) in (2, 4)


def test_a_table_too_small_for_any_split_is_refused_without_false_hope():
    with pytest.raises(SpecError, match="no fraction can divide so small a table"):
        Split(0.5).train_size(Multiplication(2))
    with pytest.raises(SpecError, match="no fraction can divide so small a table"):
        Split(0.5, "symmetric").divide(bare_table([1, 0]), 0)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_does_not_fit_is_refused(seed: int):
    with pytest.raises(SpecError, match=r"^seed: "):
        Split(seed=seed)
