import pytest
import torch

from latebloom.errors import InputError
from latebloom.measures import adjacency_score, class_centroids, clump_structure, quotient_centroids
from tests.measures.embeddings import embedding, noise_cloud

LABELS = torch.arange(96).repeat(4)
TWELVE = embedding(96, [8])[LABELS] + 0.001 * noise_cloud(384)


def test_a_frequency_of_gcd_eight_is_twelve_clumps_that_lie_as_a_ring():
    found = clump_structure(TWELVE, LABELS, 96, quotient=12)
    assert found["clump_count"].item() == 12.0
    assert found["clump_adjacency"].item() == 1.0


def test_a_round_cloud_of_many_samples_is_one_clump_at_a_distance_that_joins_it():
    labels = torch.arange(2000) % 8
    found = clump_structure(noise_cloud(2000, 2), labels, 8, distance=0.4)
    assert found["clump_count"].item() == 1.0


def test_stray_samples_are_no_clumps():
    points = torch.cat([torch.zeros(1000, 2) + 0.001 * noise_cloud(1000, 2), torch.full((1, 2), 50.0)])
    labels = torch.arange(1001) % 7
    assert clump_structure(points, labels, 7, distance=0.5)["clump_count"].item() == 1.0


def test_the_ring_is_that_of_the_means_of_the_classes_without_a_quotient():
    found = clump_structure(TWELVE, LABELS, 96, stride=12)
    expected = adjacency_score(class_centroids(TWELVE, LABELS, 96), stride=12)
    assert found["clump_adjacency"].item() == expected.item()


def test_two_cosets_have_no_ring_but_clumps():
    halves = torch.where((LABELS % 2 == 0)[:, None], 1.0, -1.0) + 0.001 * noise_cloud(384, 2)
    found = clump_structure(halves, LABELS, 96, quotient=2)
    assert found["clump_count"].item() == 2.0
    assert found["clump_adjacency"].isnan()


def test_points_that_coincide_have_neither():
    found = clump_structure(torch.ones(24, 3), torch.arange(24) % 6, 6)
    assert all(value.isnan() for value in found.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"distance": 0.0}, "distance: got 0.0; a number above 0 is needed"),
        ({"quotient": 7}, "quotient: got 7; a divisor of the group's order 96 is needed"),
    ],
)
def test_what_cannot_be_measured_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        clump_structure(TWELVE, LABELS, 96, **options)


@pytest.mark.parametrize("stride", [1, 5])
def test_the_adjacency_of_a_quotient_is_that_of_the_means_of_its_cosets(stride):
    centroids = embedding(96, [8, 5], noise=0.3)
    expected = adjacency_score(quotient_centroids(centroids, 12), stride=stride)
    assert adjacency_score(centroids, stride=stride, quotient=12).item() == expected.item()


@pytest.mark.parametrize(("frequency", "mean"), [(1, 1 / 48), (24, 0.5), (47, 47 / 48)])
def test_the_mean_frequency_of_one_circle_is_its_own(frequency, mean):
    from latebloom.measures import group_spectrum

    found = group_spectrum(embedding(96, [frequency]))
    assert found["spectrum_mean_frequency"].item() == pytest.approx(mean)
