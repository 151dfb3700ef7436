"""Which samples a step of descent moves together."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.errors import ShapeError, shown
from latebloom.measures.functions.calling import checked
from latebloom.measures.inputs import over_lanes


def tangent_kernel(
    function: Callable[[Tensor, Tensor], Tensor],
    parameters: Float[Tensor, "*population parameter"],
    inputs: Tensor,
) -> Float[Tensor, "*population sample sample"]:
    """Compute the tangent kernel of a network: the inner products of its gradients at each two samples.

    K(x, y) = sum over the outputs c of <df_c(x)/dw, df_c(y)/dw>; the trace over outputs, not divided by their
    number. Squared units of outputs per unit of the parameters; symmetric, positive semi-definite. What it
    says is told by `kernel_alignment` and `kernel_distance`. nan throughout in a lane whose parameters or
    gradients are not finite.

    It costs sample x output backward passes and holds sample x lanes x parameter numbers at a time: give a
    small sample of inputs, and wrap the function where a few outputs are enough.

    Args:
        function: takes (*population, parameter) and `inputs`, returns (*population, sample) or
            (*population, sample, output); differentiable by torch.
        parameters: where to look.
        inputs: handed on as they are, the same for every lane.

    Raises:
        ShapeError: no floating-point parameters, inputs that are no tensor, or outputs of another shape.
        InputError: a function that cannot be called.

    Source: Jacot et al. 2018, arXiv:1806.07572.

    >>> samples = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
    >>> tangent_kernel(lambda w, x: x @ w, torch.zeros(2), samples).tolist()
    [[1.0, 1.0], [1.0, 5.0]]
    """
    parameters, finite = checked(function, parameters)
    if not isinstance(inputs, Tensor):
        raise ShapeError(f"inputs: got {shown(type(inputs).__name__)}; a torch tensor is needed")
    pulled = torch.func.vjp(lambda point: _outputs(function, point, inputs), parameters)
    outputs, pullback = pulled[0], pulled[1]
    kernel = outputs.new_zeros((*finite.shape, outputs.shape[-2], outputs.shape[-2]), dtype=torch.float64)
    for output in range(outputs.shape[-1]):
        gradients = torch.func.vmap(lambda seed: pullback(seed)[0])(_seeds(outputs, output))
        kernel += over_lanes(lambda lane: lane @ lane.mT, gradients.detach().movedim(0, -2))
    kernel = (kernel + kernel.mT) / 2.0  # the product is rounded differently on each side
    known = finite & kernel.isfinite().all(-1).all(-1)  # (*population)
    return torch.where(known[..., None, None], kernel, torch.nan)


def _outputs(
    function: Callable[[Tensor, Tensor], Tensor], parameters: Tensor, inputs: Tensor
) -> Float[Tensor, "*population sample output"]:
    outputs, population = function(parameters, inputs), parameters.shape[:-1]
    extra = outputs.ndim - len(population)
    if extra not in (1, 2) or outputs.shape[: len(population)] != population:
        raise ShapeError(
            f"function: got a result of shape {tuple(outputs.shape)}; (*population, sample) or (*population, "
            f"sample, output) with the population {tuple(population)} is needed"
        )
    return outputs if extra == 2 else outputs[..., None]


def _seeds(
    outputs: Float[Tensor, "*population sample output"], output: int
) -> Float[Tensor, "sample *population sample output"]:
    """Make what to pull back for the gradients of one output at each sample."""
    samples = outputs.shape[-2]
    seeds = outputs.new_zeros((*outputs.shape[:-2], samples, samples, outputs.shape[-1]))
    seeds[..., output] = torch.eye(samples, dtype=outputs.dtype, device=outputs.device)
    return seeds.movedim(-3, 0)
