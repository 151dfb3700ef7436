import math

import numpy as np
import pytest
import torch
from scipy import stats

from latebloom.errors import InputError, ShapeError
from latebloom.measures import (
    adjacency_score,
    coset_adjacency_score,
    quotient_centroids,
    quotient_ring_scan,
    ring_scan,
)
from latebloom.measures.nulls import relabellings
from tests.measures.embeddings import embedding, noise_cloud
from tests.measures.ring_loops import structures_by_loops


def test_the_scan_agrees_with_a_plain_loop_over_structures_and_relabellings():
    centroids, draws = embedding(24, [2, 5], noise=0.3, features=5), 12
    found = quotient_ring_scan(centroids, draws=draws, seed=4)
    rows = relabellings(24, draws, 4, torch.device("cpu"))
    loops = [structures_by_loops(centroids[row].numpy()) for row in rows]
    for prefix, known in (("quotient_ring", [6, 8, 12, 24]), ("coset_ring", [2, 3, 4])):
        assert found[f"{prefix}_divisor"].tolist() == known
        for place, m in enumerate(known):
            score, _, stride = loops[0][prefix, m]
            assert found[f"{prefix}_score"][place].item() == pytest.approx(score, abs=1e-8)
            assert found[f"{prefix}_stride"][place].item() == stride
            ranked = [(loop[prefix, m][0], -loop[prefix, m][1]) for loop in loops]
            expected = sum(one >= ranked[0] for one in ranked) / (draws + 1)
            assert found[f"{prefix}_p_value"][place].item() == pytest.approx(expected)
    excess = stats.zscore([[one[0] for one in loop.values()] for loop in loops], axis=0)  # (row, structure)
    assert found["quotient_scan_excess"].item() == pytest.approx(excess[0].max(), rel=1e-6)
    prefix, m = list(loops[0])[excess[0].argmax()]
    assert found["quotient_scan_divisor"].item() == m
    assert found["quotient_scan_inside"].item() == (prefix == "coset_ring")
    assert found["quotient_scan_stride"].item() == loops[0][prefix, m][2]
    assert found["quotient_scan_score"].item() == pytest.approx(loops[0][prefix, m][0], abs=1e-8)
    highest = excess.max(1)
    assert found["quotient_scan_p_value"].item() == pytest.approx((highest >= highest[0]).mean())
    assert found["quotient_scan_null_median"].item() == pytest.approx(np.median(highest[1:]), rel=1e-6)


def by_divisor(found, prefix, name):
    return dict(
        zip(found[f"{prefix}_divisor"].int().tolist(), found[f"{prefix}_{name}"].tolist(), strict=True)
    )


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1])
def test_frequency_eight_of_z96_is_a_perfect_ring_of_twelve_cosets(noise):
    found = quotient_ring_scan(embedding(96, [8], noise=noise, features=32))
    assert by_divisor(found, "quotient_ring", "score")[12] == 1.0
    assert by_divisor(found, "quotient_ring", "stride")[12] == 1.0
    assert by_divisor(found, "quotient_ring", "p_value")[12] < 0.01
    assert found["quotient_scan_p_value"].item() < 0.01
    assert found["quotient_scan_gcd"].item() in (12.0, 24.0)  # no ring of all: the classes that coincide
    for silent in (6, 8, 16, 32):  # a frequency of gcd 8 is nothing to them
        assert by_divisor(found, "quotient_ring", "p_value")[silent] > 0.05


@pytest.mark.parametrize(("frequency", "stride"), [(8, 1), (40, 5)])
def test_the_stride_among_the_cosets_is_the_inverse_of_the_frequency_over_its_gcd(frequency, stride):
    found = quotient_ring_scan(embedding(96, [frequency]))
    assert by_divisor(found, "quotient_ring", "stride")[12] == stride


