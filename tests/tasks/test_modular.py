import pytest

from latebloom.errors import SpecError
from latebloom.tasks import Addition, Division, Multiplication, Subtraction, Task

SMALL_PRIMES = [2, 3, 5, 7, 11, 13]


def rows(task: Task) -> list[tuple[int, int, int]]:
    table = task.table()
    return [(a, b, label) for (a, b), label in zip(table.tokens.tolist(), table.labels.tolist(), strict=True)]


@pytest.mark.parametrize("modulus", range(2, 14))
def test_sums_differences_and_products_are_those_of_the_integers(modulus: int):
    pairs = [(a, b) for a in range(modulus) for b in range(modulus)]
    assert rows(Addition(modulus)) == [(a, b, (a + b) % modulus) for a, b in pairs]
    assert rows(Subtraction(modulus)) == [(a, b, (a - b) % modulus) for a, b in pairs]
    assert rows(Multiplication(modulus, zero=True)) == [(a, b, (a * b) % modulus) for a, b in pairs]


@pytest.mark.parametrize("modulus", SMALL_PRIMES)
def test_multiplication_without_zero_never_meets_zero(modulus: int):
    expected = [(a, b, a * b % modulus) for a in range(1, modulus) for b in range(1, modulus)]
    assert rows(Multiplication(modulus)) == expected
    assert all(0 not in row for row in expected)


@pytest.mark.parametrize("modulus", SMALL_PRIMES)
def test_a_quotient_times_its_divisor_is_the_dividend(modulus: int):
    table = rows(Division(modulus))
    assert [(a, b) for a, b, _ in table] == [(a, b) for a in range(modulus) for b in range(1, modulus)]
    assert all(label * b % modulus == a for a, b, label in table)


def test_the_published_sizes_modulo_97_hold():
    assert Addition(97).examples == 9409
    assert Multiplication(97).examples == 9216
    assert Division(97).examples == 97 * 96
    for task in (Addition(97), Multiplication(97), Division(97)):
        assert (task.vocabulary, task.classes, task.length) == (97, 97, 2)


def test_five_generates_multiplication_modulo_97():
    logarithm = Multiplication(97).table().coordinates["discrete_logarithm"]
    assert logarithm.order == 96
    assert logarithm.values[[1, 5, 25, 28]].tolist() == [0, 1, 2, 3]


def test_only_multiplication_and_division_with_a_prime_modulus_have_logarithms():
    assert set(Addition(7).table().coordinates) == {"residue"}
    assert set(Multiplication(8, zero=True).table().coordinates) == {"residue"}
    assert set(Multiplication(7, zero=True).table().coordinates) == {"residue", "discrete_logarithm"}
    assert set(Division(7).table().coordinates) == {"residue", "discrete_logarithm"}


def test_the_swap_of_zero_over_something_is_not_in_the_table_of_division():
    table = Division(5).table()
    zeros = table.tokens[:, 0] == 0
    assert (table.partners[zeros] == zeros.nonzero()[0]).all()


@pytest.mark.parametrize("task", [Addition, Subtraction, Multiplication, Division])
@pytest.mark.parametrize("modulus", [pytest.param(-(10**5000), id="huge"), -1, 0, 1])
def test_a_modulus_below_two_is_refused(task: type[Addition], modulus: int):
    with pytest.raises(SpecError, match="a modulus is a whole number from 2 on") as caught:
        task(modulus)
    assert caught.value.path == "modulus"


@pytest.mark.parametrize(
    ("task", "largest", "next_one"),
    [(Addition, 2000, 2001), (Subtraction, 2000, 2001), (Multiplication, 1999, 2003), (Division, 1999, 2003)],
)
def test_the_largest_modulus_is_named_and_accepted(task: type[Addition], largest: int, next_one: int):
    for modulus in (next_one, 10**30, 10**5000):
        with pytest.raises(SpecError, match=rf"examples; at most 4,000,000, so a modulus up to {largest:,}"):
            task(modulus)
    assert task(largest).examples <= 4_000_000


@pytest.mark.parametrize("task", [Multiplication, Division])
@pytest.mark.parametrize(("modulus", "nearest"), [(4, 3), (96, 97), (1763, 1759), (2000, 1999)])
def test_a_composite_modulus_is_refused_with_the_nearest_prime(
    task: type[Division], modulus: int, nearest: int
):
    with pytest.raises(SpecError, match=rf"{modulus} is not prime; .*prime here is {nearest}$") as caught:
        task(modulus)
    assert caught.value.path == "modulus"


def test_the_refusal_of_a_composite_modulus_says_that_zero_would_help():
    with pytest.raises(SpecError, match="with 0 any will do"):
        Multiplication(96)
