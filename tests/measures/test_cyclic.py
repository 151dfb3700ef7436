import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import InputError, ShapeError
from latebloom.measures.cyclic import (
    best_along,
    checked_quotient,
    coordinates,
    divisors,
    mean_at_strides,
    neighbour_shares,
    pairs_at_strides,
    share_at_strides,
)


def distances_of(points):
    return torch.linalg.vector_norm(points[:, None] - points[None], dim=-1)


def shares_by_every_order_of_ties(distances, neighbours):
    """Average, over all orders in which the classes could stand in the array, who the nearest are."""
    count = len(distances)
    orders = list(itertools.permutations(range(count)))
    shares = np.zeros((count, count))
    for order in orders:
        for row in range(count):
            ranked = sorted((one for one in order if one != row), key=lambda one: distances[row][one])
            shares[row, ranked[:neighbours]] += 1 / len(orders)
    return shares


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=5, max_size=5), st.integers(1, 3))
def test_ties_are_shared_as_they_are_on_average_over_all_orders_of_the_array(places, neighbours):
    distances = distances_of(torch.tensor(places, dtype=torch.float64)[:, None])
    found = neighbour_shares(distances, neighbours, 1e-9)
    np.testing.assert_allclose(
        found, shares_by_every_order_of_ties(distances.tolist(), neighbours), atol=1e-12
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 14), st.integers(1, 3), st.integers(0, 10**6))
def test_shares_at_strides_agree_with_loops_over_all_pairs(order, neighbours, seed):
    generator = torch.Generator().manual_seed(seed)
    distances = distances_of(torch.randn(order, 3, generator=generator, dtype=torch.float64))
    relabelling = torch.randperm(order, generator=generator)
    pairs = pairs_at_strides(relabelling)
    scores = share_at_strides(neighbour_shares(distances, neighbours, 0.0), neighbours, pairs)
    means = mean_at_strides(distances, pairs)
    moved = distances.numpy()[relabelling][:, relabelling]
    for stride in range(1, order // 2 + 1):
        hits = 0
        for one in range(order):
            nearest = [other for other in np.argsort(moved[one]) if other != one][:neighbours]
            hits += sum((other - one) % order in (stride, order - stride) for other in nearest)
        assert scores[stride - 1].item() == pytest.approx(hits / (order * neighbours), abs=1e-12)
        between = np.mean([moved[one, (one + stride) % order] for one in range(order)])
        assert means[stride - 1].item() == pytest.approx(between, rel=1e-12)


def test_the_shares_at_all_strides_add_up_to_one():
    for order in (7, 8):
        distances = distances_of(
            torch.randn(order, 3, generator=torch.Generator().manual_seed(order)).double()
        )
        pairs = pairs_at_strides(torch.arange(order))
        assert share_at_strides(neighbour_shares(distances, 2, 0.0), 2, pairs).sum().item() == pytest.approx(
            1
        )


def test_of_equal_scores_the_closer_and_then_the_first_is_the_best():
    scores = torch.tensor([[0.1, 0.5, 0.5, 0.5], [0.2, 0.2, 0.2, 0.2]])
    distances = torch.tensor([[0.0, 0.9, 0.3, 0.3], [0.7, 0.7, 0.7, 0.7]])
    best, distance, place = best_along(scores, distances)
    assert place.tolist() == [2, 0]
    torch.testing.assert_close(best, torch.tensor([0.5, 0.2]))
    torch.testing.assert_close(distance, torch.tensor([0.3, 0.7]))


@pytest.mark.parametrize("order", [1, 2, 12, 96, 97])
def test_the_divisors_are_all_that_leave_no_rest(order):
    assert divisors(order) == [one for one in range(1, order + 1) if order % one == 0]


@pytest.mark.parametrize("quotient", [0, 5, 24, -3, 3.0, True, "3", None])
def test_a_quotient_that_does_not_divide_the_order_is_refused_with_those_that_do(quotient):
    with pytest.raises(InputError, match=r"quotient: got .*12 is needed, one of 1, 2, 3, 4, 6, 12"):
        checked_quotient(quotient, 12)


POINTS = torch.zeros(2, 6, 3)


def test_labels_out_of_range_are_refused_with_one_of_them_and_the_range():
    with pytest.raises(ShapeError, match="labels: got 3 among them; coordinates from 0 to 2 are needed"):
        coordinates(torch.tensor([0, 1, 2, 3, 0, 1]), POINTS, 3)
    with pytest.raises(ShapeError, match="labels: got -1 among them"):
        coordinates(torch.tensor([0, 1, 2, -1, 0, 1]), POINTS, 3)


def test_missing_classes_are_counted_in_any_lane():
    labels = torch.tensor([[0, 1, 2, 3, 0, 1], [0, 1, 1, 1, 0, 1]])
    with pytest.raises(ShapeError, match="labels: got no sample of 2 of the 4 classes"):
        coordinates(labels, POINTS, 4)


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("shape", [(5,), (3, 6), (1, 2, 6), (2, 1), (6, 2)])
def test_labels_of_another_shape_are_refused(shape):
    with pytest.raises(ShapeError, match=r"labels: got shape .*\(6,\) or \(2, 6\) is needed"):
        coordinates(torch.zeros(shape, dtype=torch.long), POINTS, 1)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_labels_of_any_integer_type_and_without_population_axes_serve(dtype):
    found = coordinates(torch.tensor([0, 1, 2, 0, 1, 2], dtype=dtype), POINTS, 3)
    assert found.shape == (2, 6)
    assert found.dtype == torch.int64
