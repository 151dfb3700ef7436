"""Irreducible representations, against what theory says of them."""

import itertools

import pytest
import torch

from latebloom.errors import InputError
from latebloom.measures.cayley import cyclic_table, finite_group, symmetric_table
from latebloom.measures.irreps import conjugacy_classes, irreps, partitions, symmetric_irreps
from tests.measures.finite_groups import (
    alternating,
    cyclic,
    dihedral,
    is_even,
    permutations,
    product,
    quaternion,
    renumbered,
)

DEGREES = [2, 3, 4, 5]
# By a permutation of each class, in the order of the partitions (n), (n - 1, 1), ... (James & Liebeck, 2001).
CHARACTER_TABLES = {
    3: {
        (0, 1, 2): (1, 2, 1),
        (1, 0, 2): (1, 0, -1),
        (1, 2, 0): (1, -1, 1),
    },
    4: {
        (0, 1, 2, 3): (1, 3, 2, 3, 1),
        (1, 0, 2, 3): (1, 1, 0, -1, -1),
        (1, 0, 3, 2): (1, -1, 2, -1, 1),
        (1, 2, 0, 3): (1, 0, -1, 0, 1),
        (1, 2, 3, 0): (1, -1, 0, 1, -1),
    },
    5: {
        (0, 1, 2, 3, 4): (1, 4, 5, 6, 5, 4, 1),
        (1, 0, 2, 3, 4): (1, 2, 1, 0, -1, -2, -1),
        (1, 0, 3, 2, 4): (1, 0, 1, -2, 1, 0, 1),
        (1, 2, 0, 3, 4): (1, 1, -1, 0, -1, 1, 1),
        (1, 2, 0, 4, 3): (1, -1, 1, 0, -1, 1, -1),
        (1, 2, 3, 0, 4): (1, 0, -1, 0, 1, 0, -1),
        (1, 2, 3, 4, 0): (1, -1, 0, 1, 0, -1, 1),
    },
}
GROUPS = {
    "Z_1": cyclic(1),
    "Z_2": cyclic(2),
    "Z_7": cyclic(7),
    "Z_12": cyclic(12),
    "Z_2 x Z_2 x Z_2": product(product(cyclic(2), cyclic(2)), cyclic(2)),
    "Z_3 x Z_3": product(cyclic(3), cyclic(3)),
    "D_5": dihedral(5),
    "D_6": dihedral(6),
    "Q_8": quaternion(),
    "A_4": alternating(4),
    "A_5": alternating(5),
    "S_4": symmetric_table(4),
    "S_3 x Z_3": product(symmetric_table(3), cyclic(3)),
    "Q_8 x Z_3": product(quaternion(), cyclic(3)),
}
each_group = pytest.mark.parametrize("name", GROUPS)


@pytest.mark.parametrize("degree", [*DEGREES, 6])
def test_the_matrices_multiply_as_the_permutations_do(degree):
    table = symmetric_table(degree)
    for matrices in symmetric_irreps(degree).values():
        # It is enough for all a and the adjacent swaps b, which generate the group.
        swaps = [
            index
            for index, one in enumerate(permutations(degree))
            if sum(x != y for x, y in enumerate(one)) == 2
        ]
        products = matrices[:, None] @ matrices[swaps]
        torch.testing.assert_close(products, matrices[table[:, swaps]], rtol=0.0, atol=1e-13)


@pytest.mark.parametrize("degree", [*DEGREES, 6])
def test_the_matrices_are_orthogonal(degree):
    for matrices in symmetric_irreps(degree).values():
        identity = torch.eye(matrices.shape[-1], dtype=torch.float64).expand_as(matrices)
        torch.testing.assert_close(matrices @ matrices.mT, identity, rtol=0.0, atol=1e-13)


