import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import InputError, ShapeError
from latebloom.measures import (
    effective_rank,
    relative_weight_norm,
    singular_values,
    stable_rank,
    weight_change,
    weight_norm,
    weight_sparsity,
    weight_spectrum,
)
from tests.measures.matrices import matrix_of


def test_the_norm_is_the_square_root_of_the_sum_of_squares_per_lane():
    parameters = torch.randn(3, 1000, generator=torch.Generator().manual_seed(0))
    expected = [math.sqrt(math.fsum(value * value for value in lane)) for lane in parameters.tolist()]
    assert weight_norm(parameters).tolist() == pytest.approx(expected, rel=1e-12)


def test_the_change_is_the_distance_and_zero_where_nothing_moved():
    previous = torch.randn(2, 500, generator=torch.Generator().manual_seed(1))
    parameters = previous.clone()
    parameters[1, :2] += torch.tensor([3.0, -4.0])
    change = weight_change(parameters, previous)
    assert change[0] == 0.0
    assert change[1].item() == pytest.approx(5.0, rel=1e-6)
    assert torch.equal(change, weight_change(previous, parameters))


def test_a_change_far_smaller_than_the_norm_is_seen():
    previous = torch.full((400,), 1000.0)
    parameters = previous + 2.0**-14
    assert weight_change(parameters, previous).item() == 20 * 2.0**-14


def test_large_and_tiny_float32_parameters_neither_overflow_nor_vanish():
    assert weight_norm(torch.full((4,), 1e30)).item() == pytest.approx(2e30, rel=1e-6)
    assert weight_norm(torch.full((4,), 1e-30)).item() == pytest.approx(2e-30, rel=1e-6)


def test_an_infinite_parameter_has_an_infinite_norm():
    assert weight_norm(torch.tensor([[1.0, math.inf], [3.0, 4.0]])).tolist() == [math.inf, 5.0]


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("shape", [(4,), (2, 5), (1, 4), (3, 2, 4)])
@pytest.mark.parametrize(
    ("measure", "name"), [(weight_change, "previous"), (relative_weight_norm, "initial")]
)
def test_parameters_of_two_shapes_are_refused_not_broadcast(measure, name, shape):
    with pytest.raises(ShapeError, match=rf"{name}: got shape .*\(2, 4\)"):
        measure(torch.zeros(2, 4), torch.zeros(shape))


def test_the_relative_norm_is_the_quotient_of_the_norms_and_one_where_nothing_moved():
    generator = torch.Generator().manual_seed(2)
    parameters, initial = torch.randn(2, 3, 100, generator=generator)
    found = relative_weight_norm(parameters, initial)
    expected = np.linalg.norm(parameters.double(), axis=-1) / np.linalg.norm(initial.double(), axis=-1)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert (relative_weight_norm(initial, initial) == 1.0).all()


def test_there_is_no_relative_norm_to_a_start_at_zero_or_at_infinity():
    initial = torch.tensor([[0.0, 0.0], [math.inf, 0.0], [1.0, 0.0]])
    found = relative_weight_norm(torch.ones(3, 2), initial)
    assert found[:2].isnan().all()
    assert found[2].item() == pytest.approx(math.sqrt(2))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=40),
    st.floats(1e-3, 1e3),
    st.floats(1e-2, 3.0),
)
def test_sparsity_agrees_with_a_count(values, threshold, relative):
    found = weight_sparsity(torch.tensor(values), threshold, relative)
    exact = np.array(values, np.float32).astype(np.float64)
    assert found["weight_sparsity_absolute"] == (np.abs(exact) < threshold).mean()
    cut = relative * np.sqrt((exact**2).mean())
    clear = np.abs(np.abs(exact) - cut) > 1e-9 * cut  # rounding of the cut may decide the others
    if cut > 0:
        share = found["weight_sparsity_relative"].item()
        least = (np.abs(exact)[clear] < cut).sum() / len(exact)
        assert least - 1e-12 <= share <= least + (~clear).mean() + 1e-12


def test_the_relative_sparsity_of_normal_weights_is_that_of_the_normal_distribution():
    weights = torch.randn(400_000, generator=torch.Generator().manual_seed(3)) * 0.02
    found = weight_sparsity(weights)
    assert found["weight_sparsity_relative"].item() == pytest.approx(math.erf(0.1 / math.sqrt(2)), abs=2e-3)
    assert found["weight_sparsity_absolute"].item() == pytest.approx(math.erf(0.5 / math.sqrt(2)), abs=3e-3)


