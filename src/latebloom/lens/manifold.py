"""The representation as points in space, snapshot by snapshot."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from latebloom.errors import InputError, NotApplicableError
from latebloom.lens.colours import RIGHT, colour_of, colourings
from latebloom.lens.projecting import (
    AXES,
    Coordinates,
    Directions,
    fourier_axes,
    means_of,
    principal_axes,
    projected,
    turned_to,
    umap_coordinates,
)
from latebloom.lens.requests import ManifoldRequest
from latebloom.lens.scene import Scene
from latebloom.lens.shapes import Centroids, ManifoldView
from latebloom.measures import group_spectrum
from latebloom.measures.clusters import check_plane
from latebloom.measures.cyclic import class_sums
from latebloom.statistics import finite_list

MOST_POINTS = 10_000
MOST_NUMBERS = 3_000_000  # points of all snapshots together
UMAP_POINTS = 1000  # a plane of these takes 2 s, of all probes 5

Progress = Generator[float, None, Any]


@dataclass(frozen=True, eq=False)
class Asked:
    """What is shown: which examples, and the element of the group, or class, of each; -1 for none."""

    scene: Scene
    request: ManifoldRequest
    examples: NDArray[np.int64]
    of: int
    classes: NDArray[np.int64]

    @property
    def elements(self) -> NDArray[np.int64]:
        """The elements, or classes, that occur, rising."""
        return np.unique(self.classes[self.classes >= 0])

    def points(self, step: int) -> NDArray[np.float32]:
        """Give the activations at a snapshot, (example, feature)."""
        return self.scene.points(step, self.request.site, self.examples)


def manifold(scene: Scene, request: ManifoldRequest) -> Generator[float, None, ManifoldView]:
    """Show a run's representation; yields the share that is done.

    Raises:
        NotApplicableError: a Fourier projection without a cyclic group, or a colour that needs a group.
        MissingExtraError: UMAP is not installed.
        UnknownNameError, InputError: a site, a colour or a frequency that there is not.
    """
    asked = asked_of(scene, request)
    wrong = request.labels == RIGHT
    colour_of(
        scene, request.labels, asked.examples, np.zeros_like(asked.examples)
    )  # refused before anything is done
    frames: dict[int, Coordinates] = {}
    shares: dict[int, float] = {}
    right: dict[int, NDArray[np.int64]] = {}
    projector = Projector(asked)
    for place, step in enumerate(reversed(scene.steps)):
        frames[step], shares[step] = projector.frame(step)
        if wrong:
            right[step] = scene.right(step, asked.examples)
        yield (place + 1) / len(scene.steps)
    coordinates = np.stack([frames[step] for step in scene.steps])
    last = right.get(scene.steps[-1])
    return ManifoldView(
        run=scene.run,
        site=request.site,
        sites=scene.sites,
        steps=scene.steps,
        points=len(asked.examples),
        dims=AXES,
        projection=request.projection,
        comparable=projector.fixed,
        explained=finite_list(np.array([shares[step] for step in scene.steps])),
        axes=projector.names,
        of=asked.of,
        shown=len(asked.examples),
        pairs=scene.table.tokens[asked.examples].tolist(),
        label=scene.table.labels[asked.examples].tolist(),
        classes=scene.table.classes,
        colour=colour_of(scene, request.labels, asked.examples, last),
        colourings=colourings(scene.subject),
        correct=[right[step].tolist() for step in scene.steps] if wrong else None,
        centroids=Centroids(elements=asked.elements.tolist()),
        order=scene.subject.order or None,
        element=[int(one) if one >= 0 else None for one in asked.classes],
        frequencies=list(range(1, scene.subject.order // 2 + 1)) if scene.subject.cyclic else [],
        extent=_extent(coordinates),
        data=_data(coordinates, asked),
    )


def asked_of(scene: Scene, request: ManifoldRequest) -> Asked:
    """Choose the examples.

    Raises:
        UnknownNameError: no such site.
    """
    scene.check_site(request.site, scene.sites)
    most = min(MOST_POINTS, MOST_NUMBERS // len(scene.steps))
    if request.projection == "umap":
        most = UMAP_POINTS
    examples, of = scene.examples(request.inputs, most)
    labels = scene.table.labels[examples]
    classes = scene.subject.places[labels] if scene.subject.order else labels
    return Asked(scene, request, examples, of, classes)


class Projector:
    """Gives the coordinates of one snapshot after the other, the last first.

    Attributes:
        fixed: whether all have the same axes. names: of the three axes.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked, request = asked, asked.request
        self._later: Coordinates | None = None
        self._axes: Directions | None = None
        self.fixed = request.projection != "umap" and request.basis != "each"
        self.names = [f"principal axis {axis + 1}" for axis in range(AXES)]
        if request.projection == "umap":
            check_plane(len(asked.examples))
            self.names = ["UMAP 1", "UMAP 2", ""]
        if request.projection == "fourier":
            self._frequencies = _frequencies(asked, self._basis_points())
            k, second = self._frequencies
            self.names = [
                f"cosine of frequency {k}",
                f"sine of frequency {k}",
                f"cosine of frequency {second}",
            ]
        if self.fixed and request.projection == "pca" and request.basis == "steps":
            self._axes = principal_axes(asked.points(step) for step in reversed(asked.scene.steps))
        elif self.fixed:
            self._axes = self._found_axes(self._basis_points())

    def frame(self, step: int) -> tuple[Coordinates, float]:
        """Give coordinates, (point, 3), and the share of variance that they show."""
        request = self.asked.request
        if request.projection == "umap":
            return self._turned(self._umap(step)), np.nan
        points = self.asked.points(step)
        if self._axes is not None:
            return projected(points, self._axes)
        if not np.isfinite(points).all():
            return projected(points, np.zeros((points.shape[1], AXES)))
        found, share = projected(points, self._found_axes(points))
        # The axes of a Fourier plane have a phase of their own; principal ones may turn and swap.
        return (found if request.projection == "fourier" else self._turned(found)), share

    def _turned(self, found: Coordinates) -> Coordinates:
        """Turn a frame towards the one after it."""
        if self._later is not None:
            found = turned_to(found, self._later)
        if np.isfinite(found).all():
            self._later = found
        return found

    def _basis_points(self) -> NDArray[np.float32]:
        """Give the points in which the axes are found: the last, or first, that are finite."""
        steps = self.asked.scene.steps
        for step in steps if self.asked.request.basis == "first" else reversed(steps):
            points = self.asked.points(step)
            if np.isfinite(points).all():
                return points
        raise NotApplicableError(f"run {self.asked.scene.run} has no snapshot whose activations are finite")

    def _found_axes(self, points: NDArray[np.float32]) -> Directions:
        if self.asked.request.projection == "pca":
            return principal_axes([points])
        means, elements = _means(self.asked, points)
        return fourier_axes(means, elements, self.asked.scene.subject.order, *self._frequencies)

    def _umap(self, step: int) -> Coordinates:
        scene, request = self.asked.scene, self.asked.request
        what = {
            "kind": "umap",
            "site": request.site,
            "inputs": request.inputs,
            "points": len(self.asked.examples),
        }
        kept = scene.frames.get(scene.run, scene.refs[step].sha256, **what)
        if kept is None:
            kept = {"plane": umap_coordinates(self.asked.points(step))}
            scene.frames.put(scene.run, kept, scene.refs[step].sha256, **what)
        return kept["plane"]


