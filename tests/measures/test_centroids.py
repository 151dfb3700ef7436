import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import r2_score
from sklearn.neighbors import NearestCentroid

from latebloom.errors import InputError, ShapeError
from latebloom.measures import class_centroids, class_variances, factorisation
from tests.measures.embeddings import noise_cloud, uneven_labels


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 9), st.integers(1, 6), st.sampled_from([0.0, 1000.0]), st.integers(0, 10**6))
def test_centroids_are_those_of_scikit_learn(order, features, offset, seed):
    labels = uneven_labels(order, 6 * order, seed)
    points = noise_cloud(6 * order, features, seed) + offset
    expected = NearestCentroid().fit(points.numpy(), labels.numpy()).centroids_
    np.testing.assert_allclose(class_centroids(points, labels, order), expected, rtol=1e-12, atol=1e-12)


def test_a_class_whose_points_coincide_has_their_place():
    places = noise_cloud(7, 5)
    labels = torch.arange(49) % 7
    torch.testing.assert_close(class_centroids(places[labels], labels, 7), places, rtol=1e-15, atol=1e-15)
    assert class_variances(places[labels], labels)["within_class_variance"].item() < 1e-30
    assert factorisation(places[labels], labels).item() == 1.0


def test_each_lane_has_its_own_labels_or_shares_them():
    points = torch.stack([noise_cloud(20, 3, seed) for seed in range(2)])
    labels = torch.stack([uneven_labels(4, 20, seed) for seed in range(2)])
    own = class_centroids(points, labels, 4)
    assert torch.equal(own[1], class_centroids(points[1], labels[1], 4))
    shared = class_centroids(points, labels[0], 4)
    assert torch.equal(shared, class_centroids(points, labels[:1], 4))
    assert torch.equal(shared[0], own[0])


def test_the_variance_splits_into_what_numpy_says_lies_within_and_between():
    points, labels = noise_cloud(60, 4) + 50.0, uneven_labels(5, 60)
    found = class_variances(points, labels)
    exact, means = points.numpy(), np.zeros((60, 4))
    for one in range(5):
        means[labels == one] = exact[labels == one].mean(0)
    within = ((exact - means) ** 2).sum() / 60
    assert found["within_class_variance"].item() == pytest.approx(within, rel=1e-12)
    assert found["total_variance"].item() == pytest.approx(exact.var(0).sum(), rel=1e-12)
    assert found["between_class_variance"].item() == pytest.approx(exact.var(0).sum() - within, rel=1e-10)
    expected = r2_score(exact, means, multioutput="variance_weighted")
    assert factorisation(points, labels).item() == pytest.approx(expected, rel=1e-10)


def test_meaningless_labels_factorise_as_much_as_their_number_makes_them():
    points = noise_cloud(200, 8).expand(300, 200, 8)
    labels = torch.stack(
        [(torch.arange(200) % 21)[noise_cloud(200, 1, seed).argsort(0)[:, 0]] for seed in range(300)]
    )
    assert factorisation(points, labels).mean().item() == pytest.approx(20 / 199, rel=0.02)


def test_labels_of_their_own_for_every_sample_or_one_for_all_are_the_two_ends():
    points = noise_cloud(12, 3)
    assert factorisation(points, torch.arange(12)).item() == 1.0
    assert factorisation(points, torch.zeros(12, dtype=torch.long)).item() == pytest.approx(0.0, abs=1e-12)


def test_any_integers_name_the_labels_of_a_factorisation():
    points, labels = noise_cloud(30, 3), uneven_labels(4, 30)
    assert torch.equal(factorisation(points, labels), factorisation(points, labels * 1000 - 7))


def test_a_faint_factorisation_far_from_the_origin_is_seen_in_float32():
    labels = torch.arange(40) % 4
    points = (labels.double()[:, None] * 2.0**-8 + 1000.0).float()
    assert factorisation(points, labels).item() == 1.0


@pytest.mark.parametrize("samples", [7, 12, 41, 300])
def test_points_that_all_coincide_have_no_factorisation(samples):
    points, labels = torch.full((samples, 3), 0.1, dtype=torch.float64), torch.arange(samples) % 4
    assert factorisation(points, labels).isnan()
    assert class_variances(points, labels)["total_variance"].item() == 0.0


def test_a_class_that_no_sample_has_is_refused_with_their_number():
    with pytest.raises(ShapeError, match="labels: got no sample of 2 of the 5 classes"):
        class_centroids(noise_cloud(6, 2), torch.tensor([0, 1, 2, 0, 1, 2]), 5)


def test_an_order_below_the_labels_does_not_fit():
    with pytest.raises(ShapeError, match="the group's order is 3"):
        class_centroids(noise_cloud(4, 2), torch.arange(4), 3)


@pytest.mark.parametrize("order", [1, 0, 2.0, None])
@pytest.mark.usefixtures("unhooked")
def test_an_order_that_is_none_is_refused(order):
    with pytest.raises(InputError, match=r"order: got .* needed"):
        class_centroids(noise_cloud(4, 2), torch.arange(4), order)
