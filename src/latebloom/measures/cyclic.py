"""What measures of Z_n share: coordinates, divisors, nearest classes, and all pairs at a stride."""

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.inputs import floating, whole
from latebloom.measures.nulls import EQUAL

TIE = 1e-6
"""Distances between classes that differ by less than this share of the largest one count as equal.

Float32 activations of classes that coincide lie about 1e-7 of the spread apart.
"""

FEWEST = 5
"""The fewest classes that make a ring: of four, two neighbours are already two of the three others."""


def divisors(order: int) -> list[int]:
    """List the divisors of the group's order, from 1 to itself.

    >>> divisors(12)
    [1, 2, 3, 4, 6, 12]
    """
    return [divisor for divisor in range(1, order + 1) if order % divisor == 0]


def checked_quotient(quotient: object, order: int) -> int:
    """Return the order of a quotient group once it is seen to divide that of the group.

    Raises:
        InputError: it does not.
    """
    known = divisors(order)
    if isinstance(quotient, bool) or not isinstance(quotient, int) or quotient not in known:
        raise InputError(
            f"quotient: got {shown(quotient)}; a divisor of the group's order {order} is needed, "
            f"one of {', '.join(map(str, known))}"
        )
    return quotient


def coordinates(labels: Tensor, points: Tensor, order: int) -> Tensor:
    """Return the labels with the population axes of the points, once they fit the points and the group.

    Raises:
        ShapeError: no integers, another number of samples, population axes that do not agree, a label out of
            range, or a class without a sample in a lane.
    """
    labels = lanes_of_labels(labels, points)
    outside = labels[(labels < 0) | (labels >= order)]
    if len(outside):
        raise ShapeError(
            f"labels: got {int(outside[0])} among them; coordinates from 0 to {order - 1} are needed, "
            f"since the group's order is {order}"
        )
    for lane in labels.reshape(-1, labels.shape[-1]):
        missing = order - len(lane.unique())
        if missing:
            raise ShapeError(
                f"labels: got no sample of {missing} of the {order} classes; at least one of each is needed "
                f"(is the group's order right, and is the sample large enough?)"
            )
    return labels


def lanes_of_labels(labels: Tensor, points: Tensor) -> Tensor:
    """Give the labels the population axes of the points: (*population, sample), as int64.

    Raises:
        ShapeError: no integers, another number of samples, or population axes that do not agree.
    """
    labels = whole("labels", labels, {"sample": 1})
    wanted = points.shape[:-1]
    given = (1,) * (len(wanted) - labels.ndim) + tuple(labels.shape)
    fits = len(given) == len(wanted) and given[-1] == wanted[-1]
    if not fits or any(size not in (1, lanes) for size, lanes in zip(given, wanted, strict=True)):
        raise ShapeError(
            f"labels: got shape {tuple(labels.shape)} beside points of shape {tuple(points.shape)}; "
            f"({wanted[-1]},) or {tuple(wanted)} is needed"
        )
    return labels.long().expand(wanted)


def class_sums(
    values: Float[Tensor, "sample feature"], classes: Integer[Tensor, " sample"], order: int
) -> Float[Tensor, "class feature"]:
    """Add up the rows of each class."""
    if values.is_cuda:  # a GPU adds by index in no fixed order, and so gives other last digits each time
        return torch.nn.functional.one_hot(classes, order).double().mT @ values
    # 2 against 11 ms on (6587, 128) and 97 classes
    return values.new_zeros(order, values.shape[-1]).index_add_(0, classes, values)


def ring_centroids(centroids: Tensor, neighbours: int) -> Tensor:
    """Return the centroids once they are seen to be enough for a ring of so many neighbours."""
    centroids = floating("centroids", centroids, {"class": 1, "feature": 1})
    order = centroids.shape[-2]
    if order < FEWEST:
        raise ShapeError(
            f"centroids: got {order} classes; at least {FEWEST} are needed for a ring, since of fewer "
            f"classes two neighbours are most of the others"
        )
    checked_neighbours(neighbours, order)
    return centroids


def checked_neighbours(neighbours: object, classes: int) -> int:
    """Return the number of neighbours once it is seen to leave out at least one other class."""
    if isinstance(neighbours, bool) or not isinstance(neighbours, int) or not 1 <= neighbours <= classes - 2:
        raise InputError(
            f"neighbours: got {shown(neighbours)}; a whole number from 1 to {classes - 2} is needed, since "
            f"of {classes} classes at least one other must be no neighbour"
        )
    return neighbours