def _means(asked: Asked, points: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Average the points of each element: (element, feature), and which elements they are."""
    known = asked.classes >= 0
    elements, own = np.unique(asked.classes[known], return_inverse=True)
    values, places = torch.from_numpy(points[known]).double(), torch.from_numpy(own)
    return class_sums(values, places, len(elements)).numpy() / np.bincount(own)[:, None], elements


def _frequencies(asked: Asked, points: NDArray[np.float32]) -> tuple[int, int]:
    """Give the two frequencies of a Fourier projection: those asked for, or the strongest.

    Raises:
        NotApplicableError: there is no cyclic group with two of them. InputError: out of range, or twice the same.
    """
    subject, request = asked.scene.subject, asked.request
    if not subject.cyclic or subject.order < 4:
        raise NotApplicableError(
            f"the classes of {subject.task} here are no cyclic group, so they have no frequencies"
        )
    highest = subject.order // 2
    for name, given in (("k", request.k), ("l", request.second)):
        if not 0 <= given <= highest:
            raise InputError(
                f"{name} is {given}; frequencies of Z_{subject.order} are 1 to {highest}, 0 for the strongest"
            )
    means, elements = _means(asked, points)
    ranked = list(range(1, highest + 1))
    if len(elements) == subject.order:
        spectrum = group_spectrum(torch.from_numpy(means), draws=1)["spectrum"].nan_to_num()
        ranked = (spectrum.argsort(descending=True, stable=True) + 1).tolist()
    k = request.k or next(one for one in ranked if one != request.second)
    second = request.second or next(one for one in ranked if one != k)
    if k == second:
        raise InputError(f"k and l are both {k}; give two different frequencies")
    return k, second


def _extent(coordinates: NDArray[np.float64]) -> list[float | None]:
    """Give least and largest coordinate along each axis over all frames."""
    finite = coordinates[np.isfinite(coordinates).all((1, 2))]
    if not len(finite):
        return [-1.0, 1.0] * AXES
    return [
        float(bound) for axis in range(AXES) for bound in (finite[..., axis].min(), finite[..., axis].max())
    ]


def _data(coordinates: NDArray[np.float64], asked: Asked) -> NDArray[np.float32]:
    means = [means_of(frame, asked.classes, asked.elements.tolist()) for frame in coordinates]
    return np.concatenate([coordinates.ravel(), np.stack(means).ravel()]).astype(np.float32)