def test_a_ring_of_all_classes_is_a_ring_inside_every_coset_and_among_none():
    found = quotient_ring_scan(embedding(96, [5], noise=0.001))
    assert found["quotient_scan_inside"].item() == 0.0
    assert found["quotient_scan_divisor"].item() == 96.0
    assert found["quotient_scan_stride"].item() == ring_scan(embedding(96, [5]))["ring_best_stride"].item()
    assert all(score > 0.99 for score in by_divisor(found, "coset_ring", "score").values())
    assert all(p > 0.01 for m, p in by_divisor(found, "quotient_ring", "p_value").items() if m < 96)


def test_a_circle_times_a_coset_is_found_among_the_cosets_and_inside_them():
    """Cosets mod 7 far apart on a ring, and a small ring of ten places inside each of them."""
    coordinate = torch.arange(70)
    outer = embedding(7, [2], features=4)[coordinate % 7]
    inner = 0.05 * embedding(10, [3], features=4, seed=1)[coordinate // 7]
    found = quotient_ring_scan(torch.cat([outer, inner], dim=-1), inside_neighbours=2)
    assert by_divisor(found, "quotient_ring", "score")[7] == 1.0
    assert by_divisor(found, "quotient_ring", "stride")[7] == 3.0  # 2 * 4 = 1 mod 7
    assert by_divisor(found, "coset_ring", "score")[7] == 1.0
    assert by_divisor(found, "coset_ring", "stride")[7] == 3.0  # 3 * 7 = 1 mod 10
    assert found["quotient_scan_p_value"].item() < 0.01


def test_a_ring_inside_the_cosets_alone_is_named_as_such():
    """Each coset mod 5 has its own random place and its own random turn of a ring of 14."""
    coordinate = torch.arange(70)
    turns = [torch.linalg.qr(noise_cloud(16, 16, seed)).Q for seed in range(5)]
    inner = embedding(14, [3], features=16)[coordinate // 5]
    rings = torch.stack([row @ turns[int(c % 5)] for c, row in zip(coordinate, inner, strict=True)])
    found = quotient_ring_scan(rings + 3.0 * noise_cloud(5, 16, 9)[coordinate % 5], inside_neighbours=2)
    assert by_divisor(found, "coset_ring", "score")[5] == 1.0
    assert found["quotient_scan_p_value"].item() < 0.01
    assert by_divisor(found, "quotient_ring", "p_value")[5] > 0.01


def test_a_prime_order_has_the_whole_group_alone():
    centroids = embedding(31, [4], noise=0.2)
    found, whole = quotient_ring_scan(centroids), ring_scan(centroids)
    assert found["quotient_ring_divisor"].tolist() == [31.0]
    assert found["coset_ring_divisor"].shape == (0,)
    for name in ("score", "stride"):
        assert found[f"quotient_ring_{name}"].item() == pytest.approx(whole[f"ring_best_{name}"].item())
    assert found["quotient_ring_p_value"].item() == whole["ring_p_value"].item()


def test_over_all_structures_p_is_uniform_on_shuffled_labels():
    centroids, generator = embedding(12, [3], noise=0.1, features=8), torch.Generator().manual_seed(0)
    shuffled = torch.stack([centroids[torch.randperm(12, generator=generator)] for _ in range(200)])
    found = quotient_ring_scan(shuffled, draws=99)
    assert stats.kstest(found["quotient_scan_p_value"].numpy(), "uniform").pvalue > 0.01
    for values in (found["quotient_ring_p_value"][:, -1], found["coset_ring_p_value"][:, 0]):
        assert stats.kstest(values.numpy(), "uniform").pvalue > 0.01


def test_the_gcd_is_that_of_the_stride_and_the_places_of_the_leading_structure():
    found = quotient_ring_scan(torch.stack([noise_cloud(24, 4, seed) for seed in range(40)]), draws=5)
    divisor, inside = found["quotient_scan_divisor"].int(), found["quotient_scan_inside"].bool()
    places = torch.where(inside, 24 // divisor, divisor)
    assert torch.equal(
        found["quotient_scan_gcd"].int(), torch.gcd(found["quotient_scan_stride"].int(), places)
    )
    assert len(places.unique()) > 2


def test_six_cosets_alone_cannot_lend_their_luck_to_the_whole():
    """A raw maximum would be six cosets' score of 1 in many a relabelling; the standard score is not."""
    found = quotient_ring_scan(noise_cloud(96, 32), draws=200)
    assert found["quotient_scan_null_99"].item() < 8.0
    assert quotient_ring_scan(embedding(96, [7], noise=0.1))["quotient_scan_excess"].item() > 10.0


def test_quotient_centroids_are_the_plain_means_of_every_mth_class():
    centroids = noise_cloud(12, 3)
    expected = torch.stack([centroids[c::4].mean(0) for c in range(4)])
    torch.testing.assert_close(quotient_centroids(centroids, 4), expected)
    assert torch.equal(quotient_centroids(centroids, 12), centroids)
    ring = adjacency_score(quotient_centroids(embedding(96, [8]), 12), stride=1)
    assert ring.item() == 1.0


@pytest.mark.parametrize(("stride", "chance"), [(1, 2 / 7), (4, 1 / 7)])
def test_inside_cosets_of_eight_the_opposite_place_has_half_the_chance_of_the_others(stride, chance):
    centroids = torch.stack([noise_cloud(96, 16, seed) for seed in range(60)])
    found = coset_adjacency_score(centroids, 12, stride=stride)
    assert found.mean().item() == pytest.approx(chance, abs=0.03)


def test_inner_stride_four_of_twelve_cosets_is_made_by_even_frequencies_alone():
    """The published inner structure is the quotient Z_48: k and k + 48 coincide."""
    even = embedding(96, [2, 10, 34], noise=0.01)
    assert coset_adjacency_score(even, 12, stride=4).item() == 1.0
    assert coset_adjacency_score(embedding(96, [3, 11, 35], noise=0.01), 12, stride=4).item() < 0.2


def test_inside_scores_are_the_mean_over_cosets_of_the_plain_score():
    centroids = noise_cloud(30, 4)
    expected = np.mean([adjacency_score(centroids[c::3], 4, 1).item() for c in range(3)])
    assert coset_adjacency_score(centroids, 3, stride=4).item() == pytest.approx(expected)
    assert coset_adjacency_score(centroids, 3, stride=6).item() == pytest.approx(expected)


def test_centroids_that_all_coincide_are_nan_in_every_key():
    found = quotient_ring_scan(torch.full((12, 3), 0.1))
    assert all(value.isnan().all() for value in found.values())
    assert coset_adjacency_score(torch.full((12, 3), 0.1), 2).isnan()


def test_arguments_that_do_not_fit_the_order_are_refused():
    centroids = noise_cloud(12, 3)
    with pytest.raises(InputError, match="quotient: got 5; a divisor of the group's order 12 is needed"):
        quotient_centroids(centroids, 5)
    with pytest.raises(InputError, match="stride: got 6; at most 5"):
        coset_adjacency_score(centroids, 2, stride=6)
    with pytest.raises(InputError, match=r"neighbours: got 1; .* of 2 classes"):
        coset_adjacency_score(centroids, 6)
    with pytest.raises(InputError, match="inside_neighbours: got 0"):
        quotient_ring_scan(centroids, inside_neighbours=0)
    with pytest.raises(ShapeError, match="got 4 classes; at least 5 are needed"):
        quotient_ring_scan(noise_cloud(4, 3))


def test_structures_too_small_for_their_neighbours_are_left_out():
    found = quotient_ring_scan(noise_cloud(24, 3), neighbours=5, inside_neighbours=6, draws=5)
    assert found["quotient_ring_divisor"].tolist() == [8.0, 12.0, 24.0]
    assert found["coset_ring_divisor"].tolist() == [2.0, 3.0]
    assert math.isfinite(found["quotient_scan_excess"].item())
