import math

import numpy as np
import pytest
import torch
from scipy import stats

from latebloom.errors import InputError, ShapeError
from latebloom.measures import adjacency_score, class_centroids, ring_scan
from latebloom.measures.nulls import relabellings
from tests.measures.embeddings import embedding, noise_cloud
from tests.measures.ring_loops import inverse_stride, profile_by_loops


@pytest.mark.parametrize("neighbours", [1, 2, 3])
@pytest.mark.parametrize("order", [11, 12])
def test_the_scan_agrees_exactly_with_a_plain_loop_over_relabellings(order, neighbours):
    centroids, draws = embedding(order, [5], noise=0.3, features=4), 30
    found = ring_scan(centroids, neighbours, draws=draws, seed=3)
    rows = relabellings(order, draws, 3, torch.device("cpu"))
    profiles = [profile_by_loops(centroids[row].tolist(), neighbours) for row in rows]
    assert found["ring_scores"].tolist() == pytest.approx([score for score, _ in profiles[0]], abs=1e-12)
    best = [max(profile) for profile in profiles]
    assert found["ring_best_stride"].item() == profiles[0].index(best[0]) + 1
    assert found["ring_best_score"].item() == pytest.approx(best[0][0], abs=1e-12)
    assert found["ring_p_value"].item() == sum(one >= best[0] for one in best) / (draws + 1)
    null = [score for score, _ in best[1:]]
    for name, level in (("median", 0.5), ("95", 0.95), ("99", 0.99)):
        assert found[f"ring_null_{name}"].item() == pytest.approx(np.quantile(null, level), abs=1e-12)
    for stride, (score, _) in enumerate(profiles[0], start=1):
        assert adjacency_score(centroids, stride, neighbours).item() == pytest.approx(score, abs=1e-12)
        assert adjacency_score(centroids, order - stride, neighbours).item() == pytest.approx(
            score, abs=1e-12
        )


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("frequency", [1, 3, 41])
def test_an_exact_circle_of_z97_is_found_at_the_inverse_of_its_frequency(frequency, noise):
    found = ring_scan(embedding(97, [frequency], noise=noise, features=32))
    assert found["ring_best_stride"].item() == inverse_stride(frequency, 97)
    assert found["ring_best_gcd"].item() == 1.0
    assert found["ring_p_value"].item() < 0.01
    if noise == 0.0:
        assert found["ring_best_score"].item() == 1.0
        assert found["ring_scores"].sum().item() == 1.0
        assert found["adjacency_stride_1"].item() == (frequency == 1)


@pytest.mark.parametrize("leading", [1, 3, 41])
def test_a_circle_that_dominates_others_still_gives_the_stride(leading):
    frequencies = [leading, *({1, 3, 41} - {leading})]
    centroids = embedding(97, frequencies, amplitudes=[1.0, 0.01, 0.01], noise=0.002)
    found = ring_scan(centroids)
    assert found["ring_best_stride"].item() == inverse_stride(leading, 97)
    assert found["ring_p_value"].item() < 0.01


def test_equal_circles_together_have_their_neighbours_where_all_of_them_turn_least():
    coordinate = torch.arange(97, dtype=torch.float64)
    turned = sum(1 - (2 * math.pi * f * coordinate[1:49] / 97).cos() for f in (1, 3, 41))
    found = ring_scan(embedding(97, [1, 3, 41]))
    assert found["ring_best_stride"].item() == turned.argmin().item() + 1
    assert found["ring_p_value"].item() < 0.01


def test_on_shuffled_labels_p_is_uniform():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(97).repeat_interleave(3)
    points = embedding(97, [3], noise=0.1)[labels].expand(200, -1, -1)
    shuffled = torch.stack([labels[torch.randperm(len(labels), generator=generator)] for _ in range(200)])
    found = ring_scan(class_centroids(points, shuffled, 97))
    assert stats.kstest(found["ring_p_value"].numpy(), "uniform").pvalue > 0.01


def test_on_a_circle_whose_classes_are_renamed_at_random_p_is_uniform_over_seeds_of_the_null():
    circle, generator = embedding(13, [5]), torch.Generator().manual_seed(1)
    found = [
        ring_scan(circle[torch.randperm(13, generator=generator)], draws=99, seed=seed)["ring_p_value"].item()
        for seed in range(300)
    ]
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_without_ties_told_apart_p_would_not_be_uniform():
    """Show that the distance is needed: the scores alone take few values on shuffled labels."""
    centroids = torch.stack([noise_cloud(29, 8, seed) for seed in range(100)])
    found = ring_scan(centroids)
    assert len(found["ring_best_score"].unique()) < 12
    assert len(found["ring_p_value"].unique()) > 60


def test_cosets_are_no_ring_of_all_classes():
    found = ring_scan(embedding(96, [8]))
    assert found["ring_best_gcd"].item() == 12.0  # the coincident classes are those that agree mod 12
    # 7 others coincide with each class, so two places are shared by seven at strides 12, 24, 36 and 48.
    strides = {12: 2 / 7, 24: 2 / 7, 36: 2 / 7, 48: 1 / 7}
    for stride, score in enumerate(found["ring_scores"].tolist(), start=1):
        assert score == pytest.approx(strides.get(stride, 0.0), abs=1e-12)


