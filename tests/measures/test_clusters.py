import sys
import types
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from latebloom.errors import MissingExtraError, ShapeError
from latebloom.measures import coset_purity
from latebloom.measures.clusters import check_plane, cosine_neighbours, umap_plane
from tests.measures.embeddings import embedding, noise_cloud

LABELS = torch.arange(24).repeat(3)
POINTS = embedding(24, [8])[LABELS] + 0.01 * noise_cloud(72)


def test_without_umap_learn_the_plane_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingExtraError, match=r"UMAP plane needs the package 'umap-learn'.*\[umap\]"):
        coset_purity(POINTS, LABELS, 24, 3, space="umap")


@pytest.mark.skipif(find_spec("umap") is None, reason="the extra umap is not installed")
@pytest.mark.parametrize("copies", [3, 8])
def test_the_real_plane_keeps_cosets_together_and_a_null_apart(copies):
    labels = torch.arange(24).repeat(copies)
    points = embedding(24, [8])[labels] + 0.05 * noise_cloud(24 * copies)
    found = coset_purity(points, labels, 24, 3, space="umap")
    assert found["coset_purity"].item() == 1.0
    assert found["coset_purity_p_value"].item() < 0.01
    again = coset_purity(points, labels, 24, 3, space="umap")
    assert all(torch.equal(found[name], again[name]) for name in found)
    mixed = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))]
    chance = coset_purity(points, mixed, 24, 3, space="umap")
    assert chance["coset_purity"].item() < 0.7
    assert chance["coset_purity_p_value"].item() > 0.01


@pytest.mark.skipif(find_spec("umap") is None, reason="the extra umap is not installed")
def test_the_real_plane_lies_as_near_as_the_points_do():
    points = embedding(24, [8])[LABELS] + 0.05 * noise_cloud(72)
    plane = umap_plane(points)
    assert plane.shape == (72, 2)
    clumps = LABELS % 3
    centres = torch.stack([plane[clumps == clump].mean(0) for clump in range(3)])
    spread = max((plane[clumps == clump] - centres[clump]).norm(dim=1).max() for clump in range(3))
    assert torch.cdist(centres, centres)[~torch.eye(3, dtype=torch.bool)].min() > spread


def test_whether_a_plane_can_be_had_is_known_without_loading_it(monkeypatch):
    with pytest.raises(ShapeError, match="got 15 samples"):
        check_plane(15)
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingExtraError, match=r"umap-learn.*\[umap\]"):
        check_plane(16)


def test_fewer_samples_than_the_plane_has_neighbours_are_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ShapeError, match="points: got 15 samples; at least 16 are needed for UMAP"):
        coset_purity(noise_cloud(15), torch.arange(15) % 3, 3, 3, space="umap")


def test_umap_is_asked_for_the_published_plane_with_our_neighbours_and_start(monkeypatch):
    asked = {}

    class Plane:
        def __init__(self, **settings):
            asked.update(settings)

        def fit_transform(self, points):
            asked["points"] = points
            return asked["init"].astype(np.float32)

    monkeypatch.setitem(sys.modules, "umap", types.SimpleNamespace(UMAP=Plane))
    found = coset_purity(POINTS, LABELS, 24, 3, space="umap")
    assert found["coset_purity"].item() == 1.0  # its principal plane holds the three clumps
    published = {"n_neighbors": 15, "min_dist": 0.1, "metric": "cosine", "random_state": 42}
    assert {key: asked[key] for key in published} == published
    np.testing.assert_array_equal(asked["points"], POINTS.numpy())
    assert np.abs(asked["init"]).max() == pytest.approx(10.0)
    places, distances = asked["precomputed_knn"]
    assert places.shape == distances.shape == (72, 15)


@pytest.mark.parametrize("samples", [40, 1500])
def test_cosine_neighbours_are_those_of_scikit_learn_and_each_point_is_its_own_first(samples):
    points = noise_cloud(samples, 6) + 0.5
    places, distances = cosine_neighbours(points, 15)
    search = NearestNeighbors(n_neighbors=15, metric="cosine", algorithm="brute").fit(points.numpy())
    expected, _ = search.kneighbors(points.numpy())
    np.testing.assert_allclose(distances, expected, atol=1e-12)
    assert torch.equal(places[:, 0], torch.arange(samples))
    assert (distances[:, 0] == 0.0).all()


def test_duplicates_and_the_origin_stand_where_they_should():
    points = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 0.0], [0.0, 3.0], [1.0, 0.1]]).double()
    places, distances = cosine_neighbours(points, 3)
    assert places[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert set(places[0, 1:].tolist()) == {1, 4}
    assert distances[2].tolist() == [0.0, 1.0, 1.0]
