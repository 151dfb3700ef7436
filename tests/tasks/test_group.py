import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import SpecError
from latebloom.tasks import Group, SymmetricGroup

Rows = tuple[tuple[int, ...], ...]


def cyclic(order: int) -> Rows:
    return tuple(tuple((a + b) % order for b in range(order)) for a in range(order))


def renamed(rows: Rows, names: list[int]) -> Rows:
    """Give element x the name names[x]."""
    place = np.argsort(names)
    return tuple(tuple(names[rows[a][b]] for b in place) for a in place)


def quaternions() -> Rows:
    """1, i, j, k and their negatives, as 0..3 and 4..7."""
    unit = {(1, 2): 3, (2, 3): 1, (3, 1): 2, (2, 1): 7, (3, 2): 5, (1, 3): 6}

    def product(a: int, b: int) -> int:
        sign, (x, y) = (a // 4 + b // 4) % 2, (a % 4, b % 4)
        positive = y if x == 0 else x if y == 0 else 4 if x == y else unit[x, y]
        return (positive + 4 * sign) % 8

    return tuple(tuple(product(a, b) for b in range(8)) for a in range(8))


def is_group(rows: Rows) -> bool:
    """Decide by the axioms, one after the other."""
    elements = range(len(rows))
    if any({rows[a][b] for b in elements} != set(elements) for a in elements):
        return False
    identities = [e for e in elements if all(rows[e][x] == x == rows[x][e] for x in elements)]
    triples = itertools.product(elements, repeat=3)
    return bool(identities) and all(rows[rows[a][b]][c] == rows[a][rows[b][c]] for a, b, c in triples)


def turned(rows: Rows) -> list[Rows]:
    """List the Latin squares that differ in four entries, at the corners of two rows and two columns."""
    squares: list[Rows] = []
    pairs = list(itertools.combinations(range(len(rows)), 2))
    for (a, b), (c, d) in itertools.product(pairs, repeat=2):
        products = np.array(rows)
        if products[a, c] == products[b, d] and products[a, d] == products[b, c]:
            products[[a, b, a, b], [c, d, d, c]] = products[[a, b, a, b], [d, c, c, d]]
            squares.append(tuple(map(tuple, products.tolist())))
    return squares


def s3() -> Rows:
    return tuple(map(tuple, SymmetricGroup(3).table().labels.reshape(6, 6).tolist()))


# A Latin square with an identity that is not associative: the smallest loop that is no group.
LOOP = ((0, 1, 2, 3, 4), (1, 0, 3, 4, 2), (2, 4, 0, 1, 3), (3, 2, 4, 0, 1), (4, 3, 1, 2, 0))


@pytest.mark.parametrize("rows", [cyclic(2), cyclic(7), cyclic(12), s3(), quaternions()])
def test_groups_are_accepted_and_labelled_by_their_products(rows: Rows):
    assert is_group(rows)
    table = Group(rows).table()
    assert all(rows[a][b] == label for (a, b), label in zip(table.tokens, table.labels, strict=True))


@settings(max_examples=30)
@given(order=st.integers(2, 12), data=st.data())
def test_the_index_of_a_product_is_the_sum_of_the_indices_whatever_the_names(order: int, data: st.DataObject):
    rows = renamed(cyclic(order), data.draw(st.permutations(range(order))))
    coordinate = Group(rows).table().coordinates["index"]
    index = coordinate.values.tolist()
    assert sorted(index) == list(range(order))
    for a, b in itertools.product(range(order), repeat=2):
        assert index[rows[a][b]] == (index[a] + index[b]) % order


def test_the_index_counts_powers_of_the_smallest_generator():
    rows = renamed(cyclic(6), [3, 2, 0, 5, 4, 1])  # the exponents 1 and 5 generate; their names are 2 and 1
    assert Group(rows).table().coordinates["index"].values.tolist() == [4, 1, 5, 0, 2, 3]


@pytest.mark.parametrize(
    "rows", [s3(), quaternions(), tuple(tuple(a ^ b for b in range(8)) for a in range(8))]
)
def test_a_group_that_is_not_cyclic_has_no_index(rows: Rows):
    assert Group(rows).table().coordinates == {}


@pytest.mark.parametrize("rows", [cyclic(2), cyclic(4), cyclic(6), s3(), LOOP, quaternions()])
def test_latin_squares_one_turned_square_away_from_a_group_are_judged_by_the_axioms(rows: Rows):
    for changed in turned(rows):
        if is_group(changed):
            Group(changed)
        else:
            with pytest.raises(SpecError):
                Group(changed)


def test_turned_squares_of_the_cyclic_group_of_order_four_hold_groups_and_others():
    assert {is_group(changed) for changed in turned(cyclic(4))} == {True, False}


def test_the_triple_that_breaks_associativity_is_named():
    with pytest.raises(SpecError, match="a group is associative") as caught:
        Group(LOOP)
    a, b, c = 1, 1, 2
    assert f"({a} * {b}) * {c} is 2, but {a} * ({b} * {c}) is 4" in str(caught.value)
    assert (LOOP[LOOP[a][b]][c], LOOP[a][LOOP[b][c]]) == (2, 4)


@pytest.mark.parametrize(
    ("rows", "path", "words"),
    [
        ((), "cayley", "0 rows were given"),
        (((0,),), "cayley", "1 rows were given, which makes 1 examples; a group here has from 2 to 2000"),
        (((0, 1), (1,)), "cayley[1]", "1 products were given; a Cayley table of 2 rows has 2 columns"),
        (((0, 1), (1, 2)), "cayley[1][1]", "2 is no element; elements are 0 to 1"),
        (((0, 1), (-1, 0)), "cayley[1][0]", "-1 is no element"),
        (((0, 10**30), (1, 0)), "cayley[0][1]", "about 10^30 is no element"),
        (((0, 1), (1, 1)), "cayley", "row 1 has 1 more than once and lacks 0"),
        (((0, 1), (0, 1)), "cayley", "column 0 has 0 more than once and lacks 1"),
        (((0, 2, 1), (1, 0, 2), (2, 1, 0)), "cayley", "no row is 0 to 2 in order"),
        (((0, 1, 2), (2, 0, 1), (1, 2, 0)), "cayley", "row 0 but not column 0 is 0 to 2 in order"),
    ],
)
def test_what_is_no_group_is_refused_where_it_breaks(rows: Rows, path: str, words: str):
    with pytest.raises(SpecError) as caught:
        Group(rows)
    assert caught.value.path == path
    assert words in str(caught.value)


def test_too_large_a_group_is_refused_before_its_rows_are_read():
    with pytest.raises(SpecError, match="2001 rows were given, which makes 4,004,001 examples"):
        Group(((),) * 2001)


def test_a_large_group_is_checked_in_reasonable_time():
    order = 512  # order^3 is 134 million triples
    Group(tuple(tuple(a ^ b for b in range(order)) for a in range(order)))
