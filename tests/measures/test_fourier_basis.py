import math

import numpy as np
import pytest
import torch

from latebloom.measures.fourier_basis import entropy, even_shares, fourier_basis, fourier_waves, gini


@pytest.mark.parametrize("order", [2, 3, 4, 5, 6, 7, 8, 96, 97, 113])
def test_the_basis_is_orthonormal_for_odd_and_even_orders(order):
    basis = fourier_basis(order)
    assert basis.shape == (order, order)
    unit = torch.eye(order, dtype=torch.float64)
    torch.testing.assert_close(basis @ basis.T, unit, rtol=0, atol=2e-14)


def test_the_rows_are_the_constant_then_cosine_and_sine_of_each_frequency():
    order = 7
    basis = fourier_basis(order)
    assert basis[0].tolist() == pytest.approx([1 / math.sqrt(order)] * order)
    for frequency in (1, 2, 3):
        for token in range(order):
            angle = 2 * math.pi * frequency * token / order
            scale = math.sqrt(2 / order)
            assert basis[2 * frequency - 1, token].item() == pytest.approx(scale * math.cos(angle), abs=1e-15)
            assert basis[2 * frequency, token].item() == pytest.approx(scale * math.sin(angle), abs=1e-15)


def test_an_even_order_ends_with_a_row_that_alternates_in_sign():
    assert fourier_basis(4)[-1].tolist() == [0.5, -0.5, 0.5, -0.5]
    assert fourier_waves(6)[-1, 1].tolist() == [0.0] * 6


@pytest.mark.parametrize("order", [7, 8])
def test_white_noise_has_its_even_share_at_each_frequency(order):
    noise = torch.randn(order, 200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    energy = (fourier_waves(order) @ noise).square().sum((1, 2))
    torch.testing.assert_close(energy / energy.sum(), even_shares(order), rtol=0.02, atol=0)
    assert even_shares(order).sum().item() == pytest.approx(1.0)


def test_gini_is_half_the_mean_difference_over_the_mean():
    values = torch.rand(3, 11, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    exact = values.numpy()
    differences = np.abs(exact[:, :, None] - exact[:, None]).mean((1, 2))
    np.testing.assert_allclose(gini(values), differences / (2 * exact.mean(1)), rtol=1e-13)


def test_gini_and_entropy_have_their_landmarks():
    equal, single = torch.full((8,), 0.3, dtype=torch.float64), torch.eye(8, dtype=torch.float64)[3]
    assert gini(equal).item() == pytest.approx(0.0, abs=1e-15)
    assert gini(single).item() == pytest.approx(7 / 8)
    assert entropy(equal).item() == pytest.approx(math.log(8))
    assert entropy(single) == 0.0
    assert gini(torch.zeros(8)).isnan()
    assert entropy(torch.zeros(8)).isnan()
