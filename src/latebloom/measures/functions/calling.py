"""What every measure of a function asks of its arguments."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.inputs import floating

Loss = Callable[[Tensor], Tensor]
"""Takes parameters (*population, parameter), returns a loss per lane, (*population)."""


def checked(
    function: Callable[..., Tensor], parameters: Tensor
) -> tuple[Float[Tensor, "*population parameter"], Bool[Tensor, "*population"]]:
    """Return the parameters, with 0 for every lane that is not finite, and which lanes are.

    Raises:
        InputError: `function` cannot be called.
        ShapeError: the parameters are no floating-point tensor with at least one parameter.
    """
    if not callable(function):
        raise InputError(f"function: got {shown(function)}; a function of the parameters is needed")
    parameters = floating("parameters", parameters, {"parameter": 1})
    finite = parameters.isfinite().all(-1)  # (*population)
    return torch.where(finite[..., None], parameters, 0.0), finite


def per_lane(values: Tensor, population: torch.Size) -> Tensor:
    """Return what a loss returned once it is seen to be one number per lane.

    Raises:
        ShapeError: it is of another shape.
    """
    if values.shape != population:
        raise ShapeError(
            f"loss: got a result of shape {tuple(values.shape)}; one number per lane, "
            f"{tuple(population)}, is needed"
        )
    return values


def require_count(name: str, value: int, fewest: int) -> None:
    """Refuse what is no whole number from `fewest`.

    Raises:
        InputError: with what is needed.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < fewest:
        raise InputError(f"{name}: got {shown(value)}; a whole number, at least {fewest}, is needed")
