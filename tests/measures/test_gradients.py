import math
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import InputError, ShapeError
from latebloom.measures import gradient_cosine_similarity, gradient_norm, gradient_weight_alignment


def cosine(left, right):
    left, right = np.asarray(left, np.float64), np.asarray(right, np.float64)
    return left @ right / np.linalg.norm(left) / np.linalg.norm(right)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_norm_is_the_square_root_of_the_sum_of_squares_per_lane():
    gradient = drawn(3, 1000)
    expected = [math.sqrt(math.fsum(value * value for value in lane)) for lane in gradient.tolist()]
    assert gradient_norm(gradient).tolist() == pytest.approx(expected, rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 8), st.integers(1, 12), st.integers(2, 8), st.integers(0, 10**6))
def test_the_cosine_similarity_is_the_mean_over_the_pairs_of_the_last_gradients(count, width, window, seed):
    gradients = drawn(count, width, seed=seed)
    pairs = combinations(gradients.tolist()[-window:], 2)
    expected = np.mean([cosine(*pair) for pair in pairs])
    assert gradient_cosine_similarity(gradients, window).item() == pytest.approx(expected, abs=1e-13)


def test_five_evaluations_count_if_nothing_else_is_said():
    gradients = drawn(9, 20)
    assert gradient_cosine_similarity(gradients) == gradient_cosine_similarity(gradients[-5:])
    assert gradient_cosine_similarity(gradients) != gradient_cosine_similarity(gradients[-6:], window=6)


def test_gradients_that_agree_that_cancel_and_that_share_nothing_are_the_landmarks():
    assert gradient_cosine_similarity(drawn(1, 30).expand(5, 30)).item() == pytest.approx(1.0, abs=1e-14)
    assert gradient_cosine_similarity(torch.eye(5)) == 0.0
    cancelling = torch.eye(5) - 0.2  # the five corners of a simplex
    assert gradient_cosine_similarity(cancelling).item() == pytest.approx(-0.25, abs=1e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e-170, 1e170, 1e300])
def test_the_size_of_a_gradient_neither_overflows_nor_vanishes(scale):
    gradients = drawn(3, 6).double()
    expected = gradient_cosine_similarity(gradients).item()
    assert gradient_cosine_similarity(gradients * scale).item() == pytest.approx(expected, abs=1e-13)
    expected = gradient_weight_alignment(gradients[0], gradients[1]).item()
    assert gradient_weight_alignment(gradients[0] * scale, gradients[1]).item() == pytest.approx(expected)


def test_a_gradient_of_zeros_points_nowhere():
    gradients = torch.stack([torch.zeros(4), torch.ones(4), torch.ones(4)])
    assert gradient_cosine_similarity(gradients).isnan()
    assert gradient_cosine_similarity(gradients, window=2).item() == pytest.approx(1.0)
    assert gradient_weight_alignment(torch.zeros(4), torch.ones(4)).isnan()
    assert gradient_weight_alignment(torch.ones(4), torch.zeros(4)).isnan()


def test_a_gradient_that_is_not_finite_counts_only_in_the_window():
    gradients = drawn(7, 4)
    gradients[0, 0] = math.nan
    assert gradient_cosine_similarity(gradients).isfinite()
    assert gradient_cosine_similarity(gradients, window=7).isnan()


def test_the_alignment_is_one_where_descent_only_lengthens_the_weights():
    weights = drawn(2, 50)
    found = gradient_weight_alignment(torch.stack([-3 * weights[0], 0.1 * weights[1]]), weights)
    torch.testing.assert_close(found, torch.tensor([1.0, -1.0]).double())


def test_the_alignment_is_minus_the_cosine():
    gradient, weights = drawn(2, 4, 70, seed=3)
    expected = [-cosine(*pair) for pair in zip(gradient, weights, strict=True)]
    np.testing.assert_allclose(gradient_weight_alignment(gradient, weights), expected, atol=1e-14)


def test_the_gradient_of_a_homogeneous_network_that_fits_its_data_points_along_the_weights():
    """Euler: <w, df/dw> = L f, so with the logistic loss of a right answer the weights only grow."""
    weights = torch.tensor([1.5, 2.0], dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.softplus(-weights.prod())
    (gradient,) = torch.autograd.grad(loss, weights)
    assert gradient_weight_alignment(gradient, weights) > 0.9


@pytest.mark.parametrize("window", [1, 0, -5, 2.0, True, "5", None], ids=repr)
@pytest.mark.usefixtures("unhooked")
def test_a_window_without_a_pair_is_refused(window):
    with pytest.raises(InputError, match=r"window: got .* needed"):
        gradient_cosine_similarity(drawn(5, 3), window)


@pytest.mark.usefixtures("unhooked")
def test_one_gradient_and_gradients_beside_other_weights_are_refused():
    with pytest.raises(ShapeError, match=r"gradients: got 1 .* needed"):
        gradient_cosine_similarity(drawn(1, 3))
    with pytest.raises(ShapeError, match=r"parameters: got shape \(4,\).* needed"):
        gradient_weight_alignment(drawn(3), drawn(4))
    with pytest.raises(ShapeError, match=r"parameters: got shape \(3,\).* needed"):
        gradient_weight_alignment(drawn(2, 3), drawn(3))
