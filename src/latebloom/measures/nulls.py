"""What structural scores share: relabellings of the classes, p-values, and how lanes are kept apart.

A null is drawn by giving the classes their coordinates anew, at random. The labelling as given stands first
among the relabellings, so that what is observed and what is drawn go through the very same arithmetic. If
the coordinate means nothing, the labelling as given is one more random one: its rank among all is uniform,
and so is the p-value, for any number of draws.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from latebloom.errors import InputError, shown

EQUAL = 1e-9
"""Numbers of about one that differ by no more are one number that was rounded twice."""


def relabellings(
    classes: int, draws: int, seed: int, device: torch.device
) -> Integer[Tensor, "relabelling class"]:
    """Draw permutations of the classes, after the one that leaves them as they are.

    Row r says which class stands at each coordinate: relabelled centroids are `centroids[row]`. The same
    numbers on every device; no global random state is touched.

    Raises:
        InputError: `draws` is no whole number above 0, or `seed` none that a generator takes.
    """
    draws = whole_number("draws", draws, 1)
    seed = whole_number("seed", seed, 0)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.rand(draws, classes, generator=generator, dtype=torch.float64).argsort(-1)
    return torch.cat([torch.arange(classes)[None], drawn]).to(device)


def p_value(
    scores: Float[Tensor, "*structure relabelling"],
    distances: Float[Tensor, "*structure relabelling"] | None = None,
) -> Float[Tensor, "*structure"]:
    """Compute (1 + how many relabellings reach the labelling as given) / (1 + draws).

    A larger score reaches it; an equal score does where its distance is not larger. Without `distances`
    every equal score counts, so that a p-value of scores that tie is never too small.
    """
    observed, null = scores[..., :1], scores[..., 1:]
    equal = (null - observed).abs() <= EQUAL
    if distances is not None:
        equal = equal & (distances[..., 1:] <= distances[..., :1] + EQUAL)
    reached = (null > observed + EQUAL) | equal
    return (1.0 + reached.sum(-1).double()) / (1.0 + null.shape[-1])


def null_quantiles(
    prefix: str, scores: Float[Tensor, "*structure relabelling"]
) -> dict[str, Float[Tensor, "*structure"]]:
    """Take the median and the quantiles 0.95 and 0.99 of all relabellings but the first."""
    levels = scores.new_tensor([0.5, 0.95, 0.99])
    median, high, highest = torch.quantile(scores[..., 1:], levels, dim=-1)
    return {
        f"{prefix}_null_median": median,
        f"{prefix}_null_95": high,
        f"{prefix}_null_99": highest,
    }


def standard_scores(
    scores: Float[Tensor, "*structure relabelling"],
) -> Float[Tensor, "*structure relabelling"]:
    """Say how many standard deviations each relabelling lies above the mean of all of them.

    Scores of different kinds become comparable, and no relabelling is treated unlike another, so the rank of
    the first stays uniform. At most the square root of the draws. 0 where all are equal.
    """
    deviation = scores.std(-1, correction=0, keepdim=True)
    excess = scores - scores.mean(-1, keepdim=True)
    return torch.where(deviation > EQUAL, excess / deviation, 0.0)


def lane_by_lane(
    measure: Callable[..., dict[str, Tensor]], points: Tensor, *others: Tensor
) -> dict[str, Tensor]:
    """Apply `measure` to each lane's float64 (row, column) and its part of `others`; stack what it returns.

    A lane that holds a nan or an infinity gets nan throughout. `others` have the same population axes as
    `points`.
    """
    population = points.shape[:-2]
    lanes = points.reshape(-1, *points.shape[-2:])  # (lane, row, column)
    parts = [other.reshape(-1, *other.shape[len(population) :]) for other in others]  # (lane, ...)
    if not len(lanes):
        blanks = [part.new_zeros(part.shape[1:]) for part in parts]
        one = measure(points.new_zeros(points.shape[-2:], dtype=torch.float64), *blanks)
        return {key: value.new_empty((*population, *value.shape)) for key, value in one.items()}
    each = [_one_lane(measure, lane.double(), rest) for lane, *rest in zip(lanes, *parts, strict=True)]
    return {key: _stack([found[key] for found in each], population) for key in each[0]}


def unit_cloud(points: Float[Tensor, "row column"]) -> Float[Tensor, "row column"] | None:
    """Centre the points and divide by their largest number; None where all of them coincide.

    Coinciding points give exactly zero, and no square over- or underflows.
    """
    shifted = points - points[0]
    largest = shifted.abs().max()
    if largest == 0.0 or not largest.isfinite():
        return None
    shifted = shifted / largest
    return shifted - shifted.mean(0)


def nan_where(senseless: Bool[Tensor, ""], found: dict[str, Tensor]) -> dict[str, Tensor]:
    """Turn all numbers into nan where there was nothing to measure."""
    return {key: torch.where(senseless, torch.nan, value) for key, value in found.items()}


def whole_number(name: str, value: object, fewest: int) -> int:
    """Return `value` once it is seen to be a whole number of at least `fewest`.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < fewest:
        raise InputError(f"{name}: got {shown(value)}; a whole number, at least {fewest}, is needed")
    return value


def _one_lane(
    measure: Callable[..., dict[str, Tensor]], lane: Float[Tensor, "row column"], others: list[Tensor]
) -> dict[str, Tensor]:
    finite = torch.stack(lane.aminmax()).isfinite().all()  # a nan is both least and largest
    if finite:
        return measure(lane, *others)
    return nan_where(~finite, measure(torch.zeros_like(lane), *others))


def _stack(values: list[Tensor], population: torch.Size) -> Tensor:
    stacked = torch.stack(values)  # (lane, *value)
    return stacked.reshape((*population, *stacked.shape[1:]))
