"""Does a representation of a group gather by the cosets of one of its subgroups?"""

from dataclasses import dataclass
from functools import lru_cache
from typing import final

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.cayley import FiniteGroup, finite_group
from latebloom.measures.inputs import floating
from latebloom.measures.nulls import (
    lane_by_lane,
    nan_where,
    null_quantiles,
    p_value,
    relabellings,
    unit_cloud,
)
from latebloom.measures.subgroups import subgroups_of
from latebloom.measures.translations import last_best, moves, score_over_chance, translations, unit_moves

_SIDES = {"left": (0,), "right": (1,), "either": (1, 0)}
"""The sides to look at, the left one last: where both are equally good it is named."""


def coset_concentration(
    centroids: Float[Tensor, "*population class feature"],
    cayley: Integer[Tensor, "class class"] | None = None,
    side: str = "either",
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Float[Tensor, "*population feature"]]:
    """Find for each unit the subgroup on whose cosets it is most nearly constant, as Stander et al. do.

    C_H(f) = (sum over the cosets of H of the variance of f on the coset) / (variance of f), with sample
    variances. 0 if f is constant on each coset of H, about the number of cosets if f has nothing to do with
    them. Here the minimum over all subgroups but the trivial one (where it is 0 / 0) and the whole group
    (where it is 1), for each unit (column of `centroids`) by itself:

    * `coset_concentration`: the minimum; small is structured
    * `coset_concentration_subgroup`: which subgroup has it, a row of `subgroups(cayley)`. f is constant on the
      cosets of a subgroup too if it is on those of a larger one: of equal ones the last, so a largest, is named
    * `coset_concentration_order`: how many members that has
    * `coset_concentration_side`: 0 for its left cosets gH, 1 for its right cosets Hg; 0 if they are the same
    * `coset_concentration_explained`: variance between those cosets / total variance, from 0 to 1
    * `coset_concentration_null_median`, `_05`, `_01`: quantiles of the same minimum under relabelling
    * `coset_concentration_p_value`: (1 + relabellings with as small a minimum) / (1 + draws)

    Invariant to scale and translation; not to rotation, which mixes the units. nan for a unit that is constant,
    and throughout a lane that holds a nan or an infinity.

    Args:
        centroids: a number for each group element and unit: a weight matrix by token, an embedding, or means
            of activations by element.
        cayley: the group's multiplication table (row a, column b holds ab), its elements numbered as the
            classes are; without it addition modulo the number of classes.
        side: "left" or "right" looks at cosets of one side only.
        draws: how many relabellings of the elements.
        seed: of the relabellings, which are the same for every lane.

    Raises:
        ShapeError: arrays that do not fit, or a group without proper subgroups.
        InputError: the table of no group, or another argument out of range.

    Source: arXiv 2312.06581, section 6.1; sample variances as in the authors' code.

    >>> from latebloom.measures.cayley import symmetric_table
    >>> sign = torch.tensor([[1.0], [-1.0], [-1.0], [1.0], [1.0], [-1.0]])
    >>> found = coset_concentration(sign, symmetric_table(3))
    >>> found["coset_concentration"].item(), found["coset_concentration_order"].item()
    (0.0, 3.0)
    """
    centroids = floating("centroids", centroids, {"class": 2, "feature": 1})
    group = finite_group(cayley, centroids.shape[-2])
    rows = relabellings(group.order, draws, seed, centroids.device)
    sides = _sides_of(side)
    return lane_by_lane(lambda lane: _coset_concentration(lane, group, sides, rows), centroids)


