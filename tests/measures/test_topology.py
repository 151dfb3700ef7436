import itertools
import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ripser import ripser
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform

from latebloom.errors import InputError, MissingExtraError, ShapeError
from latebloom.measures import (
    betti_numbers,
    loop_strength,
    persistence_diagrams,
    persistence_summary,
    rips,
)
from latebloom.measures.rips import distances
from tests.measures.clouds import (
    bars,
    clifford_torus,
    clusters,
    gaussian,
    in_order,
    lattice,
    noisy_circle,
    polygon,
    values,
)

MEASURES = (persistence_diagrams, betti_numbers, persistence_summary, loop_strength)


CLOUDS = {
    "round": gaussian(80, 10),
    "flat": gaussian(150, 2),
    "more features than samples": gaussian(30, 50),
    "clusters": clusters(7, 100, 0.01),
    "noisy circle": noisy_circle(100, 0.1),
    "polygon": polygon(60),
    "torus": clifford_torus(8),
    "lattice": lattice(7, 9),
    "duplicates": gaussian(20, 4).repeat(4, 1),
    "line": torch.arange(30.0)[:, None] ** 2,
}
each_cloud = pytest.mark.parametrize("cloud", CLOUDS)


def loops_by_reduction(points):
    """Reduce the boundary matrix of triangles over edges column by column, as the textbook does."""
    apart = squareform(pdist(points.numpy()))
    edges = sorted(itertools.combinations(range(len(apart)), 2), key=lambda edge: apart[edge])
    place = {edge: index for index, edge in enumerate(edges)}
    length = [apart[edge] for edge in edges]
    columns = sorted(
        sorted((place[edge] for edge in itertools.combinations(triangle, 2)), reverse=True)
        for triangle in itertools.combinations(range(len(apart)), 3)
    )
    reduced, found = {}, []
    for column in columns:
        death, chain = length[column[0]], set(column)
        while chain and max(chain) in reduced:
            chain ^= reduced[max(chain)]
        if chain:
            reduced[max(chain)] = chain
            found.append((length[max(chain)], death))
    return in_order(np.array([bar for bar in found if bar[1] - bar[0] > 1e-12]).reshape(-1, 2))


