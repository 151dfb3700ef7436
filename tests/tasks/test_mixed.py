import numpy as np
import pytest

from latebloom.errors import SpecError
from latebloom.tasks import Addition, Division, Mixed, Multiplication, Subtraction
from latebloom.tasks.mixed import OPERATIONS

ALONE = {
    "addition": Addition(7),
    "subtraction": Subtraction(7),
    "multiplication": Multiplication(7),
    "multiplication-with-zero": Multiplication(7, zero=True),
    "division": Division(7),
}


def test_each_operation_stands_in_the_table_as_in_its_own_task_in_the_order_given():
    mixed = Mixed(7, tuple(reversed(tuple(OPERATIONS))))
    table, start = mixed.table(), 0
    for token, name in enumerate(mixed.operations, start=7):
        alone = ALONE[name].table()
        part = slice(start, start + len(alone.labels))
        assert np.array_equal(table.tokens[part][:, [0, 2]], alone.tokens)
        assert (table.tokens[part][:, 1] == token).all()
        assert np.array_equal(table.labels[part], alone.labels)
        assert np.array_equal(table.partners[part] - start, alone.partners)
        start = part.stop
    assert start == mixed.examples
    assert (mixed.vocabulary, mixed.classes) == (12, 7)


def test_one_operation_alone_can_have_its_token():
    assert Mixed(6, ("addition",)).vocabulary == 7


def test_logarithms_are_there_where_an_operation_multiplies_modulo_a_prime():
    assert set(Mixed(7, ("addition", "division")).table().coordinates) == {"residue", "discrete_logarithm"}
    assert set(Mixed(7, ("addition", "subtraction")).table().coordinates) == {"residue"}
    assert set(Mixed(6, ("addition", "multiplication-with-zero")).table().coordinates) == {"residue"}


@pytest.mark.parametrize(
    ("modulus", "operations", "path", "words"),
    [
        (7, (), "operations", "no operation was given; known: addition"),
        (7, ("addition", "x" * 10_000), "operations[1]", "no operation 'xxx"),
        (7, ("adition",), "operations[0]", "no operation 'adition'; known: addition,"),
        (7, ("division", "division"), "operations[1]", "'division' was given before"),
        (6, ("addition", "division"), "modulus", "6 is not prime; division needs a prime"),
        (6, ("multiplication",), "modulus", "multiplication without 0 needs a prime"),
        (1, ("addition",), "modulus", "1 is too small"),
        (10**30, ("addition", "subtraction"), "modulus", "so a modulus up to 1,414"),
        (10**30, ("addition", "division"), "modulus", "so a modulus up to 1,409"),
    ],
)
def test_settings_that_cannot_be_are_refused_where_they_stand(
    modulus: int, operations: tuple[str, ...], path: str, words: str
):
    with pytest.raises(SpecError) as caught:
        Mixed(modulus, operations)
    assert caught.value.path == path
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_modulus_named_as_the_largest_is_accepted():
    assert Mixed(1414, ("addition", "subtraction")).examples <= 4_000_000
