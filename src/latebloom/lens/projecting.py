"""From activations to three coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh

from latebloom.measures.clusters import umap_plane

AXES = 3
Coordinates = NDArray[np.float64]
Directions = NDArray[np.float64]
"""Orthonormal columns, (feature, axis)."""


def principal_axes(clouds: Iterable[NDArray[np.floating]]) -> Directions:
    """Find the directions in which points vary most, (feature, 3); zeros where there are fewer.

    Several clouds count equally, whatever their sizes: the covariance of each is divided by its trace. Those that are
    not finite, or whose points coincide, do not count. The sign of each axis is such that its largest number is
    positive, so that the same points give the same axes.

    Args:
        clouds: one or more, (point, feature) each.
    """
    total: Directions = np.zeros((0, 0))
    for points in clouds:
        total = total if total.size else np.zeros((points.shape[1], points.shape[1]))
        if not np.isfinite(points).all():
            continue
        centred = points.astype(np.float64) - points.mean(0, dtype=np.float64)
        if (whole := (centred**2).sum()) > 0:
            total += centred.T @ centred / whole
    features = len(total)
    leading = [max(0, features - AXES), features - 1]
    axes = eigh(total, subset_by_index=leading)[1][:, ::-1]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(0)[None], axis=0)
    return _padded(axes * np.where(largest < 0, -1.0, 1.0))


def fourier_axes(
    centroids: NDArray[np.floating], elements: NDArray[np.int64], order: int, k: int, second: int
) -> Directions:
    """Find the plane in which elements go round at frequency k, and a third axis from another frequency.

    Centroids are fitted, by least squares, with a constant and the cosines and sines of both frequencies; the axes are
    the directions of cos k, sin k and cos `second`, each made orthogonal to those before it.

    Args:
        centroids: the mean of each element, (element, feature).
        elements: which elements of Z_order they are.
    """
    angles = elements[:, None] * np.array([k, second]) % order * (2 * np.pi / order)
    waves = np.concatenate([np.ones((len(elements), 1)), np.cos(angles), np.sin(angles)], axis=1)
    found = np.linalg.lstsq(waves, centroids.astype(np.float64), rcond=None)[0]  # (wave, feature)
    wanted = found[[1, 3, 2]].T  # cos k, sin k, cos second
    axes, triangle = np.linalg.qr(wanted)
    return _padded(axes * np.where(np.diag(triangle) < 0, -1.0, 1.0))


def projected(points: NDArray[np.floating], axes: Directions) -> tuple[Coordinates, float]:
    """Give the coordinates of points about their mean, (point, 3), and the share of their variance that shows.

    All nan where a point is not finite; the share also where all points coincide.
    """
    if not np.isfinite(points).all():
        return np.full((len(points), AXES), np.nan), np.nan
    centred = points.astype(np.float64) - points.mean(0, dtype=np.float64)
    found = centred @ axes
    whole = (centred**2).sum()
    return found, float((found**2).sum() / whole) if whole > 0 else np.nan


def umap_coordinates(points: NDArray[np.floating]) -> Coordinates:
    """Lay points out by UMAP, about their mean: (point, 3), the third axis 0. nan where a point is not finite.

    Raises:
        ShapeError, MissingExtraError: as `latebloom.measures.clusters.umap_plane`.
    """
    if not np.isfinite(points).all():
        return np.full((len(points), AXES), np.nan)
    plane = umap_plane(torch.from_numpy(points.astype(np.float64))).numpy()
    return np.pad(plane - plane.mean(0), ((0, 0), (0, 1)))


def turned_to(points: Coordinates, towards: Coordinates) -> Coordinates:
    """Turn or mirror points about the origin so that they lie as near as possible to others (Procrustes).

    Source: Schoenemann 1966, "A generalized solution of the orthogonal Procrustes problem".
    """
    if not (np.isfinite(points).all() and np.isfinite(towards).all()):
        return points
    left, _, right = np.linalg.svd(points.T @ towards)
    return points @ (left @ right)


def means_of(
    coordinates: Coordinates, classes: NDArray[np.int64], elements: Sequence[int]
) -> NDArray[np.float64]:
    """Average the coordinates of each element's points, (element, 3); every element has one."""
    place = np.full(int(max(elements)) + 1, -1)
    place[np.asarray(elements)] = np.arange(len(elements))
    known = classes >= 0
    own = place[classes[known]]
    sums = np.stack(
        [np.bincount(own, axis, minlength=len(elements)) for axis in coordinates[known].T], axis=1
    )
    return sums / np.bincount(own, minlength=len(elements))[:, None]


def _padded(axes: Directions) -> Directions:
    return np.pad(axes, ((0, 0), (0, AXES - axes.shape[1])))
