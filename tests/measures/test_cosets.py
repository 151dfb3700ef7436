"""Concentration on cosets, against sums over cosets that are written out and against every relabelling."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from latebloom.errors import InputError, ShapeError
from latebloom.measures import coset_concentration, subgroup_scan
from latebloom.measures.cayley import cyclic_table, symmetric_table
from latebloom.measures.subgroups import subgroups
from tests.measures.characters import root_of_deviance
from tests.measures.coset_sums import LEFT, RIGHT, concentrations, cosets, proper, shares
from tests.measures.finite_groups import dihedral, permutations, quaternion
from tests.measures.matrices import normal

S3, S4, S5 = (symmetric_table(degree) for degree in (3, 4, 5))
EVERY_ORDER = torch.tensor(list(itertools.permutations(range(6))))


@pytest.mark.parametrize("table", [S3, S4, quaternion(), cyclic_table(12)], ids=["S_3", "S_4", "Q_8", "Z_12"])
def test_concentration_is_the_least_ratio_of_variances(table):
    units = normal(len(table), 6)
    units[:, 0] += 3.0 * cosets(table, subgroups(table)[-2], LEFT)[1]
    found = coset_concentration(units, table)
    for unit in range(6):
        expected = concentrations(units[:, unit], table)
        (row, side), least = min(expected.items(), key=lambda one: one[1].item())
        assert found["coset_concentration"][unit].item() == pytest.approx(least.item(), rel=1e-12)
        named = int(found["coset_concentration_subgroup"][unit]), int(found["coset_concentration_side"][unit])
        assert expected[named].item() == pytest.approx(least.item(), rel=1e-12)
        assert found["coset_concentration_order"][unit] == subgroups(table)[row].sum()
        explained = shares(units[:, unit, None], table)[row, side].item()
        assert found["coset_concentration_explained"][unit].item() == pytest.approx(explained, abs=1e-13)


@pytest.mark.parametrize("table", [S4, dihedral(6)], ids=["S_4", "D_6"])
def test_a_unit_that_is_constant_on_cosets_names_their_subgroup_and_side(table):
    for row, side in itertools.product(proper(table), (LEFT, RIGHT)):
        listed, coset = cosets(table, subgroups(table)[row], side)
        normal_subgroup = listed == cosets(table, subgroups(table)[row], 1 - side)[0]
        unit = normal(len(listed), seed=row)[coset, None]
        found = coset_concentration(unit, table, draws=10)
        assert found["coset_concentration"] == 0.0
        assert found["coset_concentration_explained"] == 1.0
        assert found["coset_concentration_subgroup"] == row
        assert found["coset_concentration_side"] == (LEFT if normal_subgroup else side)
        whole = subgroup_scan(normal(len(listed), 3, seed=row)[coset], table, draws=10)
        assert whole["subgroup_best"] == row
        assert whole["subgroup_best_side"] == (LEFT if normal_subgroup else side)
        assert whole["subgroup_best_explained"] == 1.0


def test_where_one_is_taken_is_constant_on_left_cosets_and_where_one_comes_from_on_right_ones():
    group = torch.tensor(permutations(5))
    fixes_0 = (subgroups(S5) & (group[:, 0] == 0)).sum(-1).argmax()  # the S_4 that leaves 0 where it is
    taken = torch.nn.functional.one_hot(group[:, 0]).double()
    comes_from = torch.nn.functional.one_hot(group.argsort(-1)[:, 0]).double()
    for points, side in ((taken, LEFT), (comes_from, RIGHT)):
        found = subgroup_scan(points, S5)
        assert found["subgroup_best"] == fixes_0
        assert found["subgroup_best_order"] == 24
        assert found["subgroup_best_side"] == side
        assert found["subgroup_p_value"].item() == pytest.approx(1 / 201)
        assert subgroup_scan(points, S5, side=("right", "left")[side])["subgroup_best_explained"] < 1.0


def test_concentration_over_every_relabelling_is_the_number_of_cosets_on_average():
    every = concentrations(normal(6)[EVERY_ORDER], S3)
    for (row, side), drawn in every.items():
        number = len(cosets(S3, subgroups(S3)[row], side)[0])
        assert drawn.mean().item() == pytest.approx(number, rel=1e-12)


def test_share_over_every_relabelling_has_the_mean_and_the_proportions_that_the_score_takes_for_granted():
    every = shares(normal(6, 2).square()[EVERY_ORDER], S3)
    spreads = []
    for (row, side), drawn in every.items():
        number = len(cosets(S3, subgroups(S3)[row], side)[0])
        assert drawn.mean().item() == pytest.approx((number - 1) / 5, rel=1e-12)
        spreads.append(drawn.var().item() / ((number - 1) * (6 - number)))
    assert spreads == pytest.approx([spreads[0]] * len(spreads), rel=1e-12)


@pytest.mark.parametrize("table", [S3, S4, cyclic_table(12)], ids=["S_3", "S_4", "Z_12"])
def test_the_scan_is_the_largest_score_of_a_direct_sum(table):
    order, points = len(table), normal(len(table), 3, seed=4)
    expected = {}
    for (row, side), share in shares(points, table).items():
        mean = (order / int(subgroups(table)[row].sum()) - 1) / (order - 1)
        expected[row, side] = root_of_deviance(share, mean, order)
    found = subgroup_scan(points, table)
    best = int(found["subgroup_best"]), int(found["subgroup_best_side"])
    assert found["subgroup_best_score"].item() == pytest.approx(max(expected.values()), abs=1e-12)
    assert expected[best] == pytest.approx(max(expected.values()), abs=1e-12)
    assert found["subgroup_best_explained"].item() == pytest.approx(
        shares(points, table)[best].item(), abs=1e-13
    )


def test_the_nulls_are_the_same_extremes_of_relabelled_points():
    units, generator = normal(24, 4), torch.Generator().manual_seed(9)
    orders = torch.rand(30, 24, generator=generator, dtype=torch.float64).argsort(-1)
    found = {**coset_concentration(units, S4, draws=30, seed=9), **subgroup_scan(units, S4, draws=30, seed=9)}
    drawn = [
        {**coset_concentration(units[order], S4, draws=1), **subgroup_scan(units[order], S4, draws=1)}
        for order in orders
    ]
    least = torch.stack([one["coset_concentration"] for one in drawn])
    largest = torch.stack([one["subgroup_best_score"] for one in drawn])
    for key, level in (("median", 0.5), ("05", 0.05), ("01", 0.01)):
        torch.testing.assert_close(found[f"coset_concentration_null_{key}"], least.quantile(level, dim=0))
    for key, level in (("median", 0.5), ("95", 0.95), ("99", 0.99)):
        torch.testing.assert_close(found[f"subgroup_null_{key}"], largest.quantile(level, dim=0))
    reached = (least <= found["coset_concentration"]).sum(0)
    assert torch.equal(found["coset_concentration_p_value"], (1.0 + reached.double()) / 31)
    assert found["subgroup_p_value"] == (1 + (largest >= found["subgroup_best_score"]).sum().item()) / 31


def test_on_noise_the_p_values_are_uniform():
    found = subgroup_scan(normal(200, 24, 3), S4, draws=99)
    assert stats.kstest(found["subgroup_p_value"].numpy(), "uniform").pvalue > 0.01
    found = coset_concentration(normal(24, 300), S4, draws=99)
    assert stats.kstest(found["coset_concentration_p_value"].numpy(), "uniform").pvalue > 0.01


def test_the_best_of_many_subgroups_looks_good_on_noise_and_its_p_value_does_not():
    explained = subgroup_scan(normal(50, 120, 1), S5, draws=50)
    assert explained["subgroup_best_score"].median() > 2.0  # two standard deviations, found in nothing
    assert 0.2 < explained["subgroup_p_value"].median() < 0.8


def test_a_small_subgroup_under_noise_is_found_by_the_scan_but_not_by_the_least_ratio():
    row = 5  # of order 2: sixty cosets
    assert subgroups(S5)[row].sum() == 2
    units = normal(60, 8)[cosets(S5, subgroups(S5)[row], RIGHT)[1]] + 0.4 * normal(120, 8, seed=1)
    scan = subgroup_scan(units, S5)
    assert scan["subgroup_best"] == row
    assert scan["subgroup_p_value"].item() == pytest.approx(1 / 201)
    ratio = coset_concentration(units, S5)
    assert (ratio["coset_concentration_order"] == 60).all()  # two cosets: small whatever they hold
    assert ratio["coset_concentration_p_value"].median() > 0.05


def test_a_large_subgroup_under_noise_is_found_by_both():
    row = int((subgroups(S5).sum(-1) == 20).nonzero()[0])  # the Frobenius group of the paper's figure 3
    unit = normal(6)[cosets(S5, subgroups(S5)[row], LEFT)[1], None] + 0.1 * normal(120, 1, seed=1)
    found = {**coset_concentration(unit, S5), **subgroup_scan(unit, S5)}
    assert found["coset_concentration_subgroup"] == found["subgroup_best"] == row
    assert found["coset_concentration"] < 0.2
    assert (
        found["coset_concentration_p_value"].item()
        == found["subgroup_p_value"].item()
        == pytest.approx(1 / 201)
    )


def test_float32_cosets_far_from_the_origin_are_seen():
    coset = cosets(S4, subgroups(S4)[-2], LEFT)[1]
    unit = (coset[:, None] * 1e-3 + 1000.0).float()
    assert coset_concentration(unit, S4)["coset_concentration"] == 0.0


def test_a_constant_unit_is_nan_and_its_neighbours_are_not():
    units = normal(24, 3)
    alone = coset_concentration(units[:, [0, 2]], S4)
    units[:, 1] = 0.1
    for key, numbers in coset_concentration(units, S4).items():
        assert numbers[1].isnan()
        torch.testing.assert_close(numbers[[0, 2]], alone[key], rtol=1e-13, atol=0.0)


def test_units_of_very_different_size_do_not_disturb_each_other():
    units = normal(24, 3)
    scaled = units * torch.tensor([1e-150, 1.0, 1e150], dtype=torch.float64)
    for key, numbers in coset_concentration(scaled, S4).items():
        torch.testing.assert_close(numbers, coset_concentration(units, S4)[key], rtol=1e-12, atol=1e-12)


def test_points_that_coincide_have_no_cosets():
    assert all(number.isnan() for number in subgroup_scan(torch.full((24, 3), 0.1), S4).values())


def test_one_side_only_looks_there():
    units = normal(24, 5)
    either, left, right = (coset_concentration(units, S4, side=side) for side in ("either", "left", "right"))
    least = torch.minimum(left["coset_concentration"], right["coset_concentration"])
    torch.testing.assert_close(either["coset_concentration"], least)
    assert (left["coset_concentration_side"] == LEFT).all()
    assert (right["coset_concentration_side"] == RIGHT).all()
    inverse = torch.tensor([permutations(4).index(tuple(np.argsort(one))) for one in permutations(4)])
    mirrored = coset_concentration(units[inverse], S4, side="left")
    torch.testing.assert_close(mirrored["coset_concentration"], right["coset_concentration"])


def test_multiplying_by_an_element_leaves_the_best_share_as_it_is():
    points = normal(24, 3)
    for element in (3, 17):
        for moved in (points[S4[element]], points[S4[:, element]]):
            for key in ("subgroup_best_explained", "subgroup_best_score", "subgroup_best_side"):
                torch.testing.assert_close(subgroup_scan(moved, S4)[key], subgroup_scan(points, S4)[key])


@pytest.mark.parametrize("measure", [coset_concentration, subgroup_scan])
def test_a_group_without_proper_subgroups_is_refused(measure):
    with pytest.raises(ShapeError, match=r"^centroids: got 7 classes.* needed"):
        measure(torch.randn(7, 3))


@pytest.mark.parametrize("side", ["up", "", None, 0, ["left"]], ids=repr)
@pytest.mark.parametrize("measure", [coset_concentration, subgroup_scan])
@pytest.mark.usefixtures("unhooked")
def test_a_side_that_is_none_is_refused(measure, side):
    with pytest.raises(InputError, match=r"^side: got .* needed"):
        measure(torch.randn(6, 3), S3, side=side)
