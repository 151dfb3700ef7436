"""How strongly a loss curves at its sharpest."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.measures.functions.calling import Loss, checked, per_lane, require_count

Product = Callable[[Tensor], Tensor]


def sharpness(
    loss: Loss,
    parameters: Float[Tensor, "*population parameter"],
    *,
    iterations: int = 100,
    seed: int = 0,
) -> dict[str, Float[Tensor, "*population"]]:
    """Compute the largest eigenvalue of the Hessian of `loss` at `parameters`, by power iteration.

    The keys are sharpness, the largest eigenvalue with its sign, and sharpness_residual, |H v - sharpness v|
    for the unit vector v that was found: an eigenvalue lies within that of the sharpness, so it tells whether
    the iterations sufficed. Both in units of the loss per squared unit of the parameters. Invariant to
    rotation and translation of the parameters, if the loss follows. nan in a lane whose parameters or
    products are not finite.

    It costs 2 x (`iterations` + 1) products with the Hessian, each about two gradients. The first half finds
    the eigenvalue of largest size; where it is negative, the second half looks for the other end.

    Args:
        loss: takes (*population, parameter), returns (*population); twice differentiable by torch.
        parameters: where to look.
        iterations: of each half.
        seed: draws the vector that each lane starts from, the same for all.

    Raises:
        ShapeError: no floating-point parameters, or a loss that is not one number per lane.
        InputError: a loss that cannot be called, or fewer than one iteration.

    >>> curvatures = torch.tensor([3.0, 1.0, -2.0])
    >>> found = sharpness(lambda w: (curvatures * w.square()).sum(-1) / 2, torch.zeros(3))
    >>> round(found["sharpness"].item(), 6)
    3.0
    """
    parameters, finite = checked(loss, parameters)
    require_count("iterations", iterations, 1)
    product = _hessian_product(loss, parameters)
    start = _unit_or(_start(parameters, seed), parameters)
    largest = _iterate(product, torch.zeros_like(parameters[..., :1]), start, iterations)
    size = _rayleigh(product, largest)[0][..., None].to(parameters.dtype)  # (*population, 1)
    # H + |largest| I has no negative eigenvalue, so the top one of H is now the largest in size.
    again = torch.where(size < 0.0, start, largest)
    value, residual = _rayleigh(product, _iterate(product, -size.clamp(max=0.0), again, iterations))
    known = finite & value.isfinite()
    return {
        "sharpness": torch.where(known, value, torch.nan),
        "sharpness_residual": torch.where(known, residual, torch.nan),
    }


def _hessian_product(loss: Loss, parameters: Float[Tensor, "*population parameter"]) -> Product:
    population = parameters.shape[:-1]

    def total(point: Tensor) -> Tensor:
        return per_lane(loss(point), population).sum()

    pullback = torch.func.vjp(torch.func.grad(total), parameters)[1]
    return lambda vector: pullback(vector)[0].detach()


def _start(parameters: Tensor, seed: int) -> Float[Tensor, "*population parameter"]:
    drawn = torch.randn(parameters.shape[-1], generator=torch.Generator().manual_seed(seed))
    return drawn.to(parameters).expand_as(parameters)


def _iterate(product: Product, shift: Tensor, vector: Tensor, iterations: int) -> Tensor:
    for _ in range(iterations):
        vector = _unit_or(product(vector) + shift * vector, vector)
    return vector


def _unit_or(vector: Tensor, otherwise: Tensor) -> Tensor:
    norm = torch.linalg.vector_norm(vector, dim=-1, keepdim=True, dtype=torch.float64)
    return torch.where(norm == 0.0, otherwise, (vector / norm).to(vector.dtype))


def _rayleigh(product: Product, vector: Tensor) -> tuple[Tensor, Tensor]:
    """Return v' H v and |H v - (v' H v) v| in float64."""
    image, vector = product(vector).double(), vector.double()
    value = (vector * image).sum(-1) / vector.square().sum(-1)
    return value, torch.linalg.vector_norm(image - value[..., None] * vector, dim=-1)
