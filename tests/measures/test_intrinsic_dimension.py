import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from latebloom.errors import InputError, ShapeError
from latebloom.measures import intrinsic_dimension, twonn_dimension
from tests.measures.intrinsic import balls, by_differences, published_clouds

ESTIMATES = ("twonn_dimension", "twonn_dimension_facco", "twonn_dimension_ml")
PUBLISHED = {
    "gaussian": (5.058156972140456, 5.066448446022956, 5.095487886485911),
    "flat torus": (2.10138965566706, 2.10483159804063, 2.093013690841095),
    "swiss roll": (2.0277404796887026, 2.031071646216878, 1.982299877079699),
    "line": (1.005169365633805, 1.0068181728416763, 1.0041338121501129),
    "clusters": (3.0344684768552295, 3.0394393978687333, 3.0084599904112235),
}
"""What scikit-dimension answers on the clouds below: TwoNN of 0.3.4 (F = (i - 1) / N), TwoNN of 0.5.0 (F = i / N),
and TwoNN(method="mle", discard_fraction=0) of 0.5.0."""


def estimates(points, **keywords):
    return {name: value.item() for name, value in twonn_dimension(points, **keywords).items()}


def assert_exact(points, tolerance=1e-9, **keywords):
    found = estimates(points, **keywords)
    expected = by_differences(points, **keywords)
    assert [found[name] for name in ESTIMATES] == pytest.approx(expected, rel=tolerance, nan_ok=True)
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_it_agrees_with_scikit_dimension_on_five_clouds(name):
    found = estimates(torch.from_numpy(published_clouds()[name]))
    assert [found[key] for key in ESTIMATES] == pytest.approx(PUBLISHED[name], rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(3, 60),
    features=st.integers(1, 8),
    discard=st.sampled_from([0.0, 0.1, 0.3]),
    offset=st.sampled_from([0.0, 1.0, 1000.0]),
    spread=st.sampled_from([1.0, 1e-4]),
    clusters=st.integers(1, 6),
    seed=st.integers(0, 10**6),
)
def test_it_agrees_with_direct_differences_on_any_cloud(
    samples, features, discard, offset, spread, clusters, seed
):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(clusters, features, generator=generator)[torch.arange(samples) % clusters]
    points = offset + centres + spread * torch.randn(samples, features, generator=generator)
    if len(points.unique(dim=0)) < max(3, samples / 2) or int(samples * (1 - discard)) < 3:
        return
    assert_exact(points, discard=discard)


@pytest.mark.parametrize("dimension", [1, 2, 3, 5])
def test_a_gaussian_cloud_has_its_dimension_in_however_many_features_it_lies(dimension):
    generator = torch.Generator().manual_seed(dimension)
    points = torch.randn(3000, dimension, generator=generator) @ torch.randn(
        dimension, 64, generator=generator
    )
    for name in ESTIMATES:
        assert estimates(points)[name] == pytest.approx(dimension, rel=0.06)


