"""Do the classes of Z_n gather by their coordinate mod m?"""

from typing import Literal

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import InputError, shown
from latebloom.measures.clusters import k_means_clusters, umap_plane
from latebloom.measures.cyclic import among, best_along, checked_quotient, class_sums, coordinates, divisors
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


def quotient_variance(
    points: Float[Tensor, "*population sample feature"],
    labels: Integer[Tensor, "*#population sample"],
    order: int,
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Tensor]:
    """Compute the share of the points' variance that lies between the cosets of every quotient of Z_n.

    For every divisor m of `order`, in ascending order along the axis `divisor`:

    * `quotient_variance_divisor`: m
    * `quotient_variance`: variance between the m cosets (samples whose label agrees mod m) / total variance,
      from 0 (always so for m = 1) to 1. It never falls from m to a multiple of m; at m = `order` it is the
      `factorisation`
    * `quotient_variance_null_median`, `_95`, `_99`: quantiles under relabelling of the classes
    * `quotient_variance_p_value`: (1 + relabellings that reach it) / (1 + draws). 1 for m = 1 and m = `order`,
      where a relabelling changes nothing
    * `quotient_variance_excess`: the standard score, by how many standard deviations the share exceeds the
      mean over all relabellings, itself among them (so at most the square root of `draws`); 0 for m = 1 and
      m = `order`

    Over all proper divisors (1 < m < `order`; all nan where there is none, since a group of prime order has
    no proper subgroup):

    * `quotient_variance_best_excess`: the highest standard score
    * `quotient_variance_best_divisor`: the divisor that has it
    * `quotient_variance_best_null_median`, `_95`, `_99`, `quotient_variance_best_p_value`: the same maximum
      under relabelling

    A relabelling moves whole classes; that samples of a class lie together is no evidence for cosets.

    Invariant to rotation, translation, scale and order of samples. All nan where all points coincide, and in
    a lane that holds a nan or an infinity.

    Args:
        points: any cloud.
        labels: of each sample its coordinate on Z_n, from 0 to `order` - 1; without the population axes, or
            with size 1 there, they serve every lane.
        order: of the group.
        draws: how many relabellings.
        seed: of the relabellings, which are the same for every lane.

    Raises:
        ShapeError: arrays that do not fit, labels out of range, a class without a sample.
        InputError: another argument out of range.

    >>> angle = torch.arange(12) * (2 * torch.pi * 3 / 12)
    >>> circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    >>> found = quotient_variance(circle, torch.arange(12), 12)
    >>> [round(share, 6) for share in found["quotient_variance"].tolist()]  # of the divisors 1, 2, 3, 4, 6, 12
    [0.0, 0.0, 0.0, 1.0, 0.0, 1.0]
    """
    points = floating("points", points, {"sample": 2, "feature": 1})
    order = whole_number("order", order, 2)
    labels = coordinates(labels, points, order)
    relabelling = relabellings(order, draws, seed, points.device)
    return lane_by_lane(lambda lane, classes: _quotient_variance(lane, classes, relabelling), points, labels)


def coset_purity(
    points: Float[Tensor, "*population sample feature"],
    labels: Integer[Tensor, "*#population sample"],
    order: int,
    quotient: int,
    space: Literal["activation", "umap"] = "activation",
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Float[Tensor, "*population"]]:
    """Cluster the points into as many clusters as there are cosets, and see how pure the clusters are.

    k-means makes `quotient` clusters (ten starts, the best of them). In each cluster the coset (label mod
    `quotient`) that most of its samples belong to has a share; `coset_purity` is the mean of these shares
    over the clusters that got samples, from 1 / `quotient` to 1. `coset_purity_null_median`, `_95`, `_99` and
    `coset_purity_p_value` come from relabelling the classes while the clusters stay; equal purities count
    against the labelling as given, so p is never too small.

    `space`: "activation" clusters the points as they are; "umap" their UMAP plane (15 neighbours, minimum
    distance 0.1, cosine, seed 42), as the published protocol does. For that umap-learn finds no neighbours of
    its own: they are computed exactly. It starts from the two leading principal components and takes 200
    epochs. In the plane distances between clusters mean little, and far-apart clumps appear in pure noise.

    Invariant to rotation, translation and scale in activation space. All nan where all points coincide, and
    in a lane that holds a nan or an infinity.

    Args:
        points: any cloud.
        labels: of each sample its coordinate on Z_n, from 0 to `order` - 1; without the population axes, or
            with size 1 there, they serve every lane.
        order: of the group.
        quotient: how many cosets, a divisor of `order`.
        space: where to look for clusters.
        draws: how many relabellings.
        seed: of k-means and of the relabellings.

    Raises:
        ShapeError: arrays that do not fit, labels out of range, a class without a sample, fewer than 16
            samples for UMAP.
        InputError: another argument out of range.
        MissingExtraError: `space` is "umap" and umap-learn is not installed.

    >>> angle = torch.arange(24) * (2 * torch.pi * 8 / 24)
    >>> circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    >>> coset_purity(circle, torch.arange(24), 24, 3)["coset_purity"].item()
    1.0
    """
    points = floating("points", points, {"sample": 2, "feature": 1})
    order = whole_number("order", order, 2)
    quotient = checked_quotient(quotient, order)
    if space not in ("activation", "umap"):
        raise InputError(f"space: got {shown(space)}; 'activation' or 'umap' is needed")
    labels = coordinates(labels, points, order)
    relabelling = relabellings(order, draws, seed, points.device)

    def measure(lane: Tensor, classes: Tensor) -> dict[str, Tensor]:
        cloud = unit_cloud(lane)
        if cloud is None:
            return _purity_results(lane.new_full((len(relabelling),), torch.nan))
        seen = cloud if space == "activation" else umap_plane(lane)
        clusters = k_means_clusters(seen, quotient, seed)
        return _purity_results(_purities(clusters, classes, relabelling, quotient))

    return lane_by_lane(measure, points, labels)


