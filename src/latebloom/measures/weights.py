"""How long the vector of all parameters is, and how far it moved."""

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.errors import ShapeError
from latebloom.measures.inputs import floating


def weight_norm(parameters: Float[Tensor, "*population parameter"]) -> Float[Tensor, "*population"]:
    """Compute the Euclidean norm of a lane's parameters.

    Units of the parameters, from 0, in float64. Invariant to the order of parameters; scales with them. nan
    in a lane that holds a nan; infinity in one that holds an infinity.

    Raises:
        ShapeError: no floating-point tensor, no axis, or no parameter.

    >>> weight_norm(torch.tensor([[3.0, 4.0], [0.0, 2.0]])).tolist()
    [5.0, 2.0]
    """
    parameters = floating("parameters", parameters, {"parameter": 1})
    return torch.linalg.vector_norm(parameters, dim=-1, dtype=torch.float64)


def weight_change(
    parameters: Float[Tensor, "*population parameter"], previous: Float[Tensor, "*population parameter"]
) -> Float[Tensor, "*population"]:
    """Compute how far a lane's parameters are from where they were: the norm of the difference.

    Units of the parameters, from 0, in float64; not divided by the steps in between. Invariant to the order
    of parameters, if it is the same in both; scales with them. nan in a lane where either holds a nan.

    Raises:
        ShapeError: as `weight_norm`, or two different shapes.

    >>> weight_change(torch.tensor([3.0, 4.0]), torch.tensor([0.0, 0.0])).item()
    5.0
    """
    parameters = floating("parameters", parameters, {"parameter": 1})
    previous = floating("previous", previous, {"parameter": 1})
    if parameters.shape != previous.shape:
        raise ShapeError(
            f"previous: got shape {tuple(previous.shape)}; the shape of the parameters, "
            f"{tuple(parameters.shape)}, is needed"
        )
    return torch.linalg.vector_norm(parameters.double() - previous, dim=-1)
