"""Which of three stages of feature learning each evaluation of a run shows, judged from its curves."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.inputs import floating

UNDETERMINED, LAZY, INDEPENDENT, INTERACTIVE = 0.0, 1.0, 2.0, 3.0


def stages(
    hidden_change: Float[Tensor, "*population evaluation"],
    training_accuracy: Float[Tensor, "*population evaluation"],
    gradient_cosine: Float[Tensor, "*population evaluation"],
    hidden_norm: Float[Tensor, "*population evaluation"],
    gradient_size: Float[Tensor, "*population evaluation"],
    *,
    lazy_change: float = 1e-3,
    fitted_accuracy: float = 0.95,
    aligned_cosine: float = 0.6,
    growth: float = 0.0,
    active_gradient: float = 0.1,
) -> Float[Tensor, "*population evaluation"]:
    """Name the stage of feature learning at each evaluation: 1 lazy, 2 independent, 3 interactive, or 0.

    * 1: `hidden_change` < `lazy_change`.
    * 2: `training_accuracy` < `fitted_accuracy`, `gradient_cosine` > `aligned_cosine`, and `hidden_norm`
      above (1 + `growth`) times its value at the evaluation before.
    * 3: `training_accuracy` >= `fitted_accuracy` and `gradient_size` > `active_gradient`.
    * 0, undetermined: none of them holds, or more than one does.

    The first evaluation has none before it and cannot show growth. nan at an evaluation where any of the five
    curves is nan or infinite, or the hidden norm before it is: before there are two gradients to compare,
    for example. Other evaluations of the lane keep their stage.

    Args:
        hidden_change: norm of the change of the hidden weights since the evaluation before (`weight_change`).
        training_accuracy: from 0 to 1 (`accuracy`).
        gradient_cosine: over the last evaluations (`gradient_cosine_similarity`).
        hidden_norm: norm of the hidden weights (`weight_norm`).
        gradient_size: norm of the gradient (`gradient_norm`).
        lazy_change: in the units of the weights, per evaluation.
        fitted_accuracy: from here on the training set counts as fitted.
        aligned_cosine: above it the gradients count as aligned.
        growth: the share by which the hidden norm must more than grow; at least 0.
        active_gradient: above it the gradient counts as still at work.

    Raises:
        ShapeError: no floating-point tensors, no evaluation, or curves of different shapes.
        InputError: a threshold that is not a finite number, or a `growth` below 0.

    Source: the stages are those of Tian 2025, "Provable Scaling Laws of Feature Emergence from Learning
    Dynamics of Grokking", arXiv:2509.21519; the thresholds are no part of that theory.

    >>> still, moving = torch.tensor([1e-4, 0.5, 0.5]), torch.tensor([10.0, 11.0, 12.0])
    >>> fitted = torch.tensor([0.1, 0.5, 1.0])
    >>> stages(still, fitted, torch.full((3,), 0.9), moving, torch.ones(3)).tolist()
    [1.0, 2.0, 3.0]
    """
    change, accuracy, cosine, norm, gradient = _curves(
        {
            "hidden_change": hidden_change,
            "training_accuracy": training_accuracy,
            "gradient_cosine": gradient_cosine,
            "hidden_norm": hidden_norm,
            "gradient_size": gradient_size,
        }
    )
    _check_thresholds(
        lazy_change=lazy_change,
        fitted_accuracy=fitted_accuracy,
        aligned_cosine=aligned_cosine,
        growth=growth,
        active_gradient=active_gradient,
    )
    before = torch.cat([norm[..., :1], norm[..., :-1]], -1)  # the first has none before it
    grows = norm > (1.0 + growth) * before
    signs = torch.stack(
        [
            change < lazy_change,
            (accuracy < fitted_accuracy) & (cosine > aligned_cosine) & grows,
            (accuracy >= fitted_accuracy) & (gradient > active_gradient),
        ]
    )  # (stage, *population, evaluation)
    names = torch.tensor([LAZY, INDEPENDENT, INTERACTIVE], dtype=torch.float64, device=norm.device)
    named = torch.einsum("s,s...->...", names, signs.double())
    known = torch.stack([change, accuracy, cosine, norm, gradient, before]).isfinite().all(0)
    stage = torch.where(signs.sum(0) == 1, named, UNDETERMINED)
    return torch.where(known, stage, torch.nan)


def _curves(given: Mapping[str, Tensor]) -> list[Tensor]:
    curves = {name: floating(name, curve, {"evaluation": 1}).double() for name, curve in given.items()}
    first, shape = next((name, curve.shape) for name, curve in curves.items())
    for name, curve in curves.items():
        if curve.shape != shape:
            raise ShapeError(
                f"{name}: got shape {tuple(curve.shape)}; the shape of {first}, {tuple(shape)}, is needed"
            )
    return list(curves.values())


def _check_thresholds(**thresholds: float) -> None:
    for name, value in thresholds.items():
        if not float("-inf") < value < float("inf"):
            raise InputError(f"{name}: got {shown(value)}; a finite number is needed")
    if thresholds["growth"] < 0.0:
        raise InputError(f"growth: got {shown(thresholds['growth'])}; a share of at least 0 is needed")
