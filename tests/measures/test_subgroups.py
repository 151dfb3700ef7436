"""All subgroups, against known counts and against trying every subset."""

import itertools
import math
from collections import Counter

import pytest
import torch

from latebloom.errors import InputError
from latebloom.measures.cayley import cyclic_table, symmetric_table
from latebloom.measures.subgroups import subgroups
from tests.measures.finite_groups import alternating, cyclic, dihedral, product, quaternion, renumbered

CUBE = product(product(cyclic(2), cyclic(2)), cyclic(2))


@pytest.mark.parametrize(
    ("table", "count"),
    [
        (symmetric_table(2), 2),
        (symmetric_table(3), 6),
        (symmetric_table(4), 30),
        (symmetric_table(5), 156),
        (alternating(4), 10),
        (alternating(5), 59),
        (dihedral(4), 10),
        (quaternion(), 6),
        (CUBE, 16),
        (product(CUBE, product(cyclic(2), cyclic(2))), 374),
        (cyclic(1), 1),
        (cyclic(97), 2),
    ],
    ids=["S_2", "S_3", "S_4", "S_5", "A_4", "A_5", "D_4", "Q_8", "Z_2^3", "Z_2^5", "Z_1", "Z_97"],
)
def test_known_groups_have_as_many_subgroups_as_the_books_say(table, count):
    assert len(subgroups(table)) == count


def test_the_subgroups_of_s5_have_the_known_orders():
    orders = Counter(subgroups(symmetric_table(5)).sum(-1).tolist())
    known = {1: 1, 2: 25, 3: 10, 4: 35, 5: 6, 6: 30, 8: 15, 10: 6, 12: 15, 20: 6, 24: 5, 60: 1, 120: 1}
    assert orders == known


@pytest.mark.parametrize("order", [12, 36, 96])
def test_a_cyclic_group_has_one_subgroup_for_each_divisor(order):
    listed = subgroups(cyclic_table(order))
    divisors = [number for number in range(1, order + 1) if order % number == 0]
    assert [members.nonzero().flatten().tolist() for members in listed] == [
        list(range(0, order, order // divisor)) for divisor in divisors
    ]


@pytest.mark.parametrize(
    "table", [alternating(4), dihedral(6), quaternion(), CUBE], ids=["A_4", "D_6", "Q_8", "Z_2^3"]
)
def test_trying_every_subset_finds_the_same(table):
    products = table.tolist()
    closed = {
        subset
        for size in range(1, len(table) + 1)
        if len(table) % size == 0
        for subset in itertools.combinations(range(len(table)), size)
        if all(products[a][b] in subset for a in subset for b in subset)
    }
    found = [tuple(members.nonzero().flatten().tolist()) for members in subgroups(table)]
    assert len(found) == len(closed)
    assert set(found) == closed


def test_they_are_listed_from_the_trivial_one_to_the_whole_group():
    table = renumbered(symmetric_table(4), torch.randperm(24, generator=torch.Generator().manual_seed(0)))
    listed = subgroups(table)
    keys = [(int(members.sum()), members.nonzero().flatten().tolist()) for members in listed]
    assert keys == sorted(keys)
    assert keys[0][0] == 1
    assert keys[-1][0] == 24
    assert all(math.gcd(order, 24) == order for order, _ in keys)
    for members in listed:
        inside = members.nonzero().flatten()
        assert members[table[inside][:, inside]].all()


def test_a_group_with_too_many_subgroups_is_refused():
    many = product(product(CUBE, CUBE), cyclic(2))
    with pytest.raises(
        InputError, match=r"^cayley: got a group of order 128 with more than 2000 subgroups.* needed"
    ):
        subgroups(many)


def test_what_is_returned_is_the_callers_own():
    first = subgroups(symmetric_table(3))
    first[:] = False
    assert subgroups(symmetric_table(3)).any()