def subgroup_scan(
    centroids: Float[Tensor, "*population class feature"],
    cayley: Integer[Tensor, "class class"] | None = None,
    side: str = "either",
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Float[Tensor, "*population"]]:
    """Find the subgroup whose cosets stand out most from what chance explains, for all features together.

    The share of variance between the cosets of H grows with their number k: by chance it is (k - 1) / (n - 1)
    on a group of order n. So subgroups are compared by a score: the signed root of the share's deviance from
    that, if the points were one Gaussian unit. Near chance this is a number of standard deviations; it grows as
    the share comes near to 1. All subgroups but the trivial one and the whole group take part:

    * `subgroup_best`: which stands out most, a row of `subgroups(cayley)`
    * `subgroup_best_order`: how many members it has
    * `subgroup_best_side`: 0 for its left cosets gH, 1 for its right cosets Hg; 0 if they are the same
    * `subgroup_best_explained`: variance between those cosets / total variance, from 0 to 1
    * `subgroup_best_score`: its score, the largest
    * `subgroup_null_median`, `_95`, `_99`: quantiles of the largest score under relabelling
    * `subgroup_p_value`: (1 + relabellings with as large a one) / (1 + draws)

    Invariant to rotation, translation and scale. nan where all points coincide, and in a lane that holds a nan
    or an infinity.

    Args:
        centroids: a point for each group element.
        cayley: the group's multiplication table (row a, column b holds ab), its elements numbered as the
            classes are; without it addition modulo the number of classes.
        side: "left" or "right" looks at cosets of one side only.
        draws: how many relabellings of the elements.
        seed: of the relabellings, which are the same for every lane.

    Raises:
        ShapeError: arrays that do not fit, or a group without proper subgroups.
        InputError: the table of no group, or another argument out of range.

    Source: cosets as in arXiv 2312.06581; the score is latebloom's.

    >>> from latebloom.measures.cayley import symmetric_table
    >>> where_0_goes = torch.eye(4).repeat_interleave(6, dim=0)  # constant on cosets gH, H fixes 0
    >>> found = subgroup_scan(where_0_goes, symmetric_table(4))
    >>> [found[f"subgroup_best{key}"].item() for key in ("_order", "_side", "_explained")]
    [6.0, 0.0, 1.0]
    """
    centroids = floating("centroids", centroids, {"class": 2, "feature": 1})
    group = finite_group(cayley, centroids.shape[-2])
    rows = relabellings(group.order, draws, seed, centroids.device)
    sides = _sides_of(side)
    return lane_by_lane(lambda lane: _subgroup_scan(lane, group, sides, rows), centroids)


def _subgroup_scan(
    lane: Float[Tensor, "class feature"],
    group: FiniteGroup,
    sides: tuple[int, ...],
    rows: Integer[Tensor, "draw class"],
) -> dict[str, Tensor]:
    cloud = unit_cloud(lane)
    points = torch.zeros_like(lane) if cloud is None else cloud
    proper, steps = _proper_subgroups(group), translations(group)
    shares: list[Tensor] = []
    for side in sides:
        moved = moves(points, steps.partners[side].to(points.device), rows)
        total = moved @ steps.weights.to(moved) / group.order
        shares.append(1.0 - moved @ proper.within.to(moved).mT / total[:, None])
    explained = torch.stack(shares, dim=-1).flatten(1).mT  # (subgroup * side, draw)
    cosets = (group.order / proper.orders.to(explained)).repeat_interleave(len(sides))[:, None]
    scores = score_over_chance(explained, cosets - 1.0, group.order)
    largest, best = scores.amax(0), last_best(scores[:, 0])
    subgroup, order, side = _names(best, proper, sides)
    found = {
        "subgroup_best": subgroup,
        "subgroup_best_order": order,
        "subgroup_best_side": side,
        "subgroup_best_explained": explained[best, 0],
        "subgroup_best_score": scores[best, 0],
        **null_quantiles("subgroup", largest),
        "subgroup_p_value": p_value(largest),
    }
    return nan_where(torch.tensor(cloud is None, device=lane.device), found)


