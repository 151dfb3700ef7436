import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latebloom.errors import InputError
from latebloom.tasks.numbers import discrete_logarithms, divisors, is_prime, smallest_primitive_root, written

PRIMES = [n for n in range(2, 200) if not any(a * b == n for a in range(2, n) for b in range(2, n // a + 1))]


def test_primes_below_200_are_those_that_are_no_product():
    assert [n for n in range(-5, 200) if is_prime(n)] == PRIMES


def test_the_square_of_a_prime_is_not_prime():
    assert not any(is_prime(prime * prime) for prime in PRIMES)


@pytest.mark.parametrize("prime", PRIMES)
def test_the_smallest_primitive_root_is_the_first_whose_powers_are_everything(prime: int):
    def generates(root: int) -> bool:
        return {pow(root, k, prime) for k in range(prime - 1)} == set(range(1, prime))

    assert smallest_primitive_root(prime) == next(root for root in range(1, prime) if generates(root))


@pytest.mark.parametrize("prime", PRIMES)
def test_raising_the_root_to_the_logarithm_gives_the_residue_back(prime: int):
    logarithms = discrete_logarithms(prime)
    assert logarithms.dtype == np.int64
    assert logarithms[0] == -1
    assert sorted(logarithms[1:].tolist()) == list(range(prime - 1))
    root = smallest_primitive_root(prime)
    assert [pow(root, int(k), prime) for k in logarithms[1:]] == list(range(1, prime))


@pytest.mark.parametrize("number", [-7, 0, 1, 4, 91, 96])
def test_a_number_that_is_not_prime_has_no_primitive_root_here(number: int):
    with pytest.raises(InputError, match=f"{number} is not prime"):
        smallest_primitive_root(number)
    with pytest.raises(InputError, match=f"{number} is not prime"):
        discrete_logarithms(number)


@given(st.integers(1, 3000))
def test_divisors_are_all_numbers_that_divide(number: int):
    assert list(divisors(number)) == [factor for factor in range(1, number + 1) if number % factor == 0]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-3, "-3"),
        (10**15 - 1, "999,999,999,999,999"),
        (10**15, "about 10^15"),
        pytest.param(-(10**9000), "about -10^9000", id="huge"),
    ],
)
def test_a_number_of_any_size_is_written_on_a_short_line(number: int, text: str):
    assert written(number) == text
