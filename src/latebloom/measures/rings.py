"""Are the classes of Z_n arranged as a ring, and which step leads from a class to its neighbour?

A circle run through at frequency k has its neighbours k^-1 mod n apart, so a test that looks at one stride
alone sees nothing of it. `ring_scan` looks at all strides and pays for that in its null, which is of the
highest score over all strides as well.
"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import InputError, shown
from latebloom.measures.cyclic import (
    best_along,
    distances_between,
    pairs_at_strides,
    ring_centroids,
    ring_profile,
)
from latebloom.measures.nulls import (
    lane_by_lane,
    nan_where,
    null_quantiles,
    p_value,
    relabellings,
    unit_cloud,
    whole_number,
)
from latebloom.measures.quotient_rings import quotient_centroids


def adjacency_score(
    centroids: Float[Tensor, "*population class feature"],
    stride: int = 1,
    neighbours: int = 2,
    quotient: int = 0,
) -> Float[Tensor, "*population"]:
    """Compute which share of each class's nearest classes stand `stride` before or after it in the group.

    With `quotient` the same of the means of the cosets, on the ring Z_quotient.

    Unitless, from 0 to 1. By chance about 2 / (class - 1), whatever the number of neighbours, and half of
    that at the stride class / 2, where before and after are one class; so no more than 1 / `neighbours` can
    be reached there. Classes that tie for the last places (distances that differ by less than 1e-6 of the
    largest one) share them. No null: the stride must have been chosen beforehand, otherwise see `ring_scan`.

    Invariant to rotation, translation, scale, shift of the coordinate and reflection of the coordinate. nan
    where all centroids coincide, and in a lane that holds a nan or an infinity.

    Args:
        centroids: the mean of each class, in the order of the coordinate on Z_n.
        stride: from 1 to class - 1; a stride and class minus it are the same.
        neighbours: how many of the nearest classes count, from 1 to class - 2.
        quotient: how many cosets to look at instead of the classes, a divisor of their number; then everything
            said of classes holds for the cosets. 0 for the classes.

    Raises:
        ShapeError: fewer than 5 classes, or no floating-point tensor of these axes.
        InputError: a stride, a number of neighbours or a quotient out of range.

    >>> angle = torch.arange(12) * (2 * torch.pi * 5 / 12)
    >>> circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    >>> [adjacency_score(circle, stride=stride).item() for stride in (1, 5)]
    [0.0, 1.0]
    >>> adjacency_score(circle.repeat(5, 1), quotient=12, stride=5).item()
    1.0
    """
    centroids = ring_centroids(centroids, neighbours if quotient == 0 else 1)
    if quotient != 0:
        centroids = ring_centroids(quotient_centroids(centroids, quotient), neighbours)
    order = centroids.shape[-2]
    if whole_number("stride", stride, 1) >= order:
        raise InputError(f"stride: got {shown(stride)}; at most {order - 1} is needed among {order} classes")
    return lane_by_lane(lambda lane: _adjacency(lane, stride, neighbours), centroids)["score"]


def ring_scan(
    centroids: Float[Tensor, "*population class feature"],
    neighbours: int = 2,
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Tensor]:
    """Score the ring at every stride of Z_n and hold the best against the best of relabelled classes.

    The keys, each with the population axes in front:

    * `ring_scores` (stride): `adjacency_score` at the strides 1 to class // 2; `adjacency_stride_1`: the first
    * `ring_best_stride`: the stride with the highest score; of equal scores the one whose pairs are closer on
      average, then the smaller. A circle run through at frequency k has the stride k^-1 or -k^-1 mod n
    * `ring_best_score`: its score, from 0 to 1
    * `ring_best_gcd`: the divisor that stride and order share. 1: one ring through all classes; g: g separate
      rings, each within one coset of the classes mod g
    * `ring_null_median`, `ring_null_95`, `ring_null_99`: quantiles of the best score under relabelling
    * `ring_p_value`: (1 + relabellings that reach it) / (1 + draws). As the scores are shares of few classes
      and tie often, equal scores are compared by the mean distance at their best stride: p is uniform on
      1/(1 + draws), ..., 1 where the coordinate means nothing. Five, six and seven classes have only 6, 60
      and 120 distinct arrangements, so p cannot fall far below 1/6, 1/60 and 1/120 there.

    Invariant to rotation, translation and scale. All nan where all centroids coincide, and in a lane that
    holds a nan or an infinity.

    Args:
        centroids: the mean of each class, in the order of the coordinate on Z_n.
        neighbours: how many of the nearest classes count, from 1 to class - 2.
        draws: how many relabellings.
        seed: of the relabellings, which are the same for every lane.

    Raises:
        ShapeError: fewer than 5 classes, or no floating-point tensor of these axes.
        InputError: an argument out of range.

    >>> angle = torch.arange(97) * (2 * torch.pi * 3 / 97)
    >>> found = ring_scan(torch.stack([angle.cos(), angle.sin()], dim=-1))
    >>> found["adjacency_stride_1"].item(), found["ring_best_stride"].item(), found["ring_best_score"].item()
    (0.0, 32.0, 1.0)
    >>> round(found["ring_p_value"].item(), 4)
    0.005
    """
    centroids = ring_centroids(centroids, neighbours)
    order = centroids.shape[-2]
    pairs = pairs_at_strides(
        relabellings(order, draws, seed, centroids.device)
    )  # (relabelling, stride, class)
    return lane_by_lane(lambda lane: _ring_scan(lane, neighbours, pairs), centroids)


def _adjacency(lane: Float[Tensor, "class feature"], stride: int, neighbours: int) -> dict[str, Tensor]:
    cloud = unit_cloud(lane)
    if cloud is None:
        return {"score": lane.new_tensor(torch.nan)}
    order = len(cloud)
    pairs = pairs_at_strides(torch.arange(order, device=lane.device))
    distances = distances_between(cloud)
    scores, _ = ring_profile(distances / distances.max(), neighbours, pairs)
    return {"score": scores[min(stride, order - stride) - 1]}


def _ring_scan(
    lane: Float[Tensor, "class feature"], neighbours: int, pairs: Integer[Tensor, "relabelling stride class"]
) -> dict[str, Tensor]:
    cloud = unit_cloud(lane)
    if cloud is None:
        nothing = lane.new_full(pairs.shape[:2], torch.nan)
        return _ring_results(nothing, nothing, len(lane))
    distances = distances_between(cloud)
    # The nearest classes stay the same; a relabelling only changes at which stride each of them is.
    return _ring_results(*ring_profile(distances / distances.max(), neighbours, pairs), len(lane))


def _ring_results(
    scores: Float[Tensor, "relabelling stride"], distances: Float[Tensor, "relabelling stride"], order: int
) -> dict[str, Tensor]:
    best, distance, place = best_along(scores, distances)  # (relabelling) each
    stride = place[0] + 1
    found = {
        "adjacency_stride_1": scores[0, 0],
        "ring_scores": scores[0],
        "ring_best_stride": stride.double(),
        "ring_best_score": best[0],
        "ring_best_gcd": torch.gcd(stride, stride.new_tensor(order)).double(),
        "ring_p_value": p_value(best, distance),
        **null_quantiles("ring", best),
    }
    return nan_where(best[0].isnan(), found)
