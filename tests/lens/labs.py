"""Labs for the lens: tiny real trainings, and a run whose snapshots hold an exact cosine embedding."""

from __future__ import annotations

import numpy as np

from latebloom.lens.frames import Frames
from latebloom.lens.scene import Activations, Scene
from latebloom.running.training import train_job
from latebloom.spec import from_plain
from tests.running.labs import PLAIN, planned
from tests.views.labs import make, write

STEPS = (0, 100, 200)


def answer(job):
    """Carry a request of the lens out to its end; return what it yielded and what it answers."""
    shares = []
    while True:
        try:
            shares.append(next(job))
        except StopIteration as ended:
            return shares, ended.value


def scene_of(lab, run, frames=None):
    """Look at a run of a lab."""
    return Scene(lab, run, frames or Frames(lab), Activations())


def trained(path, **changes):
    """Train a tiny run for real; give its lab and its id."""
    wanted = [from_plain({**PLAIN, **changes, "seed": 0})]
    lab, (job,) = planned(path, wanted)
    assert train_job(job, lambda _: None, lambda: False)
    return lab, wanted[0].id


def circling(path, order=12, frequencies=(5, 1, 5)):
    """Store a run of addition whose points go round circles: at each snapshot at one frequency, with radius 2.

    All inputs are probes, and a point is where the label of its pair stands on the circle.
    """
    lab = make(path)
    spec = from_plain({**PLAIN, "task": {"name": "addition", "modulus": order}})
    label = spec.task.table().labels
    arrays = {}
    for step, frequency in zip(STEPS, frequencies, strict=True):
        angle = 2 * np.pi * frequency * label / order
        circle = np.stack([0 * angle + 3, 2 * np.cos(angle), 2 * np.sin(angle), 0 * angle], axis=1)
        arrays[step] = {"activations.final": circle.astype(np.float16)}
    run = write(lab, spec.plain, [(step, 1.0, 0.5) for step in STEPS], snapshots=arrays)
    return lab, run