def test_shrinking_all_weights_moves_the_absolute_sparsity_alone():
    weights = torch.randn(1000, generator=torch.Generator().manual_seed(4)).double()
    large, small = weight_sparsity(weights), weight_sparsity(weights / 1024)
    assert large["weight_sparsity_relative"] == small["weight_sparsity_relative"]
    assert large["weight_sparsity_absolute"] < 0.05
    assert small["weight_sparsity_absolute"] > 0.95


def test_a_weight_exactly_at_the_threshold_is_not_sparse_and_zeros_have_no_relative_sparsity():
    found = weight_sparsity(torch.tensor([0.5, -0.5, 0.25, 0.0]), threshold=0.5)
    assert found["weight_sparsity_absolute"] == 0.5
    equal = weight_sparsity(torch.tensor([2.0, -2.0, 2.0, 2.0]), relative=1.0)
    assert equal["weight_sparsity_relative"] == 0.0
    nothing = weight_sparsity(torch.zeros(5))
    assert nothing["weight_sparsity_absolute"] == 1.0
    assert nothing["weight_sparsity_relative"].isnan()


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["threshold", "relative"])
def test_a_threshold_that_divides_nothing_is_refused(name, value):
    with pytest.raises(InputError, match=f"{name}: got"):
        weight_sparsity(torch.ones(3), **{name: value})


@pytest.mark.parametrize(("rows", "columns"), [(6, 4), (4, 6), (5, 5), (1, 7), (7, 1)])
def test_singular_values_agree_with_numpy_on_either_side(rows, columns):
    weights = torch.randn(2, rows, columns, generator=torch.Generator().manual_seed(5))
    expected = np.linalg.svd(weights.double().numpy(), compute_uv=False)
    np.testing.assert_allclose(singular_values(weights), expected, rtol=1e-12)


def test_singular_values_far_below_the_root_of_rounding_are_found():
    values = [1.0, 1e-5, 1e-10, 1e-13]
    np.testing.assert_allclose(singular_values(matrix_of(values, 30, 20))[:4], values, rtol=1e-2)
    assert (singular_values(matrix_of(values, 30, 20))[4:] < 1e-15).all()


@pytest.mark.parametrize("rank", [1, 2, 5, 16])
def test_equal_singular_values_give_their_number_as_both_ranks(rank):
    found = weight_spectrum(matrix_of([3.0] * rank, 20, 16, seed=rank))
    assert found["spectral_norm"].item() == pytest.approx(3.0, rel=1e-12)
    assert found["weight_stable_rank"].item() == pytest.approx(rank, rel=1e-12)
    assert found["weight_effective_rank"].item() == pytest.approx(rank, rel=1e-10)


def test_the_ranks_of_a_known_spectrum_are_those_of_the_formulas():
    values = np.array([4.0, 2.0, 1.0, 0.5])
    found = weight_spectrum(matrix_of(values.tolist(), 9, 6))
    shares = values / values.sum()
    assert found["weight_stable_rank"].item() == pytest.approx((values**2).sum() / 16, rel=1e-12)
    expected = np.exp(-(shares * np.log(shares)).sum())
    assert found["weight_effective_rank"].item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e300])
def test_ranks_of_very_small_and_large_matrices_neither_overflow_nor_vanish(scale):
    found = weight_spectrum(matrix_of([2.0, 1.0], 4, 3) * scale)
    assert found["weight_stable_rank"].item() == pytest.approx(1.25, rel=1e-9)
    assert found["spectral_norm"].item() == pytest.approx(2 * scale, rel=1e-9)


def test_a_matrix_of_zeros_has_a_norm_and_no_rank():
    found = weight_spectrum(torch.zeros(3, 4))
    assert found["spectral_norm"] == 0.0
    assert found["weight_stable_rank"].isnan()
    assert found["weight_effective_rank"].isnan()


def test_the_ranks_are_those_that_the_measures_of_points_give_to_the_rows():
    weights = torch.randn(3, 12, 7, generator=torch.Generator().manual_seed(6))
    found = weight_spectrum(weights)
    torch.testing.assert_close(found["weight_effective_rank"], effective_rank(weights), rtol=1e-12, atol=0.0)
    torch.testing.assert_close(found["weight_stable_rank"], stable_rank(weights), rtol=1e-12, atol=0.0)


@pytest.mark.parametrize("portion", [1, 12, 1000])
def test_large_populations_are_measured_some_lanes_at_a_time(monkeypatch, portion):
    monkeypatch.setattr("latebloom.measures.weights.PORTION", portion)
    now, before = torch.randn(2, 3, 5, 6, generator=torch.Generator().manual_seed(0)).unbind(0)
    expected = (now.double() - before.double()).square().sum(-1).sqrt()
    torch.testing.assert_close(weight_change(now, before), expected)
    torch.testing.assert_close(weight_norm(now), now.double().square().sum(-1).sqrt())
    assert weight_norm(now[:0]).shape == (0, 5)
