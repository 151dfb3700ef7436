import doctest

import numpy as np
import pytest
import torch

from latebloom.lens import loops
from latebloom.lens.loops import loop_points
from latebloom.lens.requests import StructureRequest
from latebloom.lens.structure import structure
from latebloom.measures import quotient_ring_scan, quotient_variance, ring_scan
from latebloom.measures.rips import barcode
from latebloom.running.measuring import measure_snapshots
from latebloom.store import curve, read_run
from tests.lens.labs import answer, scene_of


def seen(where, **asked):
    lab, run = where
    return answer(structure(scene_of(lab, run), StructureRequest(run, **asked)))[1]


def centroids(where, step):
    lab, run = where
    return scene_of(lab, run).frame(step, "final").centroids[0]


def test_rings_and_quotients_are_those_of_the_measures(addition):
    view = seen(addition)
    lab, run = addition
    for place, step in enumerate(view["steps"]):
        found = ring_scan(centroids(addition, step))
        assert view["ring"][place] == pytest.approx(found["ring_scores"].tolist())
        assert view["ring_null"][place] == pytest.approx(found["ring_null_95"].item())
        assert view["ring_p"][place] == pytest.approx(found["ring_p_value"].item())
        assert view["best"][place] == found["ring_best_stride"].item()
        points, places = scene_of(lab, run).frame(step, "final").placed
        shares = quotient_variance(points, places, 12)
        assert view["variance"][place] == pytest.approx(shares["quotient_variance"][0].tolist())
        assert view["variance_null"][place] == pytest.approx(shares["quotient_variance_null_95"][0].tolist())
    assert view["quotients"] == [1, 2, 3, 4, 6, 12]
    assert view["strides"] == [1, 2, 3, 4, 5, 6]


def test_rings_of_quotients_belong_to_the_step_that_is_asked_for(addition):
    found = quotient_ring_scan(centroids(addition, 30))
    view = seen(addition, step=44, part="step")
    assert view["step"] == 30
    assert view.keys() == {"run", "step", "quotient_ring", "persistence"}
    assert [one["m"] for one in view["quotient_ring"]] == [6, 12]
    assert [one["score"] for one in view["quotient_ring"]] == pytest.approx(
        found["quotient_ring_score"].tolist()
    )
    assert [one["p"] for one in view["quotient_ring"]] == pytest.approx(
        found["quotient_ring_p_value"].tolist()
    )


def test_the_view_agrees_with_what_looks_record(addition):
    lab, run = addition
    measure_snapshots(lab, [run], ["ring_scan@final/all"])
    stored, view = read_run(lab, run), seen(addition)
    assert curve(stored, "ring_best_stride@final/all")[1].tolist() == view["best"]
    assert [max(row) for row in view["ring"]] == pytest.approx(
        curve(stored, "ring_best_score@final/all")[1].tolist()
    )


def test_bars_are_those_of_the_centroids_and_loops_say_their_points(addition):
    bars = barcode(centroids(addition, 60))
    found = seen(addition)["persistence"]
    assert found["of"] == "centroids"
    assert found["elements"] == list(range(12))
    assert found["h0"][0] == (0.0, None)
    assert [death for _, death in found["h0"][1:]] == pytest.approx(bars.gaps().tolist())
    assert [list(bar) for bar in found["h1"]] == [pytest.approx(bar) for bar in bars.loops.tolist()]
    assert len(found["h1_points"]) == len(found["h1"])
    assert all(len(set(loop)) == len(loop) >= 4 for loop in found["h1_points"])


def test_a_loop_of_a_circle_runs_through_all_of_its_points_once():
    angle = 2 * np.pi * np.arange(20) / 20
    circle = torch.from_numpy(np.stack([np.cos(angle), np.sin(angle)], axis=1))
    apart = torch.cdist(circle, circle).numpy()
    (loop,) = loop_points(apart, barcode(circle).loops[:, 0].numpy())
    assert sorted(loop) == list(range(20))
    around = [(later - earlier) % 20 for earlier, later in zip(loop, [*loop[1:], loop[0]], strict=True)]
    assert set(around) in ({1}, {19})


def test_two_circles_have_a_loop_each():
    angle = 2 * np.pi * np.arange(16) / 16
    one = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    both = torch.from_numpy(np.concatenate([one, 2 * one + [40.0, 0.0]]))
    found = loop_points(torch.cdist(both, both).numpy(), barcode(both).loops[:, 0].numpy())
    assert [sorted(loop) for loop in found] == [list(range(16, 32)), list(range(16))]


def test_attention_is_told_by_block_and_head(attending):
    view = seen(attending)
    assert [(one["block"], one["head"]) for one in view["attention"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert all(0 <= value <= 1 for one in view["attention"] for value in one["entropy"])
    assert seen(attending)["order"] == 10


def test_without_a_ring_the_reason_is_said_and_the_bars_remain(composite, permuting):
    view = seen(composite)
    assert view["order"] == 0
    assert view["ring"] == view["variance"] == view["quotient_ring"] == []
    assert "no cyclic group" in view["reason"]
    assert view["persistence"]["elements"] == list(range(8))
    assert len(view["betti"][0]["b0"]) == len(view["steps"])
    assert seen(permuting)["order"] == 0


def test_stages_span_all_of_the_run(addition):
    spans = seen(addition)["stages"]
    assert (spans[0]["from"], spans[-1]["to"]) == (0, 60)


def test_the_example_of_a_square_runs():
    assert doctest.testmod(loops).failed == 0
