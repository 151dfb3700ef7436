"""How long a gradient is, and where it points: along its predecessors, or along the weights themselves."""

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.inputs import floating, over_lanes


def gradient_norm(gradient: Float[Tensor, "*population parameter"]) -> Float[Tensor, "*population"]:
    """Compute the Euclidean norm of a lane's gradient.

    Loss per unit of the parameters, from 0; it depends on which samples the loss was taken over. Invariant to
    rotation and the order of parameters; scales with the loss. nan in a lane that holds a nan; infinity in
    one that holds an infinity.

    Raises:
        ShapeError: no floating-point tensor, no axis, or no parameter.

    >>> gradient_norm(torch.tensor([[3.0, 4.0], [0.0, 2.0]])).tolist()
    [5.0, 2.0]
    """
    gradient = floating("gradient", gradient, {"parameter": 1})
    return torch.linalg.vector_norm(gradient, dim=-1, dtype=torch.float64)


def gradient_cosine_similarity(
    gradients: Float[Tensor, "*population evaluation parameter"], window: int = 5
) -> Float[Tensor, "*population"]:
    """Compute the mean cosine between the gradients of the last evaluations, over all pairs of them.

    Of the evaluations given, in order of time, the last `window` count, or all if there are fewer. Unitless,
    from -1 / (window - 1) (they cancel) to 1 (all alike); near 0 for gradients without a common direction.
    Invariant to rotation, scale and the order of parameters. nan where a gradient that counts is 0
    throughout, and in a lane where one that counts holds a nan or an infinity.

    Raises:
        ShapeError: no floating-point tensor, fewer than two axes, two evaluations or one parameter.
        InputError: `window` is no whole number from 2.

    >>> gradients = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> round(gradient_cosine_similarity(gradients).item(), 6)
    0.471405
    """
    gradients = floating("gradients", gradients, {"evaluation": 2, "parameter": 1})
    if not isinstance(window, int) or isinstance(window, bool) or window < 2:
        raise InputError(f"window: got {shown(window)}; a whole number of evaluations, at least 2, is needed")
    return over_lanes(_mean_cosine, gradients[..., -window:, :])


def gradient_weight_alignment(
    gradient: Float[Tensor, "*population parameter"], parameters: Float[Tensor, "*population parameter"]
) -> Float[Tensor, "*population"]:
    """Compute the cosine of the descent direction, minus the gradient, with the parameters themselves.

    Unitless, from -1 (descent shrinks the parameters and does nothing else) through 0 (it turns them) to 1
    (naive loss minimisation: it only makes them longer). Invariant to rotation, scale and the order of
    parameters. nan where either is 0 throughout, and in a lane where either holds a nan or an infinity.

    Raises:
        ShapeError: as `gradient_norm`, or two different shapes.

    Source: Prieto et al. 2025, arXiv:2501.04697, the direction of naive loss minimisation.

    >>> gradient_weight_alignment(torch.tensor([-1.0, 0.0]), torch.tensor([5.0, 0.0])).item()
    1.0
    """
    gradient = floating("gradient", gradient, {"parameter": 1})
    parameters = floating("parameters", parameters, {"parameter": 1})
    if gradient.shape != parameters.shape:
        raise ShapeError(
            f"parameters: got shape {tuple(parameters.shape)}; the shape of the gradient, "
            f"{tuple(gradient.shape)}, is needed"
        )
    return -(_unit(gradient.double()) * _unit(parameters.double())).sum(-1)


def _mean_cosine(lane: Float[Tensor, "evaluation parameter"]) -> Float[Tensor, ""]:
    units = _unit(lane)
    count = len(units)
    cosines = units @ units.mT  # (evaluation, evaluation)
    return (cosines.sum() - cosines.trace()) / (count * (count - 1))


def _unit(vectors: Float[Tensor, "*vectors parameter"]) -> Float[Tensor, "*vectors parameter"]:
    # Divided by the largest entry first, or the squares of a gradient of 1e-170 would all be 0.
    scaled = vectors / vectors.abs().amax(-1, keepdim=True)
    return scaled / torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)
