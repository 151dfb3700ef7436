import math

import numpy as np
import pytest
import torch

from latebloom.errors import InputError, ShapeError
from latebloom.measures import circularity, distance_irrelevance, gradient_symmetricity
from tests.measures.analytic import sums
from tests.measures.clocks import angles, circle, clock, gradients, pizza, with_correct_logits
from tests.measures.matrices import normal
from tests.measures.transforms import circularity_by_formula


@pytest.mark.parametrize("order", [7, 11])
def test_a_pizza_is_symmetric_and_a_clock_is_on_average_not(order):
    symmetric = gradient_symmetricity(*gradients(pizza, order))
    assert symmetric["gradient_symmetricity"].item() == pytest.approx(1.0)
    # A clock's gradients stand at the angle a - b to one another, and its cosine is 0 on average.
    asymmetric = gradient_symmetricity(*gradients(clock, order))
    assert asymmetric["gradient_symmetricity"].item() == pytest.approx(0.0, abs=1e-12)
    assert asymmetric["gradient_symmetricity_samples"] == order**3


def test_the_symmetricity_agrees_with_numpy_per_sample():
    first, second = normal(30, 8), normal(30, 8, seed=1)
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    expected = ((first * second).numpy().sum(1) / norms).mean()
    assert gradient_symmetricity(first, second)["gradient_symmetricity"].item() == pytest.approx(expected)


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e150])
def test_gradients_of_any_size_have_a_cosine(size):
    first, second = torch.tensor([[3.0, 4.0]]).double(), torch.tensor([[4.0, 3.0]]).double()
    found = gradient_symmetricity(first * size, second * size)
    assert found["gradient_symmetricity"].item() == pytest.approx(0.96)


def test_samples_without_a_gradient_are_left_out_and_counted():
    first, second = normal(6, 3), normal(6, 3, seed=1)
    expected = gradient_symmetricity(first[2:], second[2:])["gradient_symmetricity"]
    first[0] = second[1] = 0.0
    found = gradient_symmetricity(first, second)
    torch.testing.assert_close(found["gradient_symmetricity"], expected)
    assert found["gradient_symmetricity_samples"] == 4.0
    nothing = gradient_symmetricity(torch.zeros(4, 3), second[:4])
    assert all(value.isnan() for value in nothing.values())


@pytest.mark.usefixtures("unhooked")
def test_gradients_of_two_shapes_are_refused():
    with pytest.raises(ShapeError, match=r"^second_gradients: got .* needed"):
        gradient_symmetricity(torch.zeros(4, 3), torch.zeros(1, 3))


@pytest.mark.parametrize("order", [7, 8, 59])
def test_a_correct_logit_that_depends_on_the_distance_alone_scores_zero(order):
    element = torch.arange(order)
    correct = ((angles(order)[:, None] - angles(order)) / 2).cos().abs()
    assert distance_irrelevance(with_correct_logits(correct), sums(order)).item() < 1e-12
    correct = normal(order)[(element[:, None] - element) % order]
    assert distance_irrelevance(with_correct_logits(correct), sums(order)) == 0.0


@pytest.mark.parametrize("order", [7, 59])
def test_a_correct_logit_that_depends_on_the_sum_alone_scores_one(order):
    correct = normal(order)[sums(order)]
    assert distance_irrelevance(with_correct_logits(correct), sums(order)).item() == pytest.approx(1.0)


@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0])
def test_waves_of_the_sum_and_of_the_distance_share_the_variance(weight):
    angle = angles(13)
    correct = (angle[:, None] + angle).cos() + weight * (angle[:, None] - angle).cos()
    found = distance_irrelevance(with_correct_logits(correct), sums(13)).item()
    assert found == pytest.approx(1 / math.sqrt(1 + weight**2))


@pytest.mark.parametrize("order", [6, 7])
def test_the_irrelevance_agrees_with_a_plain_loop_over_distances(order):
    logits = normal(order, order, order)
    correct = [[logits[a, b, (a + b) % order].item() for b in range(order)] for a in range(order)]
    within = [np.std([correct[a][(a + d) % order] for a in range(order)]) for d in range(order)]
    expected = np.mean(within) / np.std(correct)
    assert distance_irrelevance(logits, sums(order)).item() == pytest.approx(expected)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e20])
def test_a_correct_logit_that_is_the_same_everywhere_has_no_irrelevance(value):
    same = torch.full((7, 7), value, dtype=torch.float64)
    assert distance_irrelevance(with_correct_logits(same), sums(7)).isnan()
    assert distance_irrelevance(with_correct_logits(same * (1 + 1e-15 * normal(7, 7))), sums(7)).isnan()


@pytest.mark.usefixtures("unhooked")
def test_labels_that_are_no_class_are_refused():
    with pytest.raises(ShapeError, match=r"^table_labels: got the label 7; 0 to 6 is needed"):
        distance_irrelevance(torch.zeros(7, 7, 7), sums(7) + 1)


@pytest.mark.parametrize("order", [7, 13])
def test_the_circularity_agrees_with_the_published_formula(order):
    embedding = normal(order, 9, seed=order) + 2.0
    assert circularity(embedding)["circularity"].item() == pytest.approx(
        circularity_by_formula(embedding.numpy())
    )


def test_circles_of_unlike_size_are_entirely_circular_at_their_frequencies():
    embedding = torch.cat([3.0 * circle(59, 7), circle(59, 20), 0.1 * normal(59, 1)[:, :0]], dim=-1)
    found = circularity(embedding @ normal(4, 32))
    assert found["circularity"].item() > 0.9
    plain = circularity(embedding * torch.tensor([1.1, 1.0, 1.1, 1.0], dtype=torch.float64))
    assert plain["component_circularity"].tolist() == pytest.approx([1.0] * 4)
    assert plain["component_frequency"].tolist() == [7.0, 7.0, 20.0, 20.0]


def test_rounding_lifts_no_circularity_above_one():
    for order in range(3, 60):
        assert circularity(circle(order, 1)[:, :1], components=1)["circularity"] <= 1.0


def test_a_wave_that_alternates_in_sign_counts_once():
    alternating = torch.tensor([1.0, -1.0] * 4, dtype=torch.float64)[:, None]
    found = circularity(alternating, components=1)
    assert found["circularity"].item() == pytest.approx(1.0)
    assert found["component_frequency"].tolist() == [4.0]


def test_components_that_are_rounding_make_the_mean_nan_and_not_a_number():
    found = circularity(circle(59, 7) @ normal(2, 32))
    assert found["circularity"].isnan()
    assert found["component_circularity"].isnan().tolist() == [False, False, True, True]
    assert circularity(circle(59, 7) @ normal(2, 32), components=2)["circularity"].item() > 0.99


def test_tokens_that_all_coincide_have_no_circularity():
    for value in circularity(torch.full((9, 5), 0.1)).values():
        assert value.isnan().all()


@pytest.mark.parametrize("components", [0, -1, 2.0, True])
def test_a_number_of_components_that_is_none_is_refused(components, unhooked):
    with pytest.raises(InputError, match=r"^components: got .* needed"):
        circularity(normal(7, 5), components=components)


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("shape", [(4, 8), (8, 3)])
def test_fewer_tokens_or_features_than_components_need_are_refused(shape):
    with pytest.raises(ShapeError, match=r"^embedding: got .* needed"):
        circularity(torch.zeros(shape))