@pytest.mark.parametrize("factor", [2.0**-1000, 1e-200, 1e-30, 1.0, 1e30, 1e200, -3.0])
def test_scaled_copies_agree_however_large_or_small(factor):
    points = torch.randn(200, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert estimates(points * factor) == pytest.approx(estimates(points), rel=1e-9)


@pytest.mark.parametrize("features", [3, 10, 128])
def test_97_clusters_of_radius_one_millionth_in_float32_are_measured_exactly(features):
    points = balls(1e-6, features)
    found = assert_exact(points)
    assert found["twonn_duplicates"] == pytest.approx(1 - len(points.unique(dim=0)) / len(points))
    assert math.isfinite(found["twonn_dimension"])
    products = torch.cdist(points, points, compute_mode="use_mm_for_euclid_dist").fill_diagonal_(math.inf)
    assert (products.amin(1) == 0.0).double().mean() > 0.2  # what a product in float32 makes of them


def test_the_neighbours_on_a_thin_torus_are_those_of_a_tree():
    angles = (
        torch.rand(1500, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64) * 2 * math.pi
    )
    thin = torch.cat([angles[:, :1].cos(), angles[:, :1].sin(), 1e-3 * angles[:, 1:].cos()], -1)
    points = torch.cat([thin, 1e-3 * angles[:, 1:].sin()], -1).float()
    distances = cKDTree(points.double().numpy()).query(points.double().numpy(), 3)[0]
    ratios = np.log(distances[:, 2] / distances[:, 1])
    assert estimates(points)["twonn_dimension_ml"] == pytest.approx(1499 / ratios.sum(), rel=1e-9)
    assert_exact(points)


def test_one_point_far_away_does_not_blur_the_others():
    points = torch.randn(400, 8, generator=torch.Generator().manual_seed(4)) * 1e-7
    points[0] = 100.0
    assert_exact(points)


@pytest.mark.parametrize(
    ("bounds", "group", "candidates"),
    [(1, 8, 3), (200, 3, 3), (1000, 1, 2), (10_000, 64, 2), (10_000, 100, 3), (10_000, 8, 8)],
)
def test_how_the_search_is_cut_into_groups_and_candidates_does_not_matter(
    monkeypatch, bounds, group, candidates
):
    points = balls(1e-5, 6, count=7, members=9)
    expected = estimates(points)
    monkeypatch.setattr(intrinsic_dimension, "BOUNDS", bounds)
    monkeypatch.setattr(intrinsic_dimension, "GROUP", group)
    monkeypatch.setattr(intrinsic_dimension, "CANDIDATES", candidates)
    monkeypatch.setattr(intrinsic_dimension, "CHUNK", 100)
    assert estimates(points) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("few", [0.0, 0.1, 1.0])
def test_points_that_float32_leaves_in_question_are_found_in_either_way(monkeypatch, few):
    monkeypatch.setattr(intrinsic_dimension, "FEW", few)
    drawn = torch.Generator().manual_seed(6)
    loose, tight = torch.randn(300, 5, generator=drawn), 1e-5 * torch.randn(60, 5, generator=drawn)
    assert_exact(torch.cat([loose, tight + 1.0]))


def test_exact_copies_are_dropped_and_counted_and_the_rest_is_measured_as_if_alone():
    points = torch.randn(300, 4, generator=torch.Generator().manual_seed(5))
    alone = estimates(points)
    for copies, share in ((points[:150], 150 / 450), (points, 0.5), (points[:1].expand(60, 4), 60 / 360)):
        found = estimates(torch.cat([copies, points]))
        assert found == {**alone, "twonn_duplicates": pytest.approx(share)}


def test_where_over_half_are_duplicates_the_answer_is_nan_with_the_count_beside_it():
    points = torch.randn(100, 4, generator=torch.Generator().manual_seed(6))
    found = estimates(torch.cat([points, points, points[:1]]))
    assert all(math.isnan(found[name]) for name in ESTIMATES)
    assert (found["twonn_duplicates"], found["twonn_samples"]) == (101 / 201, 100)


@pytest.mark.parametrize("value", [0.0, -0.0, 0.1, 1e30])
def test_points_that_all_coincide_have_no_dimension_and_say_why(value):
    found = estimates(torch.full((20, 5), value))
    assert all(math.isnan(found[name]) for name in ESTIMATES)
    assert (found["twonn_duplicates"], found["twonn_samples"]) == (0.95, 1)


def test_minus_zero_equals_zero():
    points = torch.randn(50, 3, generator=torch.Generator().manual_seed(8))
    points[:, 0] = torch.tensor([0.0, -0.0]).repeat(25)
    assert estimates(torch.cat([points[:5] + 0.0, points]))["twonn_duplicates"] == pytest.approx(5 / 55)


@pytest.mark.parametrize("turned", [False, True])
def test_points_whose_two_neighbours_are_equally_far_have_no_ratio_to_measure(turned):
    square = torch.randn(6, 6, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    turn = torch.linalg.qr(square).Q if turned else torch.eye(6, dtype=torch.float64)
    line = torch.arange(40.0, dtype=torch.float64)[:, None] * torch.ones(6, dtype=torch.float64)
    grid = torch.cartesian_prod(*[torch.arange(3.0, dtype=torch.float64)] * 6)[:200]
    for points in (line, grid, torch.eye(6, dtype=torch.float64)):
        found = estimates(points @ turn)
        assert all(math.isnan(found[name]) for name in ESTIMATES)
        assert (found["twonn_duplicates"], found["twonn_samples"]) == (0.0, len(points))


def test_points_too_close_for_their_squares_are_not_given_a_wrong_number():
    points = torch.zeros(60, 1, dtype=torch.float64)
    points[:, 0] = torch.rand(60, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 1e-200
    points[0] = 1.0
    assert all(math.isnan(estimates(points)[name]) for name in ESTIMATES)
    pair = torch.randn(60, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    pair[:2] = torch.tensor([[0.0, 0.0], [0.0, 1e-200]], dtype=torch.float64)
    assert all(math.isnan(estimates(pair)[name]) for name in ESTIMATES)


def test_three_points_are_enough():
    found = estimates(torch.tensor([[0.0], [1.0], [3.0]]))
    assert found["twonn_dimension_ml"] == pytest.approx(2 / (math.log(3) + math.log(2) + math.log(1.5)))
    assert found["twonn_samples"] == 3


def test_what_is_discarded_is_the_largest_ratios():
    points = torch.randn(300, 3, generator=torch.Generator().manual_seed(2))
    for discard in (0.0, 0.1, 0.5, 0.9):
        assert_exact(points, discard=discard)
    assert estimates(points, discard=0.5)["twonn_dimension_ml"] == estimates(points)["twonn_dimension_ml"]


@pytest.mark.parametrize("discard", [-0.1, 1.0, 10, math.nan, "0.1", None, True])
def test_a_discarded_share_that_is_none_is_refused(discard, unhooked):
    with pytest.raises(InputError, match=r"discard: got .* needed"):
        twonn_dimension(torch.eye(5), discard=discard)


@pytest.mark.parametrize("shape", [(2, 5), (0, 5), (5, 0), (5,)])
def test_fewer_than_three_samples_or_no_feature_is_a_shape_error(shape, unhooked):
    with pytest.raises(ShapeError, match="points: got"):
        twonn_dimension(torch.zeros(shape))


def test_copies_are_dropped_before_all_of_them_would_be_searched(monkeypatch):
    searched = []
    monkeypatch.setattr(intrinsic_dimension, "_nearest_within", lambda *asked: searched.append(asked))
    found = estimates(torch.ones(500, 3))
    assert searched == []
    assert (found["twonn_samples"], found["twonn_duplicates"]) == (1.0, 499 / 500)