def distances_between(points: Float[Tensor, "row column"]) -> Float[Tensor, "row row"]:
    """Compute the distance between any two points from their difference, never from products."""
    return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


def pairs_at_strides(relabelling: Integer[Tensor, "*draw class"]) -> Integer[Tensor, "*draw stride class"]:
    """Find where in a flat (class * class) matrix the pairs at coordinates (j, j + s) stand, s = 1..n//2."""
    order = relabelling.shape[-1]
    first = torch.arange(order, device=relabelling.device)
    stride = torch.arange(1, order // 2 + 1, device=relabelling.device)[:, None]
    partner = relabelling[..., (first + stride) % order]  # (*draw, stride, class)
    return relabelling[..., None, :] * order + partner


def ring_profile(
    distances: Float[Tensor, "*batch row row"], neighbours: int, pairs: Integer[Tensor, "*draw stride row"]
) -> tuple[Float[Tensor, "... stride"], Float[Tensor, "... stride"]]:
    """Score the ring at each stride, and average the distances of its pairs.

    Args:
        distances: as shares of the largest distance between any two classes.
        neighbours: how many of the nearest count.
        pairs: of `pairs_at_strides`; its axes `draw` come behind those of `batch`.
    """
    shares = neighbour_shares(distances, neighbours, TIE)
    return share_at_strides(shares, neighbours, pairs), mean_at_strides(distances, pairs)


def neighbour_shares(
    distances: Float[Tensor, "*batch row row"], neighbours: int, tie: float
) -> Float[Tensor, "*batch row row"]:
    """Mark each row's nearest others with 1; those that tie for the last places share them equally.

    Classes that coincide would else be ordered by their place in the array, that is by their label.
    """
    others = distances.clone()
    others.diagonal(dim1=-2, dim2=-1).fill_(torch.inf)
    last = others.kthvalue(neighbours, dim=-1, keepdim=True).values
    nearer = (others < last - tie).double()
    tied = ((others - last).abs() <= tie).double()
    places = neighbours - nearer.sum(-1, keepdim=True)
    return nearer + tied * (places / tied.sum(-1, keepdim=True))


def share_at_strides(
    shares: Float[Tensor, "*batch row row"], neighbours: int, pairs: Integer[Tensor, "*draw stride row"]
) -> Float[Tensor, "... stride"]:
    """Compute which share of all nearest neighbours lies at plus or minus each stride."""
    both_ways = shares + shares.mT
    found = mean_at_strides(both_ways, pairs) / neighbours
    if shares.shape[-1] % 2 == 0:  # half way round, plus and minus lead to one and the same class
        found[..., -1] /= 2
    return found


def mean_at_strides(
    matrix: Float[Tensor, "*batch row row"], pairs: Integer[Tensor, "*draw stride row"]
) -> Float[Tensor, "... stride"]:
    """Average a symmetric matrix over all pairs at each stride."""
    picked = matrix.flatten(-2).index_select(
        -1, pairs.flatten()
    )  # 6 times faster than picking by [..., pairs]
    return picked.unflatten(-1, pairs.shape).mean(-1)


def among(
    matrix: Float[Tensor, "class class"], places: Integer[Tensor, "draw group place"]
) -> Float[Tensor, "draw group place place"]:
    """Pick the entries of a matrix between all classes of each group."""
    pairs = places[..., :, None] * len(matrix) + places[..., None, :]
    return matrix.flatten().index_select(0, pairs.flatten()).view(pairs.shape)


def best_along(
    scores: Float[Tensor, "*draw candidate"], distances: Float[Tensor, "*draw candidate"]
) -> tuple[Float[Tensor, "*draw"], Float[Tensor, "*draw"], Integer[Tensor, "*draw"]]:
    """Find the highest score, the least distance among those that have it, and the first place with both."""
    highest = scores.amax(-1, keepdim=True)
    eligible = torch.where(scores >= highest - EQUAL, distances, torch.inf)
    least = eligible.amin(-1, keepdim=True)
    place = (eligible <= least + EQUAL).int().argmax(-1)
    return highest.squeeze(-1), least.squeeze(-1), place
