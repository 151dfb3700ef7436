"""Rings among the cosets of Z_n, and rings within them.

For every divisor m of n the classes fall into m cosets, by their coordinate mod m. The means of the cosets
are a picture of the quotient Z_m; the n / m classes within a coset, in order, are one of Z_(n/m). Both can be
rings where the whole group is none.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import InputError, shown
from latebloom.measures.cyclic import (
    FEWEST,
    TIE,
    among,
    best_along,
    checked_neighbours,
    checked_quotient,
    distances_between,
    divisors,
    pairs_at_strides,
    ring_centroids,
    ring_profile,
)
from latebloom.measures.inputs import floating
from latebloom.measures.nulls import (
    lane_by_lane,
    nan_where,
    null_quantiles,
    p_value,
    relabellings,
    standard_scores,
    unit_cloud,
    whole_number,
)


class Structure(NamedTuple):
    """Where a ring is looked for: among the cosets mod `divisor`, or inside each of them."""

    inside: bool
    divisor: int
    neighbours: int


def quotient_centroids(
    centroids: Float[Tensor, "*population class feature"], quotient: int
) -> Float[Tensor, "*population coset feature"]:
    """Average the centroids of the classes in each coset: those whose coordinates agree mod `quotient`.

    (*population, quotient, feature), in float64, in units of `centroids`; every class counts alike, whatever
    its number of samples. To be given to `adjacency_score` for the ring of the cosets at one stride.
    Rotation, translation and scale of the centroids do the same to the result. nan throughout in a lane that
    holds a nan or an infinity.

    Raises:
        ShapeError: no floating-point tensor of these axes, or fewer than two classes.
        InputError: `quotient` is no divisor of the number of classes.

    >>> quotient_centroids(torch.tensor([[0.0], [1.0], [4.0], [7.0]]), 2).tolist()
    [[2.0], [4.0]]
    """
    centroids = floating("centroids", centroids, {"class": 2, "feature": 1})
    quotient = checked_quotient(quotient, centroids.shape[-2])
    finite = centroids.isfinite().all(-1).all(-1)  # (*population)
    in_cosets = centroids.double().unflatten(-2, (-1, quotient))  # (*population, position, coset, feature)
    return torch.where(finite[..., None, None], in_cosets.mean(-3), torch.nan)


def coset_adjacency_score(
    centroids: Float[Tensor, "*population class feature"],
    quotient: int,
    stride: int = 1,
    neighbours: int = 1,
) -> Float[Tensor, "*population"]:
    """Compute `adjacency_score` among the classes of each coset, and average over the cosets.

    Within the coset of all coordinates c + quotient * i the position is i, from 0 to class / quotient - 1;
    `stride` counts positions, so the classes compared are `quotient` * `stride` apart in the group. Unitless,
    from 0 to 1. By chance about 2 / (positions - 1), and half of that at the stride positions / 2: of eight
    positions, stride 4 has a chance of 1 / 7. No null; see `quotient_ring_scan`. Invariant to rotation,
    translation, scale, shift of the coordinate and reflection of the coordinate. nan where all centroids
    coincide, and in a lane that holds a nan or an infinity.

    Args:
        centroids: the mean of each class, in the order of the coordinate on Z_n.
        quotient: how many cosets, a divisor of the number of classes.
        stride: from 1 to positions - 1.
        neighbours: how many of the nearest classes in the coset count, from 1 to positions - 2.

    Raises:
        ShapeError: fewer than 5 classes, or no floating-point tensor of these axes.
        InputError: an argument that does not fit the number of classes.

    >>> angle = torch.arange(40) * (2 * torch.pi * 3 / 40)
    >>> circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    >>> [coset_adjacency_score(circle, 5, stride=stride).item() for stride in (1, 3)]
    [0.0, 1.0]
    """
    centroids = ring_centroids(centroids, 1)
    positions = centroids.shape[-2] // checked_quotient(quotient, centroids.shape[-2])
    structure = Structure(True, quotient, checked_neighbours(neighbours, positions))
    if whole_number("stride", stride, 1) >= positions:
        raise InputError(
            f"stride: got {shown(stride)}; at most {positions - 1} is needed among {positions} positions"
        )

    def measure(lane: Tensor) -> dict[str, Tensor]:
        cloud = unit_cloud(lane)
        if cloud is None:
            return {"score": lane.new_tensor(torch.nan)}
        scores, _ = _profiles(cloud, structure, torch.arange(len(lane), device=lane.device)[None])
        return {"score": scores[0, min(stride, positions - stride) - 1]}

    return lane_by_lane(measure, centroids)["score"]


def quotient_ring_scan(
    centroids: Float[Tensor, "*population class feature"],
    neighbours: int = 2,
    inside_neighbours: int = 1,
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Tensor]:
    """Scan for rings among the cosets of every quotient of Z_n, and inside the cosets.

    For every divisor m of the number of classes n that is at least 5, in ascending order:

    * `quotient_ring_divisor`: m; the last is n, the whole group
    * `quotient_ring_score`, `quotient_ring_stride`: the best ring of the m cosets (means of their classes'
      centroids, `neighbours` nearest), as in `ring_scan`
    * `quotient_ring_p_value`: of the highest score over the strides of this quotient alone
    * `quotient_ring_excess`: its standard score, which is by how many standard deviations it exceeds the mean
      over all relabellings, itself among them (so at most the square root of `draws`)

    For every divisor m above 1 that leaves n / m of at least 5 (none if n is prime: the axis is empty then):

    * `coset_ring_divisor`: m
    * `coset_ring_score`, `coset_ring_stride`, `coset_ring_p_value`, `coset_ring_excess`: likewise, the best
      ring inside the m cosets (`inside_neighbours` nearest among the n / m positions, scores averaged over
      the cosets)

    Over all of these together:

    * `quotient_scan_excess`: the highest standard score. Raw scores would not do: six cosets reach a score of
      1 by chance, 96 never
    * `quotient_scan_divisor`, `quotient_scan_inside` (1 inside the cosets, 0 among them),
      `quotient_scan_stride`, `quotient_scan_score`: the structure that has it
    * `quotient_scan_gcd`: the divisor g that its stride shares with its number of places. 1: one ring; g: the
      places that agree mod g lie together, as g rings or, if they coincide, as g clumps
    * `quotient_scan_null_median`, `quotient_scan_null_95`, `quotient_scan_null_99`: quantiles of the highest
      standard score under relabelling
    * `quotient_scan_p_value`: (1 + relabellings that reach it) / (1 + draws), the same maximum in each

    A relabelling gives all n classes new coordinates, so that cosets are torn apart as well. Equal scores
    are compared by distance as in `ring_scan`.

    Invariant to rotation, translation and scale. All nan where all centroids coincide, and in a lane that
    holds a nan or an infinity. A structure whose places coincide scores as chance would.

    Raises:
        ShapeError: fewer than 5 classes, or no floating-point tensor of these axes.
        InputError: an argument out of range.

    >>> angle = torch.arange(96) * (2 * torch.pi * 8 / 96)
    >>> found = quotient_ring_scan(torch.stack([angle.cos(), angle.sin()], dim=-1))
    >>> [int(m) for m in found["quotient_ring_divisor"]]
    [6, 8, 12, 16, 24, 32, 48, 96]
    >>> found["quotient_ring_score"][2].item(), found["quotient_ring_stride"][2].item()
    (1.0, 1.0)
    """
    centroids = ring_centroids(centroids, neighbours)
    order = centroids.shape[-2]
    structures = _structures(order, neighbours, whole_number("inside_neighbours", inside_neighbours, 1))
    relabelling = relabellings(order, draws, seed, centroids.device)
    return lane_by_lane(lambda lane: _scan(lane, structures, relabelling), centroids)


def _structures(order: int, neighbours: int, inside_neighbours: int) -> list[Structure]:
    of_cosets = [
        Structure(False, divisor, neighbours)
        for divisor in divisors(order)
        if divisor >= max(FEWEST, neighbours + 2)
    ]
    inside = [
        Structure(True, divisor, inside_neighbours)
        for divisor in divisors(order)[1:]
        if order // divisor >= max(FEWEST, inside_neighbours + 2)
    ]
    return of_cosets + inside


def _scan(
    lane: Float[Tensor, "class feature"],
    structures: list[Structure],
    relabelling: Integer[Tensor, "relabelling class"],
) -> dict[str, Tensor]:
    cloud = unit_cloud(lane)
    senseless = torch.tensor(cloud is None, device=lane.device)
    # Where nothing can be measured, any cloud will do to find out which results there would have been.
    cloud = torch.eye(*lane.shape, dtype=lane.dtype, device=lane.device) if cloud is None else cloud
    bests = [best_along(*_profiles(cloud, structure, relabelling)) for structure in structures]
    scores, distances, places = (torch.stack(parts) for parts in zip(*bests, strict=True))
    found = {
        **_along_divisors(structures, scores, distances, places),
        **_over_structures(len(lane), structures, scores, distances, places),
    }
    return nan_where(senseless, found)


def _profiles(
    cloud: Float[Tensor, "class feature"],
    structure: Structure,
    relabelling: Integer[Tensor, "draw class"],
) -> tuple[Float[Tensor, "draw stride"], Float[Tensor, "draw stride"]]:
    """Score every stride of a structure under every relabelling, with the mean distance of its pairs."""
    between = distances_between(cloud)
    between = between / between.max()
    if structure.divisor == len(cloud):  # the nearest classes stay the same, only their coordinates change
        return ring_profile(between, structure.neighbours, pairs_at_strides(relabelling))
    in_cosets = relabelling.unflatten(-1, (-1, structure.divisor))  # (draw, position, coset)
    # (draw, coset, position, position), or among the cosets (draw, 1, coset, coset)
    distances = among(between, in_cosets.mT) if structure.inside else _mean_distances(cloud, in_cosets)
    pairs = pairs_at_strides(torch.arange(distances.shape[-1], device=cloud.device))
    scores, apart = ring_profile(distances, structure.neighbours, pairs)  # (draw, coset or 1, stride)
    return scores.mean(1), apart.mean(1)


def _mean_distances(
    cloud: Float[Tensor, "class feature"], in_cosets: Integer[Tensor, "draw position coset"]
) -> Float[Tensor, "draw 1 coset coset"]:
    """Compute the distances between the means of the cosets, as shares of the largest between classes.

    From products, 8 times faster than from differences, and good to 1e-8 of their spread: far below `TIE`.
    """
    means = cloud[in_cosets].mean(1)  # (draw, coset, feature)
    gram = means @ means.mT
    squares = gram.diagonal(dim1=-2, dim2=-1)
    apart = (squares[..., :, None] + squares[..., None, :] - 2.0 * gram).clamp(min=0.0).sqrt()
    return apart[:, None] / distances_between(cloud).max()


def _along_divisors(
    structures: list[Structure],
    scores: Float[Tensor, "structure relabelling"],
    distances: Float[Tensor, "structure relabelling"],
    places: Integer[Tensor, "structure relabelling"],
) -> dict[str, Tensor]:
    each = {
        "divisor": scores.new_tensor([structure.divisor for structure in structures]),
        "score": scores[:, 0],
        "stride": places[:, 0].double() + 1.0,
        "p_value": p_value(scores, distances),
        "excess": standard_scores(scores)[:, 0],
    }
    inside = torch.tensor([structure.inside for structure in structures], device=scores.device)
    return {
        f"{prefix}_{name}": values[chosen]
        for prefix, chosen in (("quotient_ring", ~inside), ("coset_ring", inside))
        for name, values in each.items()
    }


def _over_structures(
    order: int,
    structures: list[Structure],
    scores: Float[Tensor, "structure relabelling"],
    distances: Float[Tensor, "structure relabelling"],
    places: Integer[Tensor, "structure relabelling"],
) -> dict[str, Float[Tensor, ""]]:
    relative = distances / distances.mean(-1, keepdim=True).clamp(min=TIE)
    excess, distance, leading = best_along(standard_scores(scores).mT, relative.mT)  # (relabelling) each
    best = int(leading[0])
    inside, divisor, _ = structures[best]
    stride = int(places[best, 0]) + 1
    numbers = {
        "divisor": divisor,
        "inside": inside,
        "stride": stride,
        "gcd": math.gcd(stride, order // divisor if inside else divisor),
    }
    return {
        **{f"quotient_scan_{name}": scores.new_tensor(float(value)) for name, value in numbers.items()},
        "quotient_scan_score": scores[best, 0],
        "quotient_scan_excess": excess[0],
        "quotient_scan_p_value": p_value(excess, distance),
        **null_quantiles("quotient_scan", excess),
    }
