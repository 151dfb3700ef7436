import math

import pytest
import torch

from latebloom.errors import ShapeError
from latebloom.measures import weight_change, weight_norm


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
def test_parameters_of_two_shapes_are_refused_not_broadcast(shape):
    with pytest.raises(ShapeError, match=r"previous: got shape .*\(2, 4\)"):
        weight_change(torch.zeros(2, 4), torch.zeros(shape))
