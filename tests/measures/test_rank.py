import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from latebloom.measures import effective_rank, feature_diversity, rank_statistics, stable_rank
from tests.measures.matrices import matrix_of


@settings(max_examples=40, deadline=None)
@given(
    samples=st.integers(1, 30),
    features=st.integers(1, 30),
    offset=st.sampled_from([0.0, 1.0, 1000.0]),
    seed=st.integers(0, 10**6),
)
def test_each_agrees_with_numpy_and_scipy(samples, features, offset, seed):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(samples, features, generator=generator) + offset
    exact = points.double().numpy()
    values = np.linalg.svd(exact, compute_uv=False)
    found = rank_statistics(points)
    assert found["feature_diversity"].item() == pytest.approx(entropy(values), rel=1e-9, abs=1e-12)
    assert found["effective_rank"].item() == pytest.approx(math.exp(entropy(values)), rel=1e-9)
    frobenius, spectral = np.linalg.norm(exact, "fro"), np.linalg.norm(exact, 2)
    assert found["stable_rank"].item() == pytest.approx((frobenius / spectral) ** 2, rel=1e-9)


@pytest.mark.parametrize("rank", [1, 2, 7, 20])
def test_equal_singular_values_count_each_once_and_empty_directions_not_at_all(rank):
    points = matrix_of([3.0] * rank, 30, 20, seed=rank)
    for found in (points, points.mT):
        assert effective_rank(found).item() == pytest.approx(rank, rel=1e-10)
        assert feature_diversity(found).item() == pytest.approx(math.log(rank), abs=1e-10)
        assert stable_rank(found).item() == pytest.approx(rank, rel=1e-10)


def test_singular_values_of_known_shares_have_the_entropy_of_the_shares():
    points = matrix_of([4.0, 2.0, 1.0, 1.0], 30, 20)
    assert feature_diversity(points).item() == pytest.approx(1.75 * math.log(2), rel=1e-12)
    assert effective_rank(points).item() == pytest.approx(2**1.75, rel=1e-12)
    assert stable_rank(points).item() == pytest.approx(22 / 16, rel=1e-12)


def test_a_mean_far_from_zero_counts_as_a_direction():
    points = torch.randn(200, 10, generator=torch.Generator().manual_seed(0))
    assert effective_rank(points) > 9.5
    assert effective_rank(points + 1000.0) < 1.1
    assert stable_rank(points + 1000.0).item() == pytest.approx(1.0, abs=1e-5)


def test_the_joint_measure_gives_exactly_what_the_single_ones_give():
    points = torch.randn(3, 20, 8, generator=torch.Generator().manual_seed(1))
    joint = rank_statistics(points)
    assert set(joint) == {"effective_rank", "feature_diversity", "stable_rank"}
    for measure in (effective_rank, feature_diversity, stable_rank):
        assert torch.equal(joint[measure.__name__], measure(points))


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e300, -1.0])
def test_scaled_copies_agree_however_large_or_small(scale):
    points = torch.randn(20, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    for name, value in rank_statistics(points * scale).items():
        torch.testing.assert_close(value, rank_statistics(points)[name], rtol=1e-12, atol=0.0)


def test_zeros_have_no_direction_and_one_sample_has_one():
    for points in (torch.zeros(4, 3), torch.zeros(1, 1)):
        assert all(value.isnan() for value in rank_statistics(points).values())
    found = rank_statistics(torch.tensor([[3.0, 4.0]]))
    assert {name: value.item() for name, value in found.items()} == {
        "effective_rank": 1.0,
        "feature_diversity": 0.0,
        "stable_rank": 1.0,
    }
