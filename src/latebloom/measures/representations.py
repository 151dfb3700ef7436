"""Which irreducible representations of its group does a network use?"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import ShapeError
from latebloom.measures.cayley import FiniteGroup, finite_group
from latebloom.measures.inputs import floating
from latebloom.measures.irreps import Irreps, irreps_of
from latebloom.measures.nulls import (
    lane_by_lane,
    nan_where,
    null_quantiles,
    p_value,
    relabellings,
    unit_cloud,
)
from latebloom.measures.translations import last_best, moves, score_over_chance, translations


def irrep_power(
    centroids: Float[Tensor, "*population class feature"],
    cayley: Integer[Tensor, "class class"] | None = None,
) -> Float[Tensor, "*population irrep"]:
    """Compute the share of the centred energy of a representation that each irrep of its group holds.

    For the Fourier transform F(rho) = sum over g of x(g) rho(g) the share is d tr(F^T F) / |G| / (total
    squared deviation from the mean), by Plancherel; summed over features. Shares are from 0 to 1 and add up to 1.
    The points are centred, so the trivial irrep, which comes first, has 0. By chance an irrep of dimension d
    gets d^2 / (n - 1) on a group of order n. The irreps are those over the real numbers (a conjugate pair
    counts as one), in the order of `irreps(cayley)`: on S_n with n up to 5 the partitions in falling order, on
    Z_n the frequencies 0..n // 2.

    Invariant to rotation, translation and scale. nan where all points coincide, and in a lane that holds a nan
    or an infinity.

    Args:
        centroids: a point for each group element: an embedding, or means of activations by element.
        cayley: the group's multiplication table (row a, column b holds ab), its elements numbered as the
            classes are; without it addition modulo the number of classes.

    Raises:
        ShapeError: arrays that do not fit.
        InputError: the table of no group.

    Source: arXiv 2302.03025 and 2312.06581, which apply it to embeddings and to units.

    >>> from latebloom.measures.cayley import symmetric_table
    >>> where_0_goes = torch.eye(4).repeat_interleave(6, dim=0)  # of each permutation of four things
    >>> [round(share, 6) for share in irrep_power(where_0_goes, symmetric_table(4)).tolist()]
    [0.0, 1.0, 0.0, 0.0, 0.0]
    """
    centroids = floating("centroids", centroids, {"class": 2, "feature": 1})
    group = finite_group(cayley, centroids.shape[-2])
    itself = torch.arange(group.order, device=centroids.device)[None]
    return lane_by_lane(lambda lane: {"power": _power(lane, group, itself)[0]}, centroids)["power"]


def irrep_scan(
    centroids: Float[Tensor, "*population class feature"],
    cayley: Integer[Tensor, "class class"] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Float[Tensor, "*population"]]:
    """Find the irrep whose power stands out most from chance.

    By chance an irrep that fills r of the n - 1 directions (r = d^2 for dimension d) gets r / (n - 1) of the
    energy, so the largest share would nearly always be that of the largest irrep. They are compared instead by
    a score: the signed root of the share's deviance from that, if the points were one Gaussian unit. Near
    chance this is a number of standard deviations; it grows as the share comes near to 1. All irreps but the
    trivial one take part:

    * `irrep_best`: which stands out most, a place on the axis of `irrep_power`
    * `irrep_best_power`: its share of the energy
    * `irrep_best_score`: its score, the largest
    * `irrep_null_median`, `_95`, `_99`: quantiles of the largest score under relabelling of the elements
    * `irrep_p_value`: (1 + relabellings with as large a one) / (1 + draws)

    Invariant to rotation, translation and scale. nan where all points coincide, and in a lane that holds a nan
    or an infinity.

    Args:
        centroids: a point for each group element, at least four.
        cayley: the group's multiplication table (row a, column b holds ab), its elements numbered as the
            classes are; without it addition modulo the number of classes.
        draws: how many relabellings of the elements.
        seed: of the relabellings, which are the same for every lane.

    Raises:
        ShapeError: arrays that do not fit.
        InputError: the table of no group, or another argument out of range.

    Source: the power as in arXiv 2302.03025; the score is latebloom's.

    >>> from latebloom.measures.cayley import symmetric_table
    >>> where_0_goes = torch.eye(4).repeat_interleave(6, dim=0)  # of each permutation of four things
    >>> found = irrep_scan(where_0_goes, symmetric_table(4))
    >>> found["irrep_best"].item(), round(found["irrep_p_value"].item(), 3)
    (1.0, 0.005)
    """
    centroids = floating("centroids", centroids, {"class": 4, "feature": 1})
    group = finite_group(cayley, centroids.shape[-2])
    rows = relabellings(group.order, draws, seed, centroids.device)
    return lane_by_lane(lambda lane: _irrep_scan(lane, group, rows), centroids)


def logit_trace_similarity(
    table_logits: Float[Tensor, "*population first second class"],
    cayley: Integer[Tensor, "class class"] | None = None,
) -> Float[Tensor, "*population irrep"]:
    """Compute the cosine between logits and the characters tr(rho(a) rho(b) rho(c^-1)) of each irrep.

    The logits of each pair (a, b) are centred over the answers c first; then the cosine is one over the whole
    table. From -1 to 1. The characters of different irreps are orthogonal, so the squares add up to at most 1:
    the share of the logits' energy that characters explain. The trivial irrep, which comes first, has 0. The
    irreps are those over the real numbers, as for `irrep_power` and in the same order.

    Invariant to positive scale. nan where the logits of every pair are constant, and in a lane that holds a nan
    or an infinity.

    Args:
        table_logits: for each pair (a, b) of elements the logits of each answer.
        cayley: the group's multiplication table (row a, column b holds ab), its elements numbered as the
            classes are; without it addition modulo the number of classes.

    Raises:
        ShapeError: arrays that do not fit.
        InputError: the table of no group.

    Source: arXiv 2302.03025, section 5.1.

    >>> from latebloom.measures.cayley import symmetric_table
    >>> sign = torch.tensor([1.0, -1.0, -1.0, 1.0, 1.0, -1.0])
    >>> logits = sign[:, None, None] * sign[:, None] * sign
    >>> [round(cosine, 6) for cosine in logit_trace_similarity(logits, symmetric_table(3)).tolist()]
    [0.0, 0.0, 1.0]
    """
    group, pairs = _pairs(table_logits, cayley, 2)
    itself = torch.arange(group.order, device=pairs.device)[None]
    return lane_by_lane(lambda lane: {"cosine": _cosines(lane, group, itself)[:, 0]}, pairs)["cosine"]


def logit_trace_scan(
    table_logits: Float[Tensor, "*population first second class"],
    cayley: Integer[Tensor, "class class"] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Float[Tensor, "*population"]]:
    """Find the irrep to whose characters the logits are most similar, and what chance would give.

    * `logit_trace_best_irrep`: a place on the axis of `logit_trace_similarity`, not that of the trivial irrep
    * `logit_trace_best_similarity`: its cosine, the largest
    * `logit_trace_explained`: the squares of all cosines, added up: from 0 to 1
    * `logit_trace_null_median`, `_95`, `_99`: quantiles of the largest cosine if the answers are relabelled
    * `logit_trace_p_value`: (1 + relabellings with as large a one) / (1 + draws)

    Invariant to positive scale. nan where the logits of every pair are constant, and in a lane that holds a nan
    or an infinity.

    Args:
        table_logits: for each pair (a, b) of elements the logits of each answer; at least four elements.
        cayley: the group's multiplication table (row a, column b holds ab), its elements numbered as the
            classes are; without it addition modulo the number of classes.
        draws: how many relabellings of the answers.
        seed: of the relabellings, which are the same for every lane.

    Raises:
        ShapeError: arrays that do not fit.
        InputError: the table of no group, or another argument out of range.

    Source: arXiv 2302.03025, section 5.1; the null is latebloom's.

    >>> answers = torch.nn.functional.one_hot((torch.arange(5)[:, None] + torch.arange(5)) % 5).double()
    >>> round(logit_trace_scan(answers)["logit_trace_explained"].item(), 6)
    1.0
    """
    group, pairs = _pairs(table_logits, cayley, 4)
    rows = relabellings(group.order, draws, seed, pairs.device)
    return lane_by_lane(lambda lane: _logit_trace_scan(lane, group, rows), pairs)


def _power(
    lane: Float[Tensor, "class feature"], group: FiniteGroup, rows: Integer[Tensor, "draw class"]
) -> Float[Tensor, "draw irrep"]:
    cloud = unit_cloud(lane)
    if cloud is None:
        return lane.new_full((len(rows), len(irreps_of(group).names)), torch.nan)
    steps = translations(group)
    moved = moves(cloud, steps.partners[1].to(cloud.device), rows)  # (draw, translation)
    total = moved @ steps.weights.to(moved) / group.order
    # <x, Px> = sum of p(u) <x, ux>, and <x, ux> is total - moved: p sums to 0 over the group, total drops out.
    power = -moved @ steps.folded(_kernels(group)).to(moved).mT
    power[:, 0] = 0.0
    return (power / total[:, None]).clamp(0.0, 1.0)


def _irrep_scan(
    lane: Float[Tensor, "class feature"], group: FiniteGroup, rows: Integer[Tensor, "draw class"]
) -> dict[str, Tensor]:
    power = _power(lane, group, rows).mT[1:]  # (irrep, draw)
    senseless = power.isnan().any()
    ranks = torch.tensor(irreps_of(group).ranks[1:], dtype=torch.float64, device=lane.device)[:, None]
    scores = score_over_chance(power.nan_to_num(), ranks, group.order)
    largest, best = scores.amax(0), last_best(scores[:, 0])
    found = {
        "irrep_best": best.double() + 1.0,
        "irrep_best_power": power[best, 0],
        "irrep_best_score": scores[best, 0],
        **null_quantiles("irrep", largest),
        "irrep_p_value": p_value(largest),
    }
    return nan_where(senseless, found)


def _pairs(table_logits: Tensor, cayley: Tensor | None, fewest: int) -> tuple[FiniteGroup, Tensor]:
    """Check a table of logits; give the group and the logits of shape (*population, pair, class)."""
    logits = floating("table_logits", table_logits, {"first": fewest, "second": fewest, "class": fewest})
    if len(set(logits.shape[-3:])) > 1:
        raise ShapeError(
            f"table_logits: got shape {tuple(logits.shape)}; as many first as second elements and classes "
            "are needed, with the axes (*population, first, second, class)"
        )
    return finite_group(cayley, logits.shape[-1]), logits.flatten(-3, -2)


def _cosines(
    lane: Float[Tensor, "pair class"], group: FiniteGroup, rows: Integer[Tensor, "draw class"]
) -> Float[Tensor, "irrep draw"]:
    """Compute the cosines with the characters, for each relabelling of the answers."""
    shifted = lane - lane[:, :1]
    centred = shifted - shifted.mean(-1, keepdim=True)
    size = centred.abs().max()
    centred = centred / size
    products = torch.from_numpy(group.products.copy()).to(lane.device)
    by_product = centred.new_zeros(group.order, group.order)  # (product, answer): characters see no more
    by_product.index_add_(0, products.flatten(), centred)
    kernels = _kernels(group).to(centred)
    kernels = kernels / kernels.square().sum(-1, keepdim=True).sqrt()
    quotients = products[:, torch.from_numpy(group.inverses.copy()).to(lane.device)]  # p c^-1
    characters = kernels[:, quotients].flatten(1)  # (irrep, product * answer)
    step = max(1, 2**20 // by_product.numel())
    parts = [characters @ by_product[:, some].transpose(0, 1).flatten(1).mT for some in rows.split(step)]
    cosines = torch.cat(parts, dim=-1) / (group.order * centred.square().sum().sqrt())
    cosines[0] = 0.0 * cosines[0].abs()  # but for rounding; nan stays nan
    return cosines


def _logit_trace_scan(
    lane: Float[Tensor, "pair class"], group: FiniteGroup, rows: Integer[Tensor, "draw class"]
) -> dict[str, Tensor]:
    cosines = _cosines(lane, group, rows)
    senseless = cosines.isnan().any()
    cosines = cosines[1:].nan_to_num()
    largest, best = cosines.amax(0), last_best(cosines[:, 0])
    found = {
        "logit_trace_best_irrep": best.double() + 1.0,
        "logit_trace_best_similarity": cosines[best, 0],
        "logit_trace_explained": cosines[:, 0].square().sum(),
        **null_quantiles("logit_trace", largest),
        "logit_trace_p_value": p_value(largest),
    }
    return nan_where(senseless, found)


def _kernels(group: FiniteGroup) -> Float[Tensor, "irrep element"]:
    found: Irreps = irreps_of(group)
    return found.kernels
