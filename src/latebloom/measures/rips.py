"""Vietoris-Rips persistence of one cloud of points: what the measures of topology share.

A bar is a hole that opens at one scale (its birth) and closes at a larger one (its death); scales are
distances between points. H0 bars are pieces of the cloud, H1 bars are loops.

Distances come from differences in float64. The usual way, by a matrix product, loses tight clusters far from
the origin and gives duplicates distances above zero. Differences cost 18 ms for 500 points of 128 features on
one core, beside 90 to 200 ms for the bars of clouds and clusters.
"""

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.errors import InputError, MissingExtraError, shown
from latebloom.measures.inputs import floating, over_lanes

MOST_POINTS = 1000
"""No more points than this go into one barcode. On one core 1000 points of a Gaussian cloud take 0.8 s, but those of
a noisy circle 15 s and 550 MB, and 2000 of these 120 s and 4.4 GB."""

ROUNDING = 1e-12
"""A loop whose bar is no longer than this share of its death is rounding: on a regular grid, births and deaths that
are equal in truth differ by some 1e-16."""

EXPONENTS = 1000
"""Points are scaled by a power of two of at most this exponent, so that the power is itself a number."""

LARGEST_SEED = 2**63 - 1
NO_BARS = np.zeros((0, 2))


class Barcode(NamedTuple):
    """The bars of a cloud, (birth, death) in each row, in float64 on the CPU.

    `pieces` are those of H0: every birth is 0, the last death is infinite. `loops` are those of H1. In each
    the longest bar comes first. Bars of no length, as between duplicates, are left out.
    """

    pieces: Float[Tensor, "piece 2"]
    loops: Float[Tensor, "loop 2"]

    def gaps(self) -> Float[Tensor, " merge"]:
        """Return the lengths of the finite H0 bars, the longest first: the edges of the spanning tree."""
        return self.pieces[1:, 1]

    def loop_lengths(self) -> Float[Tensor, " loop"]:
        """Return the lengths of the H1 bars, the longest first."""
        return self.loops[:, 1] - self.loops[:, 0]


def over_landmarks(
    measure: Callable[[Tensor], Tensor], points: Tensor, max_points: int, seed: int
) -> Float[Tensor, "*population value"]:
    """Apply `measure` to at most `max_points` samples of each lane, drawn by `seed`, the same in every lane.

    `measure` takes the float64 (sample, feature) of one lane and returns its values in one row, on any
    device. A lane that holds a nan or an infinity anywhere, also outside the draw, gets nan throughout.

    Raises:
        ShapeError: points that are no floating-point tensor with at least two samples and one feature.
        InputError: `max_points` is not from 2 to MOST_POINTS, or `seed` is not from 0 to LARGEST_SEED.
    """
    points = floating("points", points, {"sample": 2, "feature": 1})
    check_whole("max_points", max_points, 2, MOST_POINTS)
    check_whole("seed", seed, 0, LARGEST_SEED)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randperm(points.shape[-2], generator=generator)[:max_points].sort().values
    drawn = drawn.to(points.device)

    def on_landmarks(lane: Tensor) -> Tensor:
        if lane.isfinite().all():
            return measure(lane[drawn]).to(lane.device)
        return torch.full_like(measure(torch.zeros_like(lane[:2])), torch.nan).to(lane.device)

    return over_lanes(on_landmarks, points)


def barcode(landmarks: Float[Tensor, "sample feature"], loops: bool = True) -> Barcode:
    """Compute the bars of a cloud whose numbers are finite; without `loops`, those of H0 alone.

    Measures ask for those of the same cloud one after the other: the last are kept.

    Raises:
        MissingExtraError: gudhi, or scikit-learn that its interface is built on, is not installed.
    """
    cloud = landmarks.detach().cpu().contiguous()
    return _kept_barcode(cloud.numpy().tobytes(), cloud.dtype, tuple(cloud.shape), loops)


@lru_cache(maxsize=1)
def _kept_barcode(numbers: bytes, dtype: torch.dtype, shape: tuple[int, ...], loops: bool) -> Barcode:
    cloud = torch.frombuffer(bytearray(numbers), dtype=dtype).reshape(shape)
    return barcodes([cloud], loops)[0]


def barcodes(clouds: Iterable[Tensor], loops: bool = True) -> list[Barcode]:
    """Compute the `barcode` of each cloud, one after the other; of small clouds in half the time of single calls."""
    rips = _rips_persistence()(
        [0, 1] if loops else [0],
        input_type="full distance matrix",
        num_collapses=0,  # collapsing edges first pays off from H2 on only
        homology_coeff_field=2,
    )
    # It looks at one matrix after the other, so that no more than one need be in memory.
    return [
        _barcode(*diagrams) for diagrams in rips.fit_transform(distances(each).numpy() for each in clouds)
    ]


def distances(landmarks: Float[Tensor, "sample feature"]) -> Float[Tensor, "sample sample"]:
    """Compute all Euclidean distances by differences in float64, on the CPU; 0 exactly between duplicates.

    The points are divided by a power of two beforehand, which is exact, so that no square is too large or
    too small for float64. A distance that is itself too large becomes the largest float64.
    """
    landmarks = landmarks.cpu()
    exponent = math.frexp(landmarks.abs().max().item())[1]
    scale = math.ldexp(1.0, max(-EXPONENTS, min(exponent, EXPONENTS)))
    scaled = landmarks / scale
    apart = torch.cdist(scaled, scaled, compute_mode="donot_use_mm_for_euclid_dist")
    return (apart * scale).clamp(max=torch.finfo(torch.float64).max)


def check_whole(name: str, value: object, least: int, most: int) -> None:
    """Raise InputError unless `value` is a whole number from `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(f"{name}: got {shown(value)}; a whole number from {least} to {most} is needed")


def check_length(name: str, value: float) -> None:
    """Raise InputError unless `value` is a number from 0 that is not infinite."""
    if not isinstance(value, int | float) or not 0.0 <= value < math.inf:
        raise InputError(f"{name}: got {shown(value)}; a finite number from 0 is needed")


def _barcode(pieces: np.ndarray, loops: np.ndarray = NO_BARS) -> Barcode:
    lengths = loops[:, 1] - loops[:, 0]
    return Barcode(_longest_first(pieces), _longest_first(loops[lengths > ROUNDING * loops[:, 1]]))


def _longest_first(bars: np.ndarray) -> Float[Tensor, "bar 2"]:
    births, deaths = bars.T
    return torch.from_numpy(bars[np.lexsort((births, births - deaths))])


def _rips_persistence():
    # Loading it takes 1 s and 137 MB, nearly all of it scikit-learn, so only what draws barcodes waits.
    try:
        from gudhi.sklearn.rips_persistence import RipsPersistence
    except ImportError as missing:
        package = "scikit-learn" if (missing.name or "").startswith("sklearn") else "gudhi"
        raise MissingExtraError("persistent homology", package, "topology") from missing
    return RipsPersistence
