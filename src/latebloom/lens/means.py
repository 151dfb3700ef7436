"""What spectrum, rings, quotients and bars of one snapshot share: the means of its classes, from one pass of the model.

Of a table of 97 x 97 the pass takes 180 of the 220 ms in which a spectrum is computed, so what it gives is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latebloom.lens.frames import Arrays
from latebloom.lens.scene import Scene
from latebloom.looks.frame import Frame
from latebloom.looks.subject import Subject
from latebloom.measures import class_centroids, quotient_variance
from latebloom.measures.cyclic import FEWEST

QUOTIENTS = ("quotient_variance", "quotient_variance_null_95")


@dataclass(frozen=True, eq=False)
class Means:
    """The means at one site of one snapshot.

    Attributes:
        cloud: those of the group's elements in their order, or, without a group, of the classes that occur. Shape
            (mean, feature).
        elements: which elements or classes they are. Shape (mean,).
        quotients: `quotient_variance` of all points and its null, on a cyclic group of enough elements; else empty.
    """

    cloud: Tensor
    elements: NDArray[np.int64]
    quotients: Arrays


def is_ringed(subject: Subject) -> bool:
    """Whether there is a cyclic group of enough elements for rings."""
    return subject.cyclic and subject.order >= FEWEST


def means(scene: Scene, step: int, site: str) -> Means:
    """Give the means at a snapshot, kept or computed."""
    sha256, what = scene.refs[step].sha256, {"kind": "means", "site": site}
    kept = scene.frames.get(scene.run, sha256, **what)
    if kept is None:
        kept = _computed(scene.frame(step, site))
        scene.frames.put(scene.run, kept, sha256, **what)
    quotients = {name: kept[name] for name in QUOTIENTS if name in kept}
    return Means(torch.from_numpy(kept["cloud"]), kept["elements"], quotients)


def _computed(frame: Frame) -> dict[str, NDArray[Any]]:
    cloud, elements = _cloud_of(frame)
    found: dict[str, NDArray[Any]] = {"cloud": cloud.contiguous().numpy(), "elements": elements}
    if is_ringed(frame.subject):
        of_table = frame.site.startswith("parameter.")
        points, places = (frame.centroids, torch.arange(len(cloud))) if of_table else frame.placed
        shares = quotient_variance(points, places, frame.subject.order)
        found |= {name: shares[name].numpy().reshape(-1) for name in QUOTIENTS}
    return found


def _cloud_of(frame: Frame) -> tuple[Tensor, NDArray[np.int64]]:
    if frame.subject.order:
        return frame.centroids[0], np.arange(frame.subject.order)
    classes, own = frame.labels[0].unique(return_inverse=True)
    return class_centroids(frame.points[0], own, len(classes)), classes.numpy()
