"""How many dimensions a curved cloud of points has, as seen by each point's two nearest neighbours.

The neighbours are exact: a matrix product gives a lower bound of every squared distance, and the few points that it
leaves in question are measured by their differences. The product alone loses the distances inside a tight cluster,
because it subtracts two numbers as large as the whole cloud from each other.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import InputError, shown
from latebloom.measures.inputs import floating, over_lanes

NAMES = (
    "twonn_dimension",
    "twonn_dimension_facco",
    "twonn_dimension_ml",
    "twonn_duplicates",
    "twonn_samples",
)
CANDIDATES = 3
"""So many neighbours are measured first; nearly always the two nearest are proved to be among them."""

BOUNDS = 4_000_000
"""Bounds held at once: of fewer, products are thin; of more, the first have left the processor when they are read."""

GROUP = 8
"""Of so many bounds the least is looked for first: minima of rows are quick to find, the places of minima are not."""

FEW = 0.1
"""A share of points that may be left in question by float32; where more are, float64 is asked."""

CHUNK = 1_000_000
"""Differences held at once, in memory that is kept; with three times as many it took more than twice as long."""

PLAIN = 16
"""Coordinates up to 2 to this power, and down to its inverse, are squared as they are."""

TIE = 1e-12
"""Two distances whose ratio exceeds 1 by less than this are equal but for rounding."""


def twonn_dimension(
    points: Float[Tensor, "*population sample feature"], discard: float = 0.1
) -> dict[str, Float[Tensor, "*population"]]:
    """Estimate the intrinsic dimension from the ratio of each point's two nearest distances.

    For a cloud of even density the logarithm of that ratio is exponential with rate d, whatever the density.
    Three estimates of d, unitless, from 0, and what they rest on:

    * twonn_dimension: the slope through the origin of -log(1 - F) on the sorted log ratios, without the
      largest `discard` of them; F = (i - 1) / N for the i-th of N.
    * twonn_dimension_facco: the same with F = i / N, as the paper has it.
    * twonn_dimension_ml: the maximum of the likelihood of all ratios, (N - 1) / (sum of the log ratios).
    * twonn_duplicates: the share of points dropped because an earlier one is exactly equal, from 0 to 1.
    * twonn_samples: the number N of points kept.

    Distances are exact to the rounding of float64. Invariant to rotation, translation, scale, the order of
    samples and the order of features. The three estimates are nan where over half of the points are duplicates,
    where fewer than three are left, and where over half of the points have two neighbours at equal distance
    (on a grid, or one-hot); everything is nan in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: no floating-point tensor, fewer than two axes, three samples or one feature.
        InputError: `discard` is not at least 0 and below 1.

    Source: Facco et al. 2017, arXiv 1803.06992, eqs. 3 to 5.

    >>> sheet = torch.rand(1000, 2, generator=torch.Generator().manual_seed(0)) @ torch.ones(2, 5).triu()
    >>> [round(value.item(), 1) for value in twonn_dimension(sheet).values()]
    [2.1, 2.1, 2.0, 0.0, 1000.0]
    """
    if isinstance(discard, bool) or not isinstance(discard, int | float) or not 0.0 <= discard < 1.0:
        raise InputError(f"discard: got {shown(discard)}; a share of at least 0 and below 1 is needed")
    points = floating("points", points, {"sample": 3, "feature": 1})
    rows = over_lanes(lambda lane: _twonn(lane, discard), points)  # (*population, estimate)
    return dict(zip(NAMES, rows.unbind(-1), strict=True))


def _twonn(lane: Float[Tensor, "sample feature"], discard: float) -> Float[Tensor, " estimate"]:
    if not lane.isfinite().all():
        return lane.new_full((len(NAMES),), math.nan)
    points, samples = _scaled(lane), len(lane)
    nearest = _two_nearest(points, beyond_copies=False)
    if _has_copies(nearest):
        points = torch.unique(points, dim=0)
        nearest = _two_nearest(points) if len(points) >= 3 else nearest
    kept = len(points)
    duplicates = (samples - kept) / samples
    beside = lane.new_tensor([duplicates, kept])
    if kept < 3 or duplicates > 0.5:
        return torch.cat([lane.new_full((3,), math.nan), beside])
    return torch.cat([_estimates(_log_ratios(nearest), discard), beside])


def _has_copies(nearest: Float[Tensor, "sample 2"]) -> bool:
    """Whether points are equal, or so close that their squared distance is 0."""
    return bool((nearest[:, 0] == 0.0).any())


def _scaled(lane: Float[Tensor, "sample feature"]) -> Float[Tensor, "sample feature"]:
    """Divide by a power of two, which is exact, where squares might overflow or vanish."""
    exponent = torch.frexp(lane.abs().amax()).exponent
    return torch.ldexp(lane, -exponent) if abs(int(exponent)) > PLAIN else lane


def _estimates(ratios: Float[Tensor, " sample"], discard: float) -> Float[Tensor, " estimate"]:
    """Estimate the dimension in three ways from the sorted log ratios."""
    samples = len(ratios)
    left = math.floor(samples * (1.0 - discard) + 1e-9)  # 0.9 of 10 is 9, however it is rounded
    ranks = torch.arange(left, dtype=torch.float64, device=ratios.device)
    found = torch.stack(
        [
            _slope(ratios[:left], ranks / samples),
            _slope(ratios[: min(left, samples - 1)], (ranks[: samples - 1] + 1.0) / samples),
            (samples - 1) / ratios.sum(),
        ]
    )
    tied = (ratios == 0.0).count_nonzero() * 2 > samples
    usable = ratios.isfinite().all() & ~tied  # infinite: two points so close that their squared distance is 0
    return torch.where(usable & found.isfinite(), found, math.nan)


def _slope(ratios: Float[Tensor, " rank"], below: Float[Tensor, " rank"]) -> Float[Tensor, ""]:
    heights = -torch.log1p(-below)
    return ratios.dot(heights) / ratios.dot(ratios)


def _log_ratios(nearest: Float[Tensor, "sample 2"]) -> Float[Tensor, " sample"]:
    """Sort the logarithms of second over first distance; the points are all different."""
    first, second = nearest.unbind(-1)  # each (sample,), squared distances
    ratios = (second / first).sqrt()
    return torch.where(ratios - 1.0 > TIE, ratios.log(), 0.0).sort().values


class _Cloud(NamedTuple):
    """Points, and two factors: a row of `left` times one of `right` bounds a squared distance from below."""

    points: Float[Tensor, "sample feature"]
    left: Float[Tensor, "sample feature+2"]
    right: Float[Tensor, "padded feature+2"]


def _two_nearest(
    points: Float[Tensor, "sample feature"], *, beyond_copies: bool = True
) -> Float[Tensor, "sample 2"]:
    """Find the squared distances of each point to its two nearest neighbours.

    Where some are copies of each other, all of which would be in question, it ends there unless it is to look beyond.
    """
    everybody = torch.arange(len(points), device=points.device)
    for precision in (torch.float32, torch.float64):
        cloud = _cloud(points, precision)
        farthest, columns = _candidates(cloud)  # (sample,), (sample, candidate)
        nearest = _measured(points, everybody, columns)
        if not beyond_copies and _has_copies(nearest):
            return nearest
        unsure = (
            (farthest < nearest[:, 1]).nonzero().squeeze(-1)
        )  # a point beyond the candidates may be nearer
        if len(unsure) <= FEW * len(points):
            break
    for rows in unsure.split(_rows_at_once(cloud)) if len(unsure) else ():
        nearest[rows] = _nearest_within(cloud, rows, nearest[rows, 1:])
    return nearest


def _cloud(points: Float[Tensor, "sample feature"], precision: torch.dtype) -> _Cloud:
    """Make the factors, those of `right` padded to whole groups with points that are infinitely far away."""
    samples, features = points.shape
    centred = points - points.mean(0)
    # |x|^2 + |y|^2 - 2 x.y, of rounded factors and summed in any order, is off by less than (feature + 12) roundings
    # of the sum of its absolute terms (Higham 2002, section 3.1), which is at most twice |x|^2 + |y|^2; and by what is
    # lost where a product of two factors is too small to be written.
    limits = torch.finfo(precision)
    slack = 2 * (features + 12) * limits.eps
    norms = torch.linalg.vecdot(centred, centred) * (1.0 - slack) - 4 * features * limits.tiny
    right = centred.new_zeros(samples + -samples % GROUP, features + 2, dtype=precision)
    right[:samples, :-2], right[:, -2], right[:samples, -1], right[samples:, -1] = (
        centred,
        1.0,
        norms,
        math.inf,
    )
    left = right[:samples] * -2.0
    left[:, -2], left[:, -1] = norms, 1.0
    return _Cloud(points, left, right)


def _rows_at_once(cloud: _Cloud) -> int:
    return max(1, BOUNDS // len(cloud.right))


def _bounds(
    cloud: _Cloud, rows: Integer[Tensor, " row"], out: Float[Tensor, "row padded"] | None = None
) -> Float[Tensor, "row padded"]:
    """Bound the squared distances of some points to all, from below; nobody is his own neighbour."""
    return torch.mm(cloud.left[rows], cloud.right.mT, out=out).scatter_(-1, rows[:, None], math.inf)


def _candidates(
    cloud: _Cloud,
) -> tuple[Float[Tensor, " sample"], Integer[Tensor, "sample candidate"]]:
    """Find the neighbours of each point with the smallest lower bounds, and the largest of these bounds.

    They are in the groups of bounds with the smallest minima.
    """
    size = min(CANDIDATES, len(cloud.points) - 1)
    groups = len(cloud.right) // GROUP
    members = groups * torch.arange(GROUP, device=cloud.right.device)  # of group 0; group 1 is one further
    everybody = torch.arange(len(cloud.points), device=cloud.right.device)
    memory = cloud.left.new_empty(
        _rows_at_once(cloud), len(cloud.right)
    )  # new one each time took a third longer
    farthest, columns = [], []
    for rows in everybody.split(_rows_at_once(cloud)):
        bounds = _bounds(cloud, rows, memory[: len(rows)])
        least = bounds.unflatten(-1, (GROUP, groups)).amin(1)  # (row, group)
        best = least.topk(min(size, groups), largest=False, sorted=False).indices
        inside = (best[:, :, None] + members).flatten(1)  # (row, member of the best groups)
        kept = bounds.gather(-1, inside).topk(size, largest=False, sorted=False)
        farthest.append(kept.values.amax(-1))
        columns.append(inside.gather(-1, kept.indices))
    return torch.cat(farthest), torch.cat(columns)


def _nearest_within(
    cloud: _Cloud, rows: Integer[Tensor, " row"], within: Float[Tensor, "row 1"]
) -> Float[Tensor, "row 2"]:
    """Measure every point that may be at most `within` away, of which there are at least two."""
    bounds = _bounds(cloud, rows)
    candidates = int((bounds <= within).count_nonzero(-1).max())
    columns = bounds.topk(candidates, largest=False, sorted=False).indices  # (row, candidate)
    return _measured(cloud.points, rows, columns)


def _measured(
    points: Float[Tensor, "sample feature"],
    rows: Integer[Tensor, " row"],
    columns: Integer[Tensor, "row candidate"],
) -> Float[Tensor, "row 2"]:
    """Compute the squared distances to the candidates by differences, and keep the two smallest."""
    candidates, features = columns.shape[1], points.shape[1]
    size = max(1, CHUNK // (candidates * features))
    memory = points.new_empty(min(size, len(rows)) * candidates, features)
    found = []
    for row, column in zip(rows.split(size), columns.split(size), strict=True):
        gathered = torch.index_select(points, 0, column.flatten(), out=memory[: column.numel()])
        apart = gathered.view(*column.shape, features).sub_(points[row, None])  # (row, candidate, feature)
        found.append(torch.linalg.vecdot(apart, apart).topk(2, largest=False).values)
    return torch.cat(found)