def _coset_concentration(
    lane: Float[Tensor, "class feature"],
    group: FiniteGroup,
    sides: tuple[int, ...],
    rows: Integer[Tensor, "draw class"],
) -> dict[str, Tensor]:
    shifted = lane - lane[0]
    size = shifted.abs().amax(0)
    points = shifted / torch.where(size > 0.0, size, 1.0)
    proper, steps = _proper_subgroups(group), translations(group)
    # from sums of squares to the ratio of sample variances
    within = proper.within * (group.order - 1.0) / (proper.orders[:, None] - 1.0)
    within, weights = within.to(points), steps.weights.to(points) / group.order

    def concentration(moved: Float[Tensor, "translation column"]) -> Float[Tensor, "subgroup column"]:
        return (within @ moved) / (weights @ moved)

    scores: list[Tensor] = []
    smallest: list[Tensor] = []
    for side in sides:
        partners = steps.partners[side].to(points.device)
        scores.append(unit_moves(points, partners, rows[:1], concentration)[:, 0])  # (subgroup, unit)
        smallest.append(unit_moves(points, partners, rows, lambda moved: concentration(moved).amin(0)))
    observed = torch.stack(scores, dim=1).flatten(0, 1)  # (subgroup * side, unit)
    minima = torch.stack(smallest).amin(0).mT  # (unit, draw)
    found = _concentration_record(observed, minima, proper, sides)
    return {key: torch.where(size > 0.0, numbers, torch.nan) for key, numbers in found.items()}


def _concentration_record(
    observed: Float[Tensor, "candidate unit"],
    minima: Float[Tensor, "unit draw"],
    proper: "_ProperSubgroups",
    sides: tuple[int, ...],
) -> dict[str, Tensor]:
    best = last_best(-observed)
    value = observed.gather(0, best[None])[0]
    subgroup, order, side = _names(best, proper, sides)
    median, low, lowest = torch.quantile(minima[:, 1:], minima.new_tensor([0.5, 0.05, 0.01]), dim=-1)
    return {
        "coset_concentration": value,
        "coset_concentration_subgroup": subgroup,
        "coset_concentration_order": order,
        "coset_concentration_side": side,
        "coset_concentration_explained": 1.0 - value * (order - 1.0) / (proper.group_order - 1.0),
        "coset_concentration_null_median": median,
        "coset_concentration_null_05": low,
        "coset_concentration_null_01": lowest,
        "coset_concentration_p_value": p_value(-minima),
    }


def _names(
    best: Integer[Tensor, "..."], proper: "_ProperSubgroups", sides: tuple[int, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    """Say which subgroup a candidate is, of which order, and on which side."""
    subgroup = best // len(sides)
    names = torch.tensor(sides, dtype=torch.float64, device=best.device)
    return subgroup.double() + 1.0, proper.orders.to(best.device)[subgroup], names[best % len(sides)]


def _sides_of(side: object) -> tuple[int, ...]:
    """Check the argument `side`.

    Raises:
        InputError: it is not one of "left", "right" and "either".
    """
    if not isinstance(side, str) or side not in _SIDES:
        raise InputError(f"side: got {shown(side)}; 'left', 'right' or 'either' is needed")
    return _SIDES[side]


@final
@dataclass(frozen=True, eq=False)
class _ProperSubgroups:
    """The subgroups but the first and the last of `subgroups`: the trivial one and the whole group.

    Attributes:
        group_order: how many elements the group has.
        orders: how many members each has.
        within: the sums over translations that give the squares within cosets. Shape (subgroup, translation).
    """

    group_order: int
    orders: Float[Tensor, " subgroup"]
    within: Float[Tensor, "subgroup translation"]


@lru_cache(maxsize=16)
def _proper_subgroups(group: FiniteGroup) -> _ProperSubgroups:
    """List the subgroups of a group that are neither trivial nor everything.

    Raises:
        ShapeError: there are none.
    """
    members = torch.from_numpy(subgroups_of(group))[1:-1].double()
    if not len(members):
        raise ShapeError(
            f"centroids: got {group.order} classes, and a group of that order has no proper subgroups; "
            "a number of classes that is no prime is needed"
        )
    orders = members.sum(-1)
    return _ProperSubgroups(group.order, orders, translations(group).folded(members / orders[:, None]))
