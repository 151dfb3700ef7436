"""How many directions a matrix of activations fills, as it is: not centred, from its singular values.

The singular values come from the matrix itself. Those of its Gram matrix cost less, but there every direction
that is empty seems to hold 1e-8 of the largest, and an entropy adds up over all directions.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.measures.inputs import floating, over_lanes


def effective_rank(points: Float[Tensor, "*population sample feature"]) -> Float[Tensor, "*population"]:
    """Count the directions of `points` by the entropy of their shares.

    exp(-sum q log q), with q the singular values divided by their sum. Unitless, from 1 (all samples are
    multiples of one) to min(sample, feature) (equal singular values). Not centred: a mean far from 0 counts as
    a direction. Invariant to rotation, scale, the order of samples and the order of features. nan where all
    activations are 0, and in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: no floating-point tensor, fewer than two axes, no sample or no feature.

    Source: Roy and Vetterli 2007, "The effective rank", EUSIPCO, definition 1.

    >>> round(effective_rank(torch.eye(4) * 2.0).item(), 6)
    4.0
    """
    return _diversity(_shares(points)).exp()


def feature_diversity(points: Float[Tensor, "*population sample feature"]) -> Float[Tensor, "*population"]:
    """Compute the entropy of the shares of the singular values of `points`, in nats.

    -sum q log q, with q the singular values divided by their sum; the logarithm of `effective_rank`. From 0 to
    log(min(sample, feature)). Not centred. Invariant to rotation, scale, the order of samples and the order of
    features. nan as `effective_rank`.

    Raises:
        ShapeError: as `effective_rank`.

    >>> round(feature_diversity(torch.eye(4)).item(), 4)  # log 4
    1.3863
    """
    return _diversity(_shares(points))


def stable_rank(points: Float[Tensor, "*population sample feature"]) -> Float[Tensor, "*population"]:
    """Count the directions of `points` by their energy, in units of that of the strongest.

    (sum of squared singular values) / (largest squared singular value): the squared Frobenius norm over the
    squared spectral norm. Unitless, from 1 to min(sample, feature), never above the rank. Not centred.
    Invariant to rotation, scale, the order of samples and the order of features. nan as `effective_rank`.

    Raises:
        ShapeError: as `effective_rank`.

    Source: Rudelson and Vershynin 2007, "Sampling from large matrices", J. ACM 54(4).

    >>> round(stable_rank(torch.diag(torch.tensor([2.0, 1.0, 1.0]))).item(), 6)
    1.5
    """
    return _stable(_shares(points))


def rank_statistics(
    points: Float[Tensor, "*population sample feature"],
) -> dict[str, Float[Tensor, "*population"]]:
    """Measure effective_rank, feature_diversity and stable_rank from one decomposition.

    The keys are those three names; each value is what the single measure gives. Invariant to rotation, scale,
    the order of samples and the order of features.

    Raises:
        ShapeError: as `effective_rank`.

    >>> {name: round(value.item(), 4) for name, value in rank_statistics(torch.eye(4)).items()}
    {'effective_rank': 4.0, 'feature_diversity': 1.3863, 'stable_rank': 4.0}
    """
    shares = _shares(points)
    diversity = _diversity(shares)
    return {
        "effective_rank": diversity.exp(),
        "feature_diversity": diversity,
        "stable_rank": _stable(shares),
    }


def _shares(points: Tensor) -> Float[Tensor, "*population direction"]:
    """Divide the singular values by their sum; nan where that is 0 or not finite."""
    return over_lanes(_lane_shares, floating("points", points, {"sample": 1, "feature": 1}))


def _lane_shares(lane: Float[Tensor, "sample feature"]) -> Float[Tensor, " direction"]:
    largest = lane.abs().amax()
    # Divided by it first: no square overflows or vanishes, and 0 / 0, inf / inf and nan are nan from here on.
    scaled = lane / largest
    finite = scaled.isfinite().all()
    values = torch.linalg.svdvals(torch.where(finite, scaled, 0.0))  # nan has no decomposition
    return torch.where(finite, values / values.sum(), torch.nan)


def _diversity(shares: Float[Tensor, "*population direction"]) -> Float[Tensor, "*population"]:
    return torch.special.entr(shares).sum(-1)


def _stable(shares: Float[Tensor, "*population direction"]) -> Float[Tensor, "*population"]:
    return (shares / shares[..., :1]).square().sum(-1)