def _quotient_variance(
    lane: Float[Tensor, "sample feature"],
    classes: Integer[Tensor, " sample"],
    relabelling: Integer[Tensor, "relabelling class"],
) -> dict[str, Tensor]:
    order = relabelling.shape[-1]
    cloud = unit_cloud(lane)
    senseless = torch.tensor(cloud is None, device=lane.device)
    cloud = torch.eye(*lane.shape, dtype=lane.dtype, device=lane.device) if cloud is None else cloud
    samples = classes.bincount(minlength=order).double()  # (class)
    sums = class_sums(cloud, classes, order)
    products = among(sums @ sums.mT, relabelling[:, None])[:, 0]  # (relabelling, class, class)
    between = [_between(products, samples[relabelling], divisor) for divisor in divisors(order)]
    shares = torch.stack(between) / cloud.square().sum()  # (divisor, relabelling)
    known = lane.new_tensor(divisors(order))
    found = {
        "quotient_variance_divisor": known,
        "quotient_variance": shares[:, 0],
        "quotient_variance_p_value": p_value(shares),
        "quotient_variance_excess": standard_scores(shares)[:, 0],
        **null_quantiles("quotient_variance", shares),
        **_best_divisor(shares, known),
    }
    return nan_where(senseless, found)


def _between(
    products: Float[Tensor, "relabelling class class"],
    samples: Float[Tensor, "relabelling class"],
    divisor: int,
) -> Float[Tensor, " relabelling"]:
    """Add up the squared norms of the cosets' sums, each divided by the number of samples.

    From the products of the classes' sums, so that no sum is formed per relabelling and feature.
    """
    blocks = products.unflatten(-1, (-1, divisor)).unflatten(1, (-1, divisor))
    squares = blocks.diagonal(dim1=2, dim2=4).sum((1, 2))  # (relabelling, coset)
    return (squares / samples.unflatten(-1, (-1, divisor)).sum(1)).sum(-1).clamp(min=0.0)


def _best_divisor(
    shares: Float[Tensor, "divisor relabelling"], known: Float[Tensor, " divisor"]
) -> dict[str, Float[Tensor, ""]]:
    proper = shares[1:-1]
    if not len(proper):
        proper = torch.full_like(shares[:1], torch.nan)
    excesses = standard_scores(proper).mT  # (relabelling, proper divisor)
    excess, _, place = best_along(excesses, torch.zeros_like(excesses))
    found = {
        "quotient_variance_best_excess": excess[0],
        "quotient_variance_best_divisor": known[place[0] + 1],
        "quotient_variance_best_p_value": p_value(excess),
        **null_quantiles("quotient_variance_best", excess),
    }
    return nan_where(proper.isnan().any(), found)


def _purities(
    clusters: Integer[Tensor, " sample"],
    classes: Integer[Tensor, " sample"],
    relabelling: Integer[Tensor, "relabelling class"],
    quotient: int,
) -> Float[Tensor, " relabelling"]:
    order = relabelling.shape[-1]
    pairs = (clusters * order + classes).bincount(minlength=quotient * order)
    table = pairs.reshape(quotient, order)
    table = table[table.sum(-1) > 0].double()  # (cluster, class)
    in_cosets = table[:, relabelling].unflatten(-1, (-1, quotient)).sum(-2)  # (cluster, relabelling, coset)
    return (in_cosets.amax(-1) / table.sum(-1, keepdim=True)).mean(0)


def _purity_results(purities: Float[Tensor, " relabelling"]) -> dict[str, Float[Tensor, ""]]:
    found = {
        "coset_purity": purities[0],
        "coset_purity_p_value": p_value(purities),
        **null_quantiles("coset_purity", purities),
    }
    return nan_where(purities[0].isnan(), found)
