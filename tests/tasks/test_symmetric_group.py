import itertools
import math
from collections import Counter

import numpy as np
import pytest

from latebloom.errors import SpecError
from latebloom.tasks import Group, SymmetricGroup
from latebloom.tasks.symmetric_group import cycle_types, permutations, signs

degrees = pytest.mark.parametrize("degree", [2, 3, 4])


@degrees
def test_a_label_is_the_first_permutation_after_the_second(degree: int):
    group = list(itertools.permutations(range(degree)))
    table = SymmetricGroup(degree).table()
    for (a, b), label in zip(table.tokens.tolist(), table.labels.tolist(), strict=True):
        assert group[label] == tuple(group[a][group[b][x]] for x in range(degree))


@pytest.mark.parametrize("degree", [3, 4, 5])
def test_the_table_is_that_of_a_group(degree: int):
    order = math.factorial(degree)
    products = SymmetricGroup(degree).table().labels.reshape(order, order)
    Group(tuple(map(tuple, products.tolist())))  # refuses what is no group
    assert np.array_equal(products[0], np.arange(order))
    left, right = products[products], products[:, products]
    assert np.array_equal(left, right)


def test_permutations_stand_in_lexicographic_order():
    rows = permutations(5).tolist()
    assert rows == sorted(rows)
    assert len(rows) == 120


@pytest.mark.parametrize("degree", [2, 3, 4, 5, 6])
def test_the_sign_is_the_determinant_of_the_permutation_matrix(degree: int):
    determinants = np.linalg.det(np.eye(degree)[permutations(degree)])
    assert np.array_equal(np.where(signs(degree) == 0, 1, -1), np.rint(determinants))


def test_cycle_types_of_s5_have_the_known_sizes_of_its_conjugacy_classes():
    assert Counter(cycle_types(5)) == {
        (1, 1, 1, 1, 1): 1,
        (2, 1, 1, 1): 10,
        (2, 2, 1): 15,
        (3, 1, 1): 20,
        (3, 2): 20,
        (4, 1): 30,
        (5,): 24,
    }


def test_conjugate_permutations_have_the_same_cycle_type():
    products = SymmetricGroup(4).table().labels.reshape(24, 24)
    inverse = (products == 0).argmax(axis=1)
    types = cycle_types(4)
    for g, x in itertools.product(range(24), repeat=2):
        assert types[products[products[g, x], inverse[g]]] == types[x]


def test_the_largest_degree_has_the_sizes_it_says():
    task = SymmetricGroup(6)
    table = task.table()
    assert table.tokens.shape == (720**2, 2)
    assert task.classes == len(np.unique(table.labels)) == 720


@pytest.mark.parametrize("degree", [-1, 0, 1, 7, 10**30])
def test_a_degree_out_of_range_is_refused(degree: int):
    with pytest.raises(SpecError, match="a degree is from 2 to 6") as caught:
        SymmetricGroup(degree)
    assert caught.value.path == "degree"
