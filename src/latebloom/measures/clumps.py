"""How many clumps a cloud has, and whether its classes lie as a ring: in activation space or in the UMAP plane."""

from typing import Literal

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import InputError, shown
from latebloom.measures.centroids import class_centroids
from latebloom.measures.clusters import connected_clumps, umap_plane
from latebloom.measures.cyclic import FEWEST, coordinates
from latebloom.measures.inputs import floating
from latebloom.measures.nulls import lane_by_lane, unit_cloud, whole_number
from latebloom.measures.rings import adjacency_score

LEAST_SHARE = 0.002
"""Of the samples, that a clump must hold to be counted: 14 of 6587, where one of 97 classes has 68."""


def clump_structure(
    points: Float[Tensor, "*population sample feature"],
    labels: Integer[Tensor, "*#population sample"],
    order: int,
    quotient: int = 0,
    stride: int = 1,
    neighbours: int = 2,
    distance: float = 0.05,
    space: Literal["activation", "umap"] = "activation",
) -> dict[str, Float[Tensor, "*population"]]:
    """Count the clumps of a cloud, and score the ring of its classes or cosets at one stride.

    `clump_count`: samples closer than `distance` times the root mean square distance from the mean belong to one
    clump, and so do those that a chain of such samples joins; clumps of fewer than two samples, or of less than 0.2 %
    of all, are not counted. `clump_adjacency`: `adjacency_score` of the means of the classes or, with `quotient`, of
    the cosets; nan where there are fewer than 5.

    `space`: "activation" takes the points as they are; "umap" their UMAP plane, as `coset_purity` does, which the
    published protocol looks at. There distances between clumps mean little, and far-apart clumps appear in pure noise.

    Invariant to rotation, translation, scale and order of samples in activation space. Both nan where all points
    coincide, and in a lane that holds a nan or an infinity.

    Args:
        points: any cloud.
        labels: of each sample its coordinate on Z_n, from 0 to `order` - 1; without the population axes, or
            with size 1 there, they serve every lane.
        order: of the group.
        quotient: how many cosets, a divisor of `order`; 0 for the classes themselves.
        stride: from 1 to classes or cosets - 1.
        neighbours: how many of the nearest means count.
        distance: above 0.
        space: where to look.

    Raises:
        ShapeError: arrays that do not fit, labels out of range, a class without a sample, fewer than 16
            samples for UMAP.
        InputError: another argument out of range.
        MissingExtraError: `space` is "umap" and umap-learn is not installed.

    >>> angle = torch.arange(24) * (2 * torch.pi * 4 / 24)
    >>> circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    >>> found = clump_structure(circle, torch.arange(24), 24, quotient=6)
    >>> found["clump_count"].item(), found["clump_adjacency"].item()
    (6.0, 1.0)
    """
    points = floating("points", points, {"sample": 2, "feature": 1})
    order = whole_number("order", order, 2)
    labels = coordinates(labels, points, order)
    if isinstance(distance, bool) or not isinstance(distance, int | float) or not 0.0 < distance < torch.inf:
        raise InputError(f"distance: got {shown(distance)}; a number above 0 is needed")
    if space not in ("activation", "umap"):
        raise InputError(f"space: got {shown(space)}; 'activation' or 'umap' is needed")

    def measure(lane: Tensor, classes: Tensor) -> dict[str, Tensor]:
        if unit_cloud(lane) is None:
            nothing = lane.new_tensor(torch.nan)
            return {"clump_count": nothing, "clump_adjacency": nothing}
        seen = lane if space == "activation" else umap_plane(lane)
        centroids = class_centroids(seen, classes, order)
        enough = (quotient or order) >= FEWEST
        ring = (
            adjacency_score(centroids, stride, neighbours, quotient) if enough else seen.new_tensor(torch.nan)
        )
        return {"clump_count": _clumps(seen, distance), "clump_adjacency": ring}

    return lane_by_lane(measure, points, labels)


def _clumps(cloud: Float[Tensor, "sample feature"], distance: float) -> Float[Tensor, ""]:
    centred = cloud - cloud.mean(0)
    spread = centred.square().sum(-1).mean().sqrt()
    sizes = connected_clumps(centred / spread, distance).bincount()
    return (sizes >= max(2.0, LEAST_SHARE * len(cloud))).sum().double()