@pytest.mark.parametrize("degree", DEGREES)
def test_the_great_orthogonality_theorem_holds(degree):
    entries = torch.cat([matrices.flatten(1) for matrices in symmetric_irreps(degree).values()], dim=1)
    dimensions = [matrices.shape[-1] for matrices in symmetric_irreps(degree).values()]
    expected = torch.cat([torch.full((d * d,), len(entries) / d, dtype=torch.float64) for d in dimensions])
    torch.testing.assert_close(entries.mT @ entries, expected.diag(), rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("degree", [*DEGREES, 6])
def test_the_squared_dimensions_add_up_to_the_order(degree):
    dimensions = [matrices.shape[-1] for matrices in symmetric_irreps(degree).values()]
    assert sum(dimension**2 for dimension in dimensions) == len(permutations(degree))
    assert list(symmetric_irreps(degree)) == list(partitions(degree))


@pytest.mark.parametrize("degree", CHARACTER_TABLES)
def test_the_characters_are_those_of_the_books(degree):
    place = {permutation: index for index, permutation in enumerate(permutations(degree))}
    for permutation, characters in CHARACTER_TABLES[degree].items():
        traces = [
            matrices[place[permutation]].trace().item() for matrices in symmetric_irreps(degree).values()
        ]
        assert traces == pytest.approx(characters, abs=1e-13)


@pytest.mark.parametrize("degree", DEGREES)
def test_the_first_is_trivial_and_the_last_the_sign(degree):
    matrices = list(symmetric_irreps(degree).values())
    signs = torch.tensor([1.0 if is_even(one) else -1.0 for one in permutations(degree)]).double()
    assert (matrices[0] == 1.0).all()
    assert torch.equal(matrices[-1].flatten(), signs)


@pytest.mark.parametrize("degree", [1, 7, 3.0, True, None], ids=repr)
@pytest.mark.usefixtures("unhooked")
def test_a_degree_without_matrices_is_refused(degree):
    with pytest.raises(InputError, match=r"^degree: got .* needed"):
        symmetric_irreps(degree)


@each_group
def test_the_projections_are_orthogonal_and_add_up_to_everything(name):
    table, found = GROUPS[name], irreps(GROUPS[name])
    inverses = torch.from_numpy(finite_group(table, len(table)).inverses.copy())
    projections = found.kernels[:, table[:, inverses]]  # P(g, h) = p(g h^-1)
    products = projections[:, None] @ projections
    for one, other in itertools.product(range(len(projections)), repeat=2):
        expected = projections[one] if one == other else torch.zeros_like(projections[one])
        torch.testing.assert_close(products[one, other], expected, rtol=0.0, atol=1e-12)
    torch.testing.assert_close(projections.sum(0), torch.eye(len(table)).double(), rtol=0.0, atol=1e-12)
    assert projections.diagonal(dim1=-2, dim2=-1).sum(-1).tolist() == pytest.approx(found.ranks, abs=1e-11)


@each_group
def test_there_are_as_many_irreps_as_classes_and_the_first_is_trivial(name):
    table, found = GROUPS[name], irreps(GROUPS[name])
    _, sizes = conjugacy_classes(finite_group(table, len(table)))
    assert len(found.names) == len(found.kernels) == len(sizes)
    assert sum(found.ranks) == sizes.sum() == len(table)
    assert found.ranks[0] == found.dimensions[0] == 1
    torch.testing.assert_close(found.kernels[0], torch.full((len(table),), 1 / len(table)).double())


@pytest.mark.parametrize(
    ("name", "dimensions", "ranks"),
    [
        ("Q_8", [1, 1, 1, 1, 2], [1, 1, 1, 1, 4]),
        ("A_4", [1, 1, 3], [1, 2, 9]),  # the two complex characters of A_4 are one conjugate pair
        ("A_5", [1, 3, 3, 4, 5], [1, 9, 9, 16, 25]),
        ("D_5", [1, 1, 2, 2], [1, 1, 4, 4]),
        ("Z_7", [1, 1, 1, 1], [1, 2, 2, 2]),
        ("Z_3 x Z_3", [1, 1, 1, 1, 1], [1, 2, 2, 2, 2]),
        ("Q_8 x Z_3", [1] * 8 + [2, 2], [1, 1, 1, 1, 2, 2, 2, 2, 4, 8]),
    ],
)
def test_the_dimensions_of_known_groups_come_out(name, dimensions, ranks):
    found = irreps(GROUPS[name])
    assert sorted(zip(found.ranks, found.dimensions, strict=True)) == sorted(
        zip(ranks, dimensions, strict=True)
    )


@pytest.mark.parametrize("order", [2, 5, 12, 96, 97])
def test_the_irreps_of_a_cyclic_group_are_its_frequencies_in_order(order):
    found, elements = irreps(cyclic_table(order)), torch.arange(order).double()
    for frequency in range(order // 2 + 1):
        rank = 1 if frequency in (0, order / 2) else 2
        wave = torch.cos(2 * torch.pi * frequency * elements / order) * rank / order
        torch.testing.assert_close(found.kernels[frequency], wave, rtol=0.0, atol=1e-12)


@pytest.mark.parametrize("degree", [3, 4, 5])
def test_the_way_for_any_group_agrees_with_youngs_form(degree):
    table = symmetric_table(degree)
    new_names = torch.randperm(len(table), generator=torch.Generator().manual_seed(degree))
    general, young = irreps(renumbered(table, new_names)), irreps(table)
    assert young.names[0] == f"({degree})"
    assert general.names[0] == "0 of dimension 1"  # its numbering is not the lexicographic one
    distances = torch.cdist(general.kernels[:, new_names], young.kernels)
    assert distances.amin(0).max() < 1e-13
    assert distances.argmin(0).unique().numel() == len(young.names)


def test_the_order_on_small_symmetric_groups_is_that_of_the_partitions():
    for degree in DEGREES:
        names = [name.replace(",)", ")") for name in map(str, partitions(degree))]
        assert list(irreps(symmetric_table(degree)).names) == names


def test_finding_irreps_touches_no_global_random_state():
    before = torch.random.get_rng_state()
    irreps(dihedral(7))
    assert torch.equal(before, torch.random.get_rng_state())