@each_cloud
def test_every_bar_is_the_one_that_ripser_finds(cloud):
    points = CLOUDS[cloud]
    apart = distances(points.double()).numpy()
    expected = ripser(apart, maxdim=1, distance_matrix=True)["dgms"]
    # ripser computes in float32, where the equal distances of a grid differ by some 1e-7.
    expected[1] = expected[1][expected[1][:, 1] - expected[1][:, 0] > 1e-6]
    for ours, theirs in zip(bars(points), expected, strict=True):
        ours = ours[ours[:, 1] - ours[:, 0] > 1e-6]
        np.testing.assert_allclose(np.sort(ours, 0), np.sort(theirs, 0), rtol=1e-6, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    samples=st.integers(2, 12),
    features=st.integers(1, 4),
    whole=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_every_loop_is_the_one_that_the_textbook_reduction_finds(samples, features, whole, seed):
    points = gaussian(samples, features, seed)
    points = (points * 2).round() if whole else points  # ties and duplicates
    np.testing.assert_allclose(bars(points)[1], loops_by_reduction(points), rtol=1e-12, atol=1e-12)


@each_cloud
def test_the_deaths_of_pieces_are_the_edges_of_the_minimum_spanning_tree(cloud):
    points = CLOUDS[cloud].double().unique(dim=0)
    tree = minimum_spanning_tree(squareform(pdist(points.numpy())))
    pieces = bars(CLOUDS[cloud])[0]
    assert (pieces[:, 0] == 0.0).all()
    np.testing.assert_allclose(np.sort(pieces[:-1, 1]), np.sort(tree.data), rtol=1e-14)
    assert pieces[-1, 1] == math.inf


@pytest.mark.parametrize("corners", [4, 5, 9, 50, 97])
def test_the_loop_of_a_polygon_opens_at_its_side_and_closes_at_a_third_of_it(corners):
    pieces, loops = bars(polygon(corners, radius=3.0))
    side = 6.0 * math.sin(math.pi / corners)
    third = 6.0 * math.sin(math.pi * math.ceil(corners / 3) / corners)
    np.testing.assert_allclose(pieces[:-1, 1], [side] * (corners - 1), rtol=1e-13)
    np.testing.assert_allclose(loops, [[side, third]], rtol=1e-13)


@pytest.mark.parametrize(
    "points",
    [
        torch.eye(12, dtype=torch.float64),
        lattice(5, 5).double() @ torch.tensor([[1.0, 0.0], [0.5, math.sqrt(0.75)]], dtype=torch.float64),
    ],
    ids=["simplex", "lattice of triangles"],
)
def test_distances_that_are_equal_but_for_rounding_make_no_loops(points):
    turn = torch.linalg.qr(gaussian(points.shape[1], points.shape[1])).Q
    assert len(bars(points @ turn + 10.0)[1]) == 0
    assert loop_strength(points @ turn + 10.0, draws=3)["loop_dominance"] == 0.0


def test_a_noisy_circle_has_one_loop():
    found = values(betti_numbers(noisy_circle(300, 0.02), 0.5))
    assert (found["betti_0"], found["betti_1"]) == (1, 1)


def test_two_circles_are_two_pieces_and_two_loops():
    both = torch.cat([polygon(40), polygon(40) + 10.0])
    found = values(betti_numbers(both, 0.5, fraction=0.1))
    assert found == {"betti_0": 2, "betti_1": 2, "betti_0_relative": 2, "betti_1_relative": 2}


def test_a_clifford_torus_has_two_loops_and_the_square_meshes_of_its_grid_are_short_ones():
    side = 2 * math.sin(math.pi / 20)
    found = values(betti_numbers(clifford_torus(20), threshold=1.01 * side))
    assert (found["betti_0"], found["betti_1"]) == (1, 2)
    # 400 vertices, 800 edges and one piece leave 401 loops; the meshes fill all but two.
    assert found["betti_1_relative"] == 401
    lengths = np.diff(bars(clifford_torus(20))[1])[:, 0]
    np.testing.assert_allclose(np.sort(lengths)[:-2], side * (math.sqrt(2) - 1), rtol=1e-9)


@pytest.mark.parametrize("number", [2, 5, 12])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_separate_clusters_are_counted_at_any_scale_by_the_relative_threshold_alone(number, scale):
    points = clusters(number, 200, radius=0.01) * scale
    assert betti_numbers(points)["betti_0_relative"] == number
    expected = {1e-3: 1, 1.0: number, 1e3: 200}[scale]
    assert betti_numbers(points)["betti_0"] == expected


def test_a_bar_as_long_as_the_threshold_does_not_count():
    line = torch.tensor([[0.0], [1.0], [3.0]])
    assert [betti_numbers(line, threshold)["betti_0"].item() for threshold in (0.99, 1.0, 2.0)] == [3, 2, 1]
    square = lattice(2, 2) * 8.0
    short = math.sqrt(128.0) - 8.0
    assert betti_numbers(square, short)["betti_1"] == 0
    assert betti_numbers(square, short * (1 - 1e-12))["betti_1"] == 1
    assert betti_numbers(line, fraction=1.0)["betti_0_relative"] == 1


@pytest.mark.parametrize(("threshold", "fraction"), [(0.0, 0.7), (0.1, 0.1), (1.0, 0.0)])
@each_cloud
def test_counts_and_lengths_are_those_of_the_diagrams(cloud, threshold, fraction):
    points = CLOUDS[cloud]
    pieces, loops = (np.diff(found)[:, 0] for found in bars(points))
    gap = pieces[np.isfinite(pieces)].max()
    counts = [(found > at).sum() for at in (threshold, fraction * gap) for found in (pieces, loops)]
    counted = values(betti_numbers(points, threshold, fraction=fraction))
    assert list(counted.values()) == counts
    assert values(persistence_summary(points)) == {
        "longest_h0_bar": gap,
        "longest_h1_bar": max(loops, default=0.0),
        "h0_bars": len(pieces) - 1,
        "h1_bars": len(loops),
    }


@each_cloud
def test_duplicates_change_nothing(cloud):
    points = CLOUDS[cloud]
    for ours, doubled in zip(bars(points), bars(torch.cat([points, points[::2]])), strict=True):
        np.testing.assert_array_equal(ours, doubled)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e30])
@pytest.mark.parametrize("samples", [2, 3, 300])
def test_points_that_all_coincide_are_one_piece_without_a_scale(samples, value):
    points = torch.full((samples, 9), value)
    diagrams = persistence_diagrams(points, bars=2)
    assert diagrams["diagram_h0"].tolist() == [[0.0, math.inf], [0.0, 0.0]]
    assert diagrams["diagram_h1"].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    found = betti_numbers(points)
    assert (found["betti_0"], found["betti_1"]) == (1.0, 0.0)
    assert found["betti_0_relative"].isnan()
    assert found["betti_1_relative"].isnan()
    assert set(values(persistence_summary(points)).values()) == {0.0}
    assert all(value.isnan() for value in loop_strength(points, draws=3).values())


def test_a_tight_cluster_far_from_the_origin_keeps_its_bars_in_float32():
    grid = lattice(5, 6) * 2.0**-12
    moved = (grid + 1000.0).float()
    for near, far in zip(bars(grid), bars(moved), strict=True):
        np.testing.assert_array_equal(near, far)


def test_clusters_of_radius_one_millionth_keep_their_inner_gaps():
    points = clusters(7, 60, radius=1e-6).float()
    deaths = bars(points)[0][:-1, 1]
    tree = minimum_spanning_tree(squareform(pdist(points.double().numpy()))).data
    np.testing.assert_allclose(np.sort(deaths), np.sort(tree), rtol=1e-14)
    assert (deaths[:53] < 1e-5).all()
    assert (deaths[:53] > 0.0).all()


