import numpy as np
import pytest

from latebloom.errors import SpecError
from latebloom.tasks import Addition, Multiplication, Relabelled


def test_the_null_keeps_everything_but_which_example_has_which_label():
    task = Multiplication(13)
    table, null = task.table(), Relabelled(task, seed=3).table()
    assert np.array_equal(null.tokens, table.tokens)
    assert np.array_equal(null.partners, table.partners)
    assert np.array_equal(np.bincount(null.labels), np.bincount(table.labels))
    assert null.coordinates.keys() == table.coordinates.keys()
    assert not np.array_equal(null.labels, table.labels)


def test_the_null_agrees_with_the_task_about_as_often_as_chance():
    task = Addition(31)  # 961 examples; by chance 31 keep their label, standard deviation 5.5
    agreements = [np.sum(Relabelled(task, seed).table().labels == task.table().labels) for seed in range(20)]
    assert 25 < np.mean(agreements) < 37


def test_different_seeds_give_different_nulls_and_the_same_seed_the_same():
    first, again, other = (Relabelled(Addition(7), seed).table().labels for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_null_of_a_null_is_refused():
    with pytest.raises(SpecError, match="it is relabelled itself") as caught:
        Relabelled(Relabelled(Addition(7), seed=0), seed=0)
    assert caught.value.path == "task"


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_does_not_fit_is_refused(seed: int):
    with pytest.raises(SpecError, match=r"^seed: "):
        Relabelled(Addition(7), seed)
