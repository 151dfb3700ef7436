"""How large, how spread and how sparse activations are.

Every measure takes each lane as it is, without centring, and answers in float64. A lane that holds a nan
gives nan; a lane that holds an infinity gives nan or infinity. The other lanes do not notice.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.measures.inputs import floating, over_lanes

SPARSE_BELOW = 0.1
"""An activation counts as silent when its absolute value is below this."""


def activation_l2(points: Float[Tensor, "*population sample feature"]) -> Float[Tensor, "*population"]:
    """Average the Euclidean norm of a sample's activations over the samples.

    Units of `points`, from 0. Invariant to rotation and the order of samples; scales with `points`.

    Raises:
        ShapeError: no floating-point tensor, fewer than two axes, no sample or no feature.

    >>> activation_l2(torch.tensor([[3.0, 4.0], [0.0, 1.0]])).item()
    3.0
    """
    return over_lanes(_l2, _checked(points))


def activation_std(points: Float[Tensor, "*population sample feature"]) -> Float[Tensor, "*population"]:
    """Compute the standard deviation of all activations, samples and features taken together.

    Divided by their number, not by one less. Units of `points`, from 0. Invariant to the order of samples;
    scales with `points`. Right after a LayerNorm without learned gain and bias it is activation_l2 / sqrt(feature)
    identically, so there the two are one finding.

    Raises:
        ShapeError: as `activation_l2`.

    >>> activation_std(torch.tensor([[1.0, -1.0], [1.0, -1.0]])).item()
    1.0
    """
    return over_lanes(_std, _checked(points))


def activation_max(points: Float[Tensor, "*population sample feature"]) -> Float[Tensor, "*population"]:
    """Find the largest absolute value among all activations.

    Units of `points`, from 0. Invariant to the order of samples; scales with `points`.

    Raises:
        ShapeError: as `activation_l2`.

    >>> activation_max(torch.tensor([[1.0, -3.0], [2.0, 0.0]])).item()
    3.0
    """
    return over_lanes(_max, _checked(points))


def activation_sparsity(points: Float[Tensor, "*population sample feature"]) -> Float[Tensor, "*population"]:
    """Compute the share of activations whose absolute value is below 0.1.

    Unitless, from 0 to 1. Invariant to the order of samples, but not to scale: a network that shrinks grows
    sparse by this count. nan in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: as `activation_l2`.

    >>> activation_sparsity(torch.tensor([[0.0, 0.05], [0.2, -1.0]])).item()
    0.5
    """
    return over_lanes(_sparsity, _checked(points))


def activation_statistics(
    points: Float[Tensor, "*population sample feature"],
) -> dict[str, Float[Tensor, "*population"]]:
    """Measure activation_l2, activation_max, activation_sparsity and activation_std in one pass.

    The keys are those four names; each value is what the single measure gives. Invariant to the order of
    samples.

    Raises:
        ShapeError: as `activation_l2`.

    >>> {name: value.item() for name, value in activation_statistics(torch.zeros(2, 3)).items()}
    {'activation_l2': 0.0, 'activation_max': 0.0, 'activation_sparsity': 1.0, 'activation_std': 0.0}
    """
    rows = over_lanes(_statistics, _checked(points))  # (*population, statistic)
    names = ("activation_l2", "activation_max", "activation_sparsity", "activation_std")
    return dict(zip(names, rows.unbind(-1), strict=True))


def _checked(points: Tensor) -> Tensor:
    return floating("points", points, {"sample": 1, "feature": 1})


def _statistics(lane: Float[Tensor, "sample feature"]) -> Float[Tensor, " statistic"]:
    return torch.stack([_l2(lane), _max(lane), _sparsity(lane), _std(lane)])


def _l2(lane: Float[Tensor, "sample feature"]) -> Float[Tensor, ""]:
    return torch.linalg.vector_norm(lane, dim=-1).mean()


def _max(lane: Float[Tensor, "sample feature"]) -> Float[Tensor, ""]:
    return lane.abs().amax()


def _sparsity(lane: Float[Tensor, "sample feature"]) -> Float[Tensor, ""]:
    magnitude = lane.abs()
    share = (magnitude < SPARSE_BELOW).count_nonzero().double() / lane.numel()
    # A comparison with nan is silently false, and would count as not silent.
    return torch.where(magnitude.amax().isfinite(), share, torch.nan)


def _std(lane: Float[Tensor, "sample feature"]) -> Float[Tensor, ""]:
    shifted = lane - lane[0, 0]  # equal activations must give exactly zero
    return torch.linalg.vector_norm(shifted - shifted.mean()) / lane.numel() ** 0.5
