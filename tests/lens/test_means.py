"""The model is run once for each snapshot, whatever of its means is looked at, and however often."""

import numpy as np
import pytest
import torch

from latebloom.lens.frames import Frames
from latebloom.lens.means import means
from latebloom.lens.requests import SpectrumRequest, StructureRequest
from latebloom.lens.scene import Scene
from latebloom.lens.spectrum import spectrum
from latebloom.lens.structure import structure
from tests.lens.labs import answer, scene_of


@pytest.fixture
def run_once(monkeypatch):
    """Count the passes of the model by step and site."""
    passes, whole = [], Scene.frame
    monkeypatch.setattr(Scene, "frame", lambda scene, *asked: passes.append(asked) or whole(scene, *asked))
    return passes


def test_spectrum_structure_and_bars_share_one_pass_of_each_snapshot(
    addition, run_once, tmp_path, monkeypatch
):
    lab, run = addition
    monkeypatch.setattr("latebloom.lens.frames.FOLDER", ("views", f"lens-{tmp_path.name}"))
    frames = Frames(lab)
    for job, request in (
        (spectrum, SpectrumRequest(run)),
        (structure, StructureRequest(run)),
        (structure, StructureRequest(run, part="step", step=0)),
    ):
        answer(job(scene_of(lab, run, frames), request))
    at_final = [step for step, site in run_once if site == "final"]
    assert sorted(at_final) == scene_of(lab, run).steps


@pytest.mark.parametrize("where", ["addition", "composite", "permuting"])
def test_means_are_those_of_the_elements_or_of_the_classes_that_occur(where, request):
    lab, run = request.getfixturevalue(where)
    scene = scene_of(lab, run)
    step = scene.steps[-1]
    frame, found = scene.frame(step, "final"), means(scene, step, "final")
    labels = frame.placed[1][0] if scene.subject.order else frame.labels[0]
    points = frame.placed[0][0] if scene.subject.order else frame.points[0]
    assert found.elements.tolist() == sorted(set(labels.tolist()))
    for element, mean in zip(found.elements.tolist(), found.cloud, strict=True):
        assert mean.numpy() == pytest.approx(points[labels == element].mean(0).numpy(), abs=1e-5)
    assert bool(found.quotients) == scene.subject.cyclic
    again = means(scene_of(lab, run), step, "final")
    assert torch.equal(again.cloud, found.cloud)
    assert np.array_equal(again.elements, found.elements)