def test_residues_mod_97_in_their_plain_order_show_no_ring_of_the_multiplicative_group():
    logarithm = {pow(5, power, 97): power for power in range(96)}
    by_logarithm = embedding(96, [8], noise=0.01)
    by_residue = by_logarithm[[logarithm[residue] for residue in range(1, 97)]]
    assert ring_scan(by_logarithm)["ring_p_value"].item() < 0.01
    assert ring_scan(by_residue)["ring_p_value"].item() > 0.05


def test_no_false_ring_of_97_in_random_classes():
    found = ring_scan(torch.stack([noise_cloud(97, 32, seed) for seed in range(20)]))
    assert (found["ring_p_value"] < 0.05).sum() <= 3


def test_classes_that_coincide_are_not_ordered_by_their_place_in_the_array():
    clumps = noise_cloud(5, 3)[torch.arange(30) % 5]
    shuffled = clumps[torch.randperm(30, generator=torch.Generator().manual_seed(2))]
    assert ring_scan(clumps)["ring_best_stride"].item() == 5.0
    p_values = [ring_scan(shuffled, seed=seed)["ring_p_value"].item() for seed in range(5)]
    assert min(p_values) > 0.02


def test_rounding_to_float32_does_not_decide_between_coinciding_classes():
    exact = embedding(24, [8], features=8)
    rounded = (exact + 0.0).float()
    torch.testing.assert_close(ring_scan(rounded)["ring_scores"], ring_scan(exact)["ring_scores"])


@pytest.mark.parametrize(("gap", "equal"), [(0.5e-6, True), (2e-6, False)])
def test_distances_count_as_equal_below_a_millionth_of_the_largest(gap, equal):
    """Class 0 has one neighbour a little nearer than the other; the largest distance of all is 30."""
    near, other = [1.0 - 30 * gap] + [0.0] * 8, [-1.0] + [0.0] * 8
    places = torch.tensor([[0.0] * 9, near, [9.0] * 9, other, [10.0] * 9], dtype=torch.float64)
    score = adjacency_score(places, 1, neighbours=1)
    even = adjacency_score(places.round(), 1, neighbours=1)
    assert (abs(score - even).item() < 1e-12) == equal


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_classes_of_any_size_and_place_are_scanned_in_float32(scale):
    centroids = (embedding(31, [4]) * scale).float()
    assert ring_scan(centroids)["ring_best_score"].item() == 1.0


def test_a_tiny_circle_far_from_the_origin_is_found():
    found = ring_scan(embedding(31, [4]) * 1e-6 + 100.0)
    assert found["ring_best_stride"].item() == inverse_stride(4, 31)


def test_half_way_round_only_half_of_two_neighbours_can_lie():
    pairs = torch.tensor([[math.cos(k), math.sin(k), 9.0 * k] for k in range(6)]).double()
    centroids = torch.cat([pairs, pairs + 0.01])  # j and j + 6 next to each other
    assert adjacency_score(centroids, 6, neighbours=1).item() == 1.0
    assert adjacency_score(centroids, 6, neighbours=2).item() == pytest.approx(0.5)


@pytest.mark.parametrize(("order", "distinct"), [(5, 6), (6, 60), (7, 120)])
def test_few_classes_cannot_give_a_small_p_value(order, distinct):
    generous = ring_scan(embedding(order, [1]), draws=2000)["ring_p_value"].item()
    assert generous == pytest.approx(1 / distinct, rel=0.4)


def test_lanes_share_their_relabellings_and_the_seed_decides_them():
    centroids = noise_cloud(17, 4)
    found = ring_scan(centroids.expand(3, -1, -1))
    assert len(found["ring_null_95"].unique()) == 1
    assert torch.equal(found["ring_p_value"][0], ring_scan(centroids)["ring_p_value"])
    other = ring_scan(centroids, seed=1)
    assert not torch.equal(found["ring_p_value"][0], other["ring_p_value"])


def test_centroids_that_all_coincide_are_nan_in_every_key():
    found = ring_scan(torch.full((9, 3), 0.1))
    assert all(value.isnan().all() for value in found.values())
    assert adjacency_score(torch.full((9, 3), 0.1)).isnan()


@pytest.mark.parametrize("order", [2, 4])
def test_fewer_classes_than_a_ring_needs_are_refused_with_the_reason(order):
    for measure in (ring_scan, adjacency_score):
        with pytest.raises(ShapeError, match=f"got {order} classes; at least 5 are needed for a ring, since"):
            measure(noise_cloud(order, 3))


@pytest.mark.parametrize("stride", [0, -1, 9, 1.0, True])
@pytest.mark.usefixtures("unhooked")
def test_a_stride_that_leads_nowhere_is_refused(stride):
    with pytest.raises(InputError, match=r"stride: got .* needed"):
        adjacency_score(noise_cloud(9, 3), stride)


@pytest.mark.parametrize("neighbours", [0, 8, 2.0, True, None])
@pytest.mark.usefixtures("unhooked")
def test_a_number_of_neighbours_that_leaves_nobody_out_is_refused(neighbours):
    for measure in (ring_scan, adjacency_score):
        with pytest.raises(InputError, match=r"neighbours: got .* from 1 to 7 is needed"):
            measure(noise_cloud(9, 3), neighbours=neighbours)
