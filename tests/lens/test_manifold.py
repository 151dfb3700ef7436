from itertools import pairwise

import numpy as np
import pytest

from latebloom.errors import InputError, NotApplicableError, UnknownNameError
from latebloom.lens.manifold import manifold
from latebloom.lens.projecting import principal_axes
from latebloom.lens.requests import ManifoldRequest
from latebloom.store import curve, load_snapshot, read_run
from tests.lens.labs import STEPS, answer, scene_of


def seen(where, **asked):
    lab, run = where
    return answer(manifold(scene_of(lab, run), ManifoldRequest(run, **asked)))[1]


def coordinates(view):
    """Part the data into coordinates (step, point, 3) and centroids (step, element, 3)."""
    steps, points, elements = len(view["steps"]), view["points"], len(view["centroids"]["elements"])
    cut = steps * points * 3
    return (
        view["data"][:cut].reshape(steps, points, 3),
        view["data"][cut:].reshape(steps, elements, 3),
    )


def test_points_on_a_circle_stand_on_a_circle_of_the_same_radius(circles):
    view = seen(circles)
    points, _ = coordinates(view)
    assert view["steps"] == list(STEPS)
    assert np.allclose(np.linalg.norm(points, axis=-1), 2, atol=2e-3)
    assert np.allclose(view["explained"], 1)
    assert view["comparable"]
    low, high = np.array(view["extent"]).reshape(3, 2).T
    assert (low <= points.min((0, 1)) + 1e-6).all()
    assert (high >= points.max((0, 1)) - 1e-6).all()


def test_a_fourier_plane_shows_each_element_at_its_angle(circles):
    view = seen(circles, projection="fourier", k=5, second=2)
    points, centroids = coordinates(view)
    angle = 2 * np.pi * 5 * np.array(view["element"]) / 12
    assert np.allclose(points[-1, :, 0], 2 * np.cos(angle), atol=2e-3)
    assert np.allclose(points[-1, :, 1], 2 * np.sin(angle), atol=2e-3)
    assert np.allclose(centroids[-1, :, 0], 2 * np.cos(2 * np.pi * 5 * np.arange(12) / 12), atol=2e-3)
    assert view["axes"][0] == "cosine of frequency 5"


def test_the_strongest_frequency_is_chosen_where_none_is_asked_for(circles):
    assert seen(circles, projection="fourier")["axes"][:2] == ["cosine of frequency 5", "sine of frequency 5"]
    assert seen(circles, projection="fourier", basis="each")["comparable"] is False


def test_centroids_are_the_means_of_their_points(addition):
    view = seen(addition, inputs="all")
    points, centroids = coordinates(view)
    element = np.array(view["element"])
    for place, one in enumerate(view["centroids"]["elements"]):
        assert np.allclose(points[:, element == one].mean(1), centroids[:, place], atol=1e-4)


def test_distances_of_the_last_snapshot_are_those_of_its_principal_components(addition):
    lab, run = addition
    stored = load_snapshot(lab, read_run(lab, run), 60)["activations.final"].astype(float)
    left, size, _ = np.linalg.svd(stored - stored.mean(0), full_matrices=False)
    points, _ = coordinates(view := seen(addition, basis="last"))
    assert np.allclose(np.abs(points[-1]), np.abs(left[:, :3] * size[:3]), atol=1e-3)
    assert view["explained"][-1] == pytest.approx((size[:3] ** 2).sum() / (size**2).sum(), rel=1e-4)


def test_axes_of_all_snapshots_are_those_of_their_clouds_once_each_was_made_equally_large(addition):
    lab, run = addition
    stored = read_run(lab, run)
    clouds = [load_snapshot(lab, stored, step)["activations.final"].astype(float) for step in (0, 30, 60)]
    centred = [cloud - cloud.mean(0) for cloud in clouds]
    pooled = np.concatenate([cloud / np.linalg.norm(cloud) for cloud in centred])
    axes = np.linalg.svd(pooled, full_matrices=False)[2][:3]
    view = seen(addition)
    points, _ = coordinates(view)
    assert view["comparable"]
    for frame, cloud, share in zip(points, centred, view["explained"], strict=True):
        assert np.allclose(np.abs(frame), np.abs(cloud @ axes.T), atol=1e-3)
        assert share == pytest.approx(((cloud @ axes.T) ** 2).sum() / (cloud**2).sum(), rel=1e-4)


def test_a_cloud_that_is_not_finite_or_has_no_size_has_no_say_in_the_axes():
    cloud = np.random.default_rng(0).normal(size=(30, 4)) * [1.0, 5.0, 2.0, 9.0]
    others = [np.full((30, 4), np.nan), np.ones((30, 4)), np.full((30, 4), np.inf)]
    assert np.array_equal(principal_axes([cloud, *others]), principal_axes([cloud]))


