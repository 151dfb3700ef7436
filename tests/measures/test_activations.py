import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from latebloom.measures import (
    activation_l2,
    activation_max,
    activation_sparsity,
    activation_statistics,
    activation_std,
)

clouds = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    elements=st.floats(-1e6, 1e6, width=32),
)


@settings(max_examples=60, deadline=None)
@given(clouds)
def test_every_statistic_agrees_with_numpy(points):
    found = activation_statistics(torch.from_numpy(points))
    exact = points.astype(np.float64)
    scale = np.abs(exact).max()
    expected = {
        "activation_l2": np.linalg.norm(exact, axis=1).mean(),
        "activation_max": scale,
        "activation_sparsity": (np.abs(exact) < 0.1).mean(),
        "activation_std": exact.std(),
    }
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].item() == pytest.approx(value, rel=1e-12, abs=1e-13 * scale)


def test_the_joint_measure_gives_exactly_what_the_single_ones_give():
    points = torch.randn(3, 20, 8, generator=torch.Generator().manual_seed(0))
    joint = activation_statistics(points)
    for measure in (activation_l2, activation_max, activation_sparsity, activation_std):
        assert torch.equal(joint[measure.__name__], measure(points))


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7])
def test_equal_activations_have_a_standard_deviation_of_exactly_zero(value):
    assert activation_std(torch.full((41, 7), value, dtype=torch.float64)) == 0.0


def test_the_maximum_is_of_the_absolute_value():
    assert activation_max(torch.tensor([[-5.0, 2.0]])) == 5.0


def test_an_activation_of_exactly_the_threshold_is_not_silent():
    points = torch.tensor([[0.1, -0.1, 0.0999, 0.0]], dtype=torch.float64)
    assert activation_sparsity(points) == 0.5


@pytest.mark.parametrize("scale", [1.0, 1e-2, 40.0])
def test_after_a_plain_layer_norm_size_and_spread_say_nothing_of_what_went_in(scale):
    raw = torch.randn(50, 64, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * scale
    normed = torch.nn.functional.layer_norm(raw, (64,), eps=0.0)
    assert activation_l2(normed).item() == pytest.approx(math.sqrt(64), rel=1e-9)
    assert activation_std(normed).item() == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("features", [2, 7, 128])
@pytest.mark.parametrize("gain", [0.01, 1.0, 30.0])
def test_after_a_layer_norm_the_spread_is_the_size_over_the_root_of_the_width_identically(features, gain):
    raw = torch.randn(40, features, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    raw = raw * torch.linspace(0.1, 50.0, 40, dtype=torch.float64)[:, None] + 5.0
    normed = gain * torch.nn.functional.layer_norm(raw, (features,), eps=0.0)
    found = activation_statistics(normed)
    expected = found["activation_l2"].item() / math.sqrt(features)
    assert found["activation_std"].item() == pytest.approx(expected, rel=1e-12)
    before = activation_statistics(raw)
    assert before["activation_std"].item() != pytest.approx(before["activation_l2"].item() / features**0.5)


def test_spread_and_mean_together_are_the_root_mean_square_norm():
    points = torch.randn(30, 16, generator=torch.Generator().manual_seed(2), dtype=torch.float64) + 0.7
    left = activation_std(points) ** 2 + points.mean() ** 2
    right = torch.linalg.vector_norm(points, dim=-1).square().mean() / 16
    torch.testing.assert_close(left, right)


def test_a_large_float32_activation_does_not_overflow_its_norm():
    points = torch.full((2, 4), 1e30)
    assert activation_l2(points).item() == pytest.approx(2e30, rel=1e-6)


def test_one_sample_of_one_feature_is_enough():
    found = activation_statistics(torch.tensor([[-2.0]]))
    assert {name: value.item() for name, value in found.items()} == {
        "activation_l2": 2.0,
        "activation_max": 2.0,
        "activation_sparsity": 0.0,
        "activation_std": 0.0,
    }