@pytest.mark.parametrize("scale", [2.0**-1060, 2.0**-700, 2.0**700, 2.0**1018])
def test_no_square_of_a_float64_is_too_large_or_too_small(scale):
    points = lattice(4, 5)
    for ours, scaled in zip(bars(points), bars(points.double() * scale), strict=True):
        np.testing.assert_allclose(ours * scale, scaled, rtol=1e-12, atol=2.0**-1070)
    strengths = values(loop_strength(points.double() * scale, draws=3))
    assert strengths["loop_prominence"] == pytest.approx(math.sqrt(2) - 1, rel=1e-9)


def test_distances_are_symmetric_exact_for_duplicates_and_right_to_the_last_digits():
    points = torch.cat([gaussian(40, 128), gaussian(10, 128)]) + 1e4
    found = distances(points)
    assert torch.equal(found, found.mT)
    assert (found[:10, 40:].diagonal() == 0.0).all()
    np.testing.assert_allclose(found, squareform(pdist(points.numpy())), rtol=1e-14)


def test_bars_come_longest_first_and_the_longest_are_kept():
    points = noisy_circle(60, 0.1)
    everything, few = persistence_diagrams(points, bars=200), persistence_diagrams(points, bars=5)
    for name, diagram in everything.items():
        assert torch.equal(few[name], diagram[:5])
        lengths = diagram[:, 1] - diagram[:, 0]
        assert (lengths[1:] <= lengths[:-1]).all()
        assert (diagram[lengths == 0.0] == 0.0).all()


def test_pieces_alone_are_the_pieces_that_stand_beside_the_loops():
    points = noisy_circle(60, 0.1)
    alone = persistence_diagrams(points, 0)
    assert list(alone) == ["diagram_h0"]
    assert torch.equal(alone["diagram_h0"], persistence_diagrams(points)["diagram_h0"])


def test_of_many_points_the_seed_draws_some_the_same_in_every_lane():
    points = torch.arange(2000.0)[:, None] ** 1.5
    both = torch.stack([points, points])
    found = [persistence_summary(both, max_points=50, seed=seed) for seed in (0, 0, 1)]
    assert found[0]["h0_bars"].tolist() == [49, 49]
    assert found[0]["longest_h0_bar"][0] == found[0]["longest_h0_bar"][1] == found[1]["longest_h0_bar"][0]
    assert found[0]["longest_h0_bar"][0] != found[2]["longest_h0_bar"][0]


def test_a_nan_that_was_not_drawn_still_spoils_its_lane():
    points = gaussian(400, 2)
    points[7] = math.nan
    for seed in range(4):
        assert persistence_summary(points, max_points=2, seed=seed)["h0_bars"].isnan()


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("shape", [(1, 5), (0, 5), (5, 0), (3, 1, 5), (5,)])
def test_fewer_than_two_samples_or_no_feature_is_a_shape_error(shape):
    for measure in MEASURES:
        with pytest.raises(ShapeError, match="points: got"):
            measure(torch.zeros(shape))


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize("max_points", [0, 1, 1001, 10**9, 50.0, True, None])
def test_a_number_of_points_that_is_too_small_or_would_take_hours_is_refused(max_points):
    for measure in MEASURES:
        with pytest.raises(InputError, match=r"^max_points: got .* from 2 to 1000 is needed"):
            measure(gaussian(4, 2), max_points=max_points)


@pytest.mark.usefixtures("unhooked")
@pytest.mark.parametrize(
    ("measure", "wrong"),
    [
        (persistence_diagrams, {"max_dimension": 2}),
        (persistence_diagrams, {"max_dimension": -1}),
        (persistence_diagrams, {"bars": 0}),
        (betti_numbers, {"threshold": -0.1}),
        (betti_numbers, {"threshold": math.nan}),
        (betti_numbers, {"fraction": math.inf}),
        (betti_numbers, {"fraction": "0.1"}),
        (loop_strength, {"draws": 0}),
        (loop_strength, {"seed": -1}),
        (loop_strength, {"seed": 2**63}),
        (persistence_summary, {"seed": 0.5}),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(measure, wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=f"^{name}: got .* needed"):
        measure(gaussian(4, 2), **wrong)


@pytest.mark.parametrize(
    ("package", "module"), [("gudhi", "gudhi.sklearn.rips_persistence"), ("scikit-learn", "sklearn.base")]
)
def test_without_its_library_the_error_names_the_package(package, module, monkeypatch):
    monkeypatch.delitem(sys.modules, "gudhi.sklearn.rips_persistence", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=f"persistent homology needs the package '{package}'"):
        persistence_summary(gaussian(4, 2))


def test_bars_of_one_cloud_are_computed_once_for_the_measures_that_read_them(monkeypatch):
    asked = []
    real, points = rips.barcodes, gaussian(40, 3, seed=77)
    monkeypatch.setattr(rips, "barcodes", lambda clouds, loops: asked.append(loops) or real(clouds, loops))
    first, others = betti_numbers(points), persistence_summary(points)
    assert asked == [True]
    assert others["h0_bars"].item() == 39
    persistence_summary(points + torch.tensor([0.0, 0.0, 1e-6]))
    assert asked == [True, True]
    again = betti_numbers(points)
    assert asked == [True, True, True]
    assert {name: value.item() for name, value in again.items()} == {
        name: value.item() for name, value in first.items()
    }
