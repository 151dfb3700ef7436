import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from latebloom.errors import InputError, ShapeError
from latebloom.measures import (
    covariance_spectrum,
    linear_dimensions,
    participation_ratio,
    pca_dimension,
)
from tests.measures.clouds import round_cloud


def cloud(samples, features, seed=0, steepness=0.0):
    """Draw a Gaussian cloud whose spread falls by 10^-steepness from the first to the last feature."""
    generator = torch.Generator().manual_seed(seed)
    spread = torch.logspace(0.0, -steepness, features, dtype=torch.float64)
    return torch.randn(samples, features, generator=generator, dtype=torch.float64) * spread


def spectrum_by_svd(points):
    centred = points.double().numpy()
    centred = centred - centred.mean(0)
    return np.linalg.svd(centred, compute_uv=False) ** 2 / (len(centred) - 1)


@settings(max_examples=40, deadline=None)
@given(
    samples=st.integers(2, 40),
    features=st.integers(1, 40),
    steepness=st.sampled_from([0.0, 2.0, 5.0]),
    offset=st.sampled_from([0.0, 1.0, 1000.0]),
    seed=st.integers(0, 10**6),
)
def test_every_dimension_agrees_with_a_singular_value_decomposition(
    samples, features, steepness, offset, seed
):
    points = (cloud(samples, features, seed, steepness) + offset).float()
    expected = spectrum_by_svd(points)
    found = covariance_spectrum(points).numpy()
    assert found.shape == (min(samples, features),)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-13 * expected[0])
    assert (np.diff(found) <= 0).all()
    assert (found >= 0).all()
    shares = expected / expected.sum()
    np.testing.assert_allclose(participation_ratio(points), 1 / (shares**2).sum(), rtol=1e-9)
    for fraction in (0.5, 0.95, 0.99):
        assert pca_dimension(points, fraction) == np.flatnonzero(shares.cumsum() >= fraction - 1e-10)[0] + 1


@pytest.mark.parametrize("fraction", [0.5, 0.95, 0.99])
@pytest.mark.parametrize(("samples", "features"), [(300, 40), (30, 64), (50, 50)])
def test_pca_dimension_agrees_with_scikit_learn(samples, features, fraction):
    points = cloud(samples, features, seed=samples, steepness=1.5)
    model = PCA(n_components=fraction, svd_solver="full").fit(points.numpy())
    assert pca_dimension(points, fraction) == model.n_components_


def test_the_spectrum_adds_up_to_the_total_variance():
    points = cloud(50, 7, steepness=1.0)
    assert covariance_spectrum(points).sum().item() == pytest.approx(points.var(0).sum().item(), rel=1e-12)


@pytest.mark.parametrize("features", [100, 300])
@pytest.mark.parametrize("rank", [1, 2, 3, 10, 20, 60, 100])
def test_a_round_cloud_of_known_rank_has_that_rank_on_either_side_of_the_gram_matrix(rank, features):
    points = round_cloud(rank, features)
    found = linear_dimensions(points)
    assert found["participation_ratio"].item() == pytest.approx(rank, rel=1e-12)
    # 19 of 20 equal shares are 0.95: a tie, that rounding must not decide.
    assert found["pca_dimension_95"] == math.ceil(rank * 95 / 100)
    assert found["pca_dimension_99"] == math.ceil(rank * 99 / 100)
    assert pca_dimension(points, 1.0) == rank


def test_the_joint_measure_gives_what_the_single_ones_give():
    points = torch.stack([cloud(30, 9, seed, steepness=1.0) for seed in range(4)])
    found = linear_dimensions(points)
    assert torch.equal(found["participation_ratio"], participation_ratio(points))
    assert torch.equal(found["pca_dimension_95"], pca_dimension(points))
    assert torch.equal(found["pca_dimension_99"], pca_dimension(points, 0.99))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e30])
@pytest.mark.parametrize("samples", [2, 7, 300])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_points_that_all_coincide_have_no_dimension(samples, value, dtype):
    points = torch.full((samples, 9), value, dtype=dtype)
    assert (covariance_spectrum(points) == 0.0).all()
    assert all(found.isnan() for found in linear_dimensions(points).values())


def test_two_points_are_a_line():
    for features in (1, 2, 50):
        found = linear_dimensions(cloud(2, features))
        assert all(value.item() == pytest.approx(1.0) for value in found.values())


def test_a_tight_cluster_far_from_the_origin_keeps_its_dimension_in_float32():
    grid = torch.tensor([[x, y, 0.0] for x in range(5) for y in range(5)])
    found = linear_dimensions(grid * 2.0**-10 + 1000.0)
    assert found["participation_ratio"].item() == pytest.approx(2.0, rel=1e-9)
    assert found["pca_dimension_99"] == 2


def test_duplicating_every_point_changes_no_dimension():
    points = cloud(30, 8, steepness=1.0)
    doubled = torch.cat([points, points])
    assert participation_ratio(doubled).item() == pytest.approx(participation_ratio(points).item(), rel=1e-12)
    assert torch.equal(pca_dimension(doubled), pca_dimension(points))


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1e30])
def test_float32_points_of_any_size_are_measured(scale):
    points = cloud(40, 6, steepness=1.0)
    expected = participation_ratio(points)
    torch.testing.assert_close(participation_ratio((points * scale).float()), expected, rtol=1e-6, atol=0)


def test_two_equal_clusters_are_one_dimensional_however_many_features_there_are():
    points = torch.cat([torch.ones(20, 128), -torch.ones(20, 128)])
    assert participation_ratio(points).item() == pytest.approx(1.0)


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("shape", [(1, 5), (0, 5), (5, 0), (3, 1, 5), (5,)])
def test_fewer_than_two_samples_or_no_feature_is_a_shape_error(shape):
    for measure in (covariance_spectrum, participation_ratio, pca_dimension, linear_dimensions):
        with pytest.raises(ShapeError, match="points: got"):
            measure(torch.zeros(shape))


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.01, 95.0, math.nan])
def test_a_fraction_that_is_no_share_is_refused(fraction):
    with pytest.raises(InputError, match="fraction: got"):
        pca_dimension(torch.eye(3), fraction)
