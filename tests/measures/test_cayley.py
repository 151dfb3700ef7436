"""Groups by their tables: what is taken and what is not."""

import numpy as np
import pytest
import torch

from latebloom.errors import InputError, ShapeError
from latebloom.measures import irrep_power
from latebloom.measures.cayley import cyclic_table, finite_group, symmetric_table
from latebloom.tasks.group import Group
from latebloom.tasks.symmetric_group import SymmetricGroup
from tests.measures.finite_groups import after, cyclic, permutations, table_of

LOOP = torch.tensor([[0, 1, 2, 3, 4], [1, 0, 3, 4, 2], [2, 4, 0, 1, 3], [3, 2, 4, 0, 1], [4, 3, 1, 2, 0]])
"""A Latin square with an identity that is not associative."""


@pytest.mark.parametrize("degree", [2, 3, 4, 5])
def test_the_symmetric_table_numbers_the_permutations_as_the_task_does(degree):
    labels = SymmetricGroup(degree).table().labels
    assert np.array_equal(symmetric_table(degree).numpy().ravel(), labels)


def test_the_symmetric_table_holds_a_after_b():
    assert torch.equal(symmetric_table(4), table_of(permutations(4), after))


def test_the_table_of_a_group_task_is_taken_as_it_is():
    task = Group.example()
    table = torch.tensor(task.cayley)
    assert np.array_equal(table.numpy().ravel(), task.table().labels)
    assert finite_group(table, 6).products.tolist() == table.tolist()


def test_without_a_table_the_group_is_addition_of_coordinates():
    assert torch.equal(cyclic_table(7), cyclic(7))
    assert finite_group(None, 7).products.tolist() == cyclic(7).tolist()


def test_identity_and_inverses_are_found_wherever_they_stand():
    group = finite_group(torch.tensor(Group.example().cayley), 6)
    for element in range(6):
        assert group.products[group.identity, element] == element
        assert group.products[element, group.inverses[element]] == group.identity


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_any_integer_type_will_do(dtype):
    assert finite_group(cyclic(6).to(dtype), 6) is finite_group(cyclic(6), 6)


@pytest.mark.parametrize("degree", [0, 8, -3, 3.0, True, "3", None], ids=repr)
@pytest.mark.usefixtures("unhooked")
def test_a_degree_that_cannot_be_built_is_refused(degree):
    with pytest.raises(InputError, match=r"^degree: got .* needed"):
        symmetric_table(degree)


@pytest.mark.parametrize(
    "table",
    [
        cyclic(6).float(),
        cyclic(6).bool(),
        cyclic(6).tolist(),
        cyclic(6).numpy(),
        cyclic(6)[0],
        cyclic(6)[:5],
        cyclic(5),
        cyclic(6)[None],
        cyclic(6)[:, :0],
    ],
    ids=["float", "bool", "a list", "numpy", "a row", "five rows", "another order", "a population", "empty"],
)
@pytest.mark.usefixtures("unhooked")
def test_what_is_no_table_of_the_right_shape_raises_a_shape_error(table):
    with pytest.raises(ShapeError, match=r"^cayley: got .* needed"):
        irrep_power(torch.randn(6, 3), table)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (torch.zeros(5, 5, dtype=torch.int64), "each of 0 to 4 once"),
        (cyclic(5) + 1, "each of 0 to 4 once"),
        (-cyclic(5), "each of 0 to 4 once"),
        (torch.arange(5).expand(5, 5), "each of 0 to 4 once"),
        (torch.arange(5)[:, None].expand(5, 5), "each of 0 to 4 once"),
        (cyclic(5).flip(0), "without an identity"),
        (-(torch.arange(5)[:, None] + torch.arange(5)) % 5, "without an identity"),
        (LOOP, "not associative"),
    ],
)
def test_a_table_of_no_group_is_refused_with_the_reason(table, reason):
    with pytest.raises(InputError, match=rf"^cayley: got .*{reason}.* needed"):
        irrep_power(torch.randn(5, 3), table)
