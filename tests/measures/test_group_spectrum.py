import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from latebloom.errors import ShapeError
from latebloom.measures import group_spectrum
from latebloom.measures.nulls import relabellings
from tests.measures.embeddings import embedding, noise_cloud
from tests.measures.transforms import shares_by_numpy


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 40), st.integers(1, 8), st.sampled_from([0.0, 300.0]), st.integers(0, 10**6))
def test_the_spectrum_is_that_of_numpy(order, features, offset, seed):
    centroids = noise_cloud(order, features, seed)
    found = group_spectrum(centroids + offset, draws=1)["spectrum"]
    np.testing.assert_allclose(found, shares_by_numpy(centroids.numpy()), rtol=1e-8, atol=1e-12)
    assert found.sum().item() == pytest.approx(1.0)


@pytest.mark.parametrize("order", [15, 16])
def test_the_null_agrees_with_a_transform_per_relabelling(order):
    centroids, draws = embedding(order, [3], noise=0.5), 40
    found = group_spectrum(centroids, draws=draws, seed=2)
    rows = relabellings(order, draws, 2, torch.device("cpu"))
    leading = np.array([shares_by_numpy(centroids[row].numpy()).max() for row in rows])
    assert found["spectrum_p_value"].item() == (leading >= leading[0] - 1e-12).sum() / (draws + 1)
    for name, level in (("median", 0.5), ("95", 0.95), ("99", 0.99)):
        expected = np.quantile(leading[1:], level)
        assert found[f"spectrum_null_{name}"].item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("order", "frequency", "gcd"), [(97, 41, 1), (96, 8, 8), (96, 40, 8), (96, 48, 48)])
def test_one_frequency_holds_all_and_its_gcd_tells_the_cosets(order, frequency, gcd):
    found = group_spectrum(embedding(order, [frequency]))
    assert found["spectrum_leading_frequency"].item() == frequency
    assert found["spectrum_leading_share"].item() == pytest.approx(1.0)
    assert found["spectrum_leading_gcd"].item() == gcd
    assert found["spectrum_key_frequencies"].item() == 1.0
    assert found["spectrum_p_value"].item() < 0.01
    assert found["spectrum_gini"].item() == pytest.approx(1 - 1 / (order // 2))
    assert found["spectrum_entropy"].item() == pytest.approx(0.0, abs=1e-9)


def test_amplitudes_decide_the_shares_and_every_frequency_above_the_null_is_a_key():
    found = group_spectrum(embedding(97, [3, 12, 30], amplitudes=[1.0, 2.0, 1.0], noise=0.01))
    shares = found["spectrum"][[2, 11, 29]].tolist()
    assert shares == pytest.approx([1 / 6, 4 / 6, 1 / 6], abs=0.01)
    assert found["spectrum_leading_frequency"].item() == 12.0
    assert found["spectrum_key_frequencies"].item() == 3.0


def test_noise_seldom_has_a_key_frequency():
    found = group_spectrum(torch.stack([noise_cloud(23, 16, seed) for seed in range(200)]))
    assert (found["spectrum_key_frequencies"] > 0).double().mean().item() < 0.05


def test_of_equal_shares_the_smaller_frequency_leads():
    assert group_spectrum(embedding(31, [9, 4]))["spectrum_leading_frequency"].item() == 4.0


def test_equal_shares_have_no_inequality_and_the_largest_entropy():
    found = group_spectrum(torch.eye(31))  # a delta at every class: all frequencies alike
    assert found["spectrum_gini"].item() == pytest.approx(0.0, abs=1e-12)
    assert found["spectrum_entropy"].item() == pytest.approx(np.log(15))


def test_noise_has_half_as_much_at_the_frequency_without_a_sine():
    spectra = group_spectrum(torch.stack([noise_cloud(12, 16, seed) for seed in range(200)]), draws=1)
    mean = spectra["spectrum"].mean(0)
    assert mean[:5].tolist() == pytest.approx([2 / 11] * 5, abs=0.01)
    assert mean[5].item() == pytest.approx(1 / 11, abs=0.01)


def test_on_shuffled_labels_p_is_uniform():
    centroids, generator = embedding(23, [5], noise=0.1), torch.Generator().manual_seed(0)
    shuffled = torch.stack([centroids[torch.randperm(23, generator=generator)] for _ in range(200)])
    found = group_spectrum(shuffled)
    assert stats.kstest(found["spectrum_p_value"].numpy(), "uniform").pvalue > 0.01


def test_centroids_that_all_coincide_are_nan_in_every_key():
    assert all(value.isnan().all() for value in group_spectrum(torch.full((8, 3), 0.1)).values())


def test_three_classes_have_too_few_frequencies():
    with pytest.raises(ShapeError, match="centroids: got 3 classes; at least 4 are needed, since"):
        group_spectrum(noise_cloud(3, 2))