def test_recomputed_activations_are_those_that_were_stored(addition):
    lab, run = addition
    scene = scene_of(lab, run)
    examples, of = scene.examples("all", 10_000)
    assert len(examples) == of == 144
    again = scene._evaluated(30, examples, "final")[0]
    assert np.allclose(again, scene.points(30, "final", examples), atol=2e-3, rtol=2e-3)


def test_right_answers_make_up_the_recorded_accuracy(addition):
    lab, run = addition
    view = seen(addition, inputs="test", labels="correct")
    recorded = dict(zip(*curve(read_run(lab, run), "test_accuracy"), strict=True))
    for step, right in zip(view["steps"], view["correct"], strict=True):
        assert np.mean(right) == pytest.approx(recorded[step], abs=1e-6)
    assert view["colour"]["kind"] == "binary"
    assert view["colour"]["values"] == view["correct"][-1]


def test_axes_of_each_snapshot_are_turned_towards_the_next(addition):
    view = seen(addition, basis="each")
    points, _ = coordinates(view)
    assert not view["comparable"]
    for earlier, later in pairwise(points):
        rotation = np.linalg.svd(earlier.T @ later)
        best = earlier @ (rotation[0] @ rotation[2])
        assert np.allclose(best, earlier, atol=1e-3)


def test_points_are_coloured_by_label_place_and_coset(attending):
    view = seen(attending)
    assert [one["value"] for one in view["colourings"]] == [
        "label",
        "logarithm",
        "coset:2",
        "coset:5",
        "correct",
    ]
    assert view["order"] == 10
    label, place = np.array(view["label"]), np.array(view["element"])
    generator = {1: 0, 2: 1, 4: 2, 8: 3, 5: 4, 10: 5, 9: 6, 7: 7, 3: 8, 6: 9}  # powers of 2 mod 11
    assert [generator[one] for one in label.tolist()] == place.tolist()
    cosets = seen(attending, labels="coset:5")["colour"]
    assert cosets == {"kind": "cyclic", "order": 5, "values": (place % 5).tolist(), "name": "place mod 5"}


def test_what_a_task_does_not_have_is_said(composite, permuting, circles, tmp_path):
    with pytest.raises(NotApplicableError, match="no cyclic group"):
        seen(composite, projection="fourier")
    with pytest.raises(NotApplicableError, match="no group"):
        seen(composite, labels="logarithm")
    with pytest.raises(NotApplicableError, match="no quotients"):
        seen(permuting, labels="coset:3")
    with pytest.raises(UnknownNameError, match="colouring"):
        seen(circles, labels="coset:7")
    with pytest.raises(UnknownNameError, match="site"):
        seen(circles, site="middle")
    with pytest.raises(InputError, match="1 to 6"):
        seen(circles, projection="fourier", k=7)
    with pytest.raises(InputError, match="two different"):
        seen(circles, projection="fourier", k=2, second=2)


def test_without_a_group_points_are_gathered_by_their_label(composite):
    view = seen(composite)
    assert view["order"] is None
    assert view["element"] == view["label"]
    assert view["frequencies"] == []


def test_a_run_without_snapshots_says_how_to_get_some(ten_runs_without):
    lab, run = ten_runs_without
    with pytest.raises(NotApplicableError, match="no snapshot") as refused:
        scene_of(lab, run)
    assert refused.value.command == "latebloom run demo --set snapshots.every=500"


@pytest.fixture
def ten_runs_without(tmp_path):
    from tests.views.labs import make, spec_of, write

    lab = make(tmp_path / "lab")
    return lab, write(lab, spec_of(0), [(0, 0.1, 0.1)], preset="demo")


def test_a_snapshot_that_is_not_finite_has_no_place(circles, tmp_path):
    from tests.lens.labs import circling

    lab, run = circling(tmp_path / "lab", frequencies=(5, 1, np.nan))
    view = seen((lab, run))
    points, _ = coordinates(view)
    assert np.isnan(points[-1]).all()
    assert view["explained"][-1] is None
    assert np.allclose(np.linalg.norm(points[0], axis=-1), 2, atol=2e-3)


def test_umap_planes_are_kept_with_their_snapshots(circles, tmp_path):
    pytest.importorskip("umap")
    from latebloom.lens.frames import Frames
    from tests.lens.labs import circling

    lab, run = circling(tmp_path / "lab")
    first, view = answer(manifold(scene_of(lab, run, Frames(lab)), ManifoldRequest(run, projection="umap")))
    again = answer(manifold(scene_of(lab, run, Frames(lab)), ManifoldRequest(run, projection="umap")))[1]
    assert first == [pytest.approx(share / 3) for share in (1, 2, 3)]
    assert (view["data"] == again["data"]).all()
    assert len(list(lab.path.glob("views/lens/*/*.frame"))) == 3
    assert not view["comparable"]
