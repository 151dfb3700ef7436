import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latebloom.errors import InputError, SpecError
from latebloom.tasks import Coordinate, Multiplication, coset
from latebloom.tasks.task import LARGEST_SEED, require_seed, swap_partners


def test_the_cosets_modulo_12_of_multiplication_modulo_97_are_twelve_of_eight():
    logarithm = Multiplication(97).table().coordinates["discrete_logarithm"]
    cosets = coset(logarithm, 12)
    assert cosets.order == 12
    assert cosets.values[0] == -1
    assert np.bincount(cosets.values[1:]).tolist() == [8] * 12


@given(st.integers(1, 60), st.data())
def test_a_coset_is_a_homomorphism_for_every_divisor(order: int, data: st.DataObject):
    modulus = data.draw(st.sampled_from([m for m in range(1, order + 1) if order % m == 0]))
    values = coset(Coordinate(np.arange(order), order), modulus).values
    a, b = (data.draw(st.integers(0, order - 1)) for _ in range(2))
    assert values[(a + b) % order] == (values[a] + values[b]) % modulus


@pytest.mark.parametrize("modulus", [-2, 0, 5, 12, 10**30])
def test_a_number_that_does_not_divide_the_order_has_no_cosets(modulus: int):
    with pytest.raises(InputError, match="its divisors are 1, 2, 3, 6"):
        coset(Coordinate(np.arange(6), order=6), modulus)


def test_a_pair_without_its_swap_in_the_table_is_its_own_partner():
    first, second = np.array([0, 1, 2, 1]), np.array([1, 0, 1, 1])
    assert swap_partners(first, second, operands=3).tolist() == [1, 0, 2, 3]


@pytest.mark.parametrize("seed", [-1, LARGEST_SEED + 1, pytest.param(10**5000, id="huge")])
def test_a_seed_that_does_not_fit_is_refused(seed: int):
    with pytest.raises(SpecError, match=r"^seed: .* cannot be a seed") as caught:
        require_seed(seed)
    assert caught.value.path == "seed"


def test_the_smallest_and_the_largest_seed_are_accepted():
    require_seed(0)
    require_seed(LARGEST_SEED)
