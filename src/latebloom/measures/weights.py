"""How long the vector of all parameters is, how far it moved, and how a weight matrix spreads its strength."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.inputs import floating

PORTION = 4_000_000  # parameters of which a float64 copy is held at once


def weight_norm(parameters: Float[Tensor, "*population parameter"]) -> Float[Tensor, "*population"]:
    """Compute the Euclidean norm of a lane's parameters.

    Units of the parameters, from 0, in float64. Invariant to rotation and the order of parameters; scales
    with them. nan in a lane that holds a nan; infinity in one that holds an infinity.

    Raises:
        ShapeError: no floating-point tensor, no axis, or no parameter.

    >>> weight_norm(torch.tensor([[3.0, 4.0], [0.0, 2.0]])).tolist()
    [5.0, 2.0]
    """
    parameters = floating("parameters", parameters, {"parameter": 1})
    return _by_portions(lambda rows: torch.linalg.vector_norm(rows, dim=-1, dtype=torch.float64), parameters)


def weight_change(
    parameters: Float[Tensor, "*population parameter"], previous: Float[Tensor, "*population parameter"]
) -> Float[Tensor, "*population"]:
    """Compute how far a lane's parameters are from where they were: the norm of the difference.

    Units of the parameters, from 0, in float64; not divided by the steps in between. Invariant to rotation,
    translation and the order of parameters, if it is the same in both; scales with them. nan in a lane where
    either holds a nan.

    Raises:
        ShapeError: as `weight_norm`, or two different shapes.

    >>> weight_change(torch.tensor([3.0, 4.0]), torch.tensor([0.0, 0.0])).item()
    5.0
    """
    parameters = floating("parameters", parameters, {"parameter": 1})
    previous = _alike("previous", previous, parameters)
    return _by_portions(
        lambda rows, others: torch.linalg.vector_norm(rows.double() - others, dim=-1), parameters, previous
    )


def relative_weight_norm(
    parameters: Float[Tensor, "*population parameter"], initial: Float[Tensor, "*population parameter"]
) -> Float[Tensor, "*population"]:
    """Divide the norm of a lane's parameters by the norm of those it is to be compared with.

    `initial` are the parameters at the start, or at any other moment that serves as the unit, such as the
    first evaluation at which the network generalised. Unitless, from 0; 1 at that moment. Invariant to
    rotation, scale and the order of parameters. nan where all of `initial` are 0, and in a lane where either
    holds a nan or an infinity.

    Raises:
        ShapeError: as `weight_norm`, or two different shapes.

    Source: the axis along which Liu et al. 2022 (Omnigrok), arXiv:2210.01117, find the Goldilocks zone.

    >>> relative_weight_norm(torch.tensor([3.0, 4.0]), torch.tensor([0.0, 2.0])).item()
    2.5
    """
    initial = _alike("initial", initial, floating("parameters", parameters, {"parameter": 1}))
    norm, unit = weight_norm(parameters), weight_norm(initial)
    known = norm.isfinite() & unit.isfinite() & (unit > 0.0)  # (*population)
    return torch.where(known, norm / unit, torch.nan)


def weight_sparsity(
    parameters: Float[Tensor, "*population parameter"], threshold: float = 0.01, relative: float = 0.1
) -> dict[str, Float[Tensor, "*population"]]:
    """Compute the share of parameters that are nearly 0, by an absolute and by a relative threshold.

    The keys are weight_sparsity_absolute, the share with |w| < `threshold`, and weight_sparsity_relative, the
    share with |w| < `relative` times the root mean square of the lane's parameters. Unitless, from 0 to 1;
    normally distributed parameters of mean 0 have a relative sparsity near 0.0797 at the default. Invariant
    to the order of parameters; only the relative one also to scale. The relative one is nan where all
    parameters are 0; both are nan in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: as `weight_norm`.
        InputError: a threshold that is not a finite number above 0.

    >>> sparsity = weight_sparsity(torch.tensor([0.0, 0.001, 0.02, 1.0]))
    >>> {name: share.item() for name, share in sparsity.items()}
    {'weight_sparsity_absolute': 0.5, 'weight_sparsity_relative': 0.75}
    """
    parameters = floating("parameters", parameters, {"parameter": 1})
    for name, value in (("threshold", threshold), ("relative", relative)):
        if not 0.0 < value < float("inf"):
            raise InputError(f"{name}: got {shown(value)}; a finite number above 0 is needed")
    sizes = parameters.double().abs()  # (*population, parameter)
    unit = weight_norm(parameters) / sizes.shape[-1] ** 0.5  # (*population)
    finite = sizes.isfinite().all(-1)
    absolute = (sizes < threshold).double().mean(-1)
    within = (sizes < relative * unit[..., None]).double().mean(-1)
    return {
        "weight_sparsity_absolute": torch.where(finite, absolute, torch.nan),
        "weight_sparsity_relative": torch.where(finite & (unit > 0.0), within, torch.nan),
    }


def singular_values(
    weights: Float[Tensor, "*population row column"],
) -> Float[Tensor, "*population direction"]:
    """Compute the singular values of a weight matrix, the largest first.

    min(row, column) of them, in the units of the weights, never negative; their squares add up to the squared
    Frobenius norm. Nothing is centred. Invariant to rotation, the order of rows and the order of columns. nan
    throughout in a lane that holds a nan or an infinity, and in no other.

    Raises:
        ShapeError: no floating-point tensor, fewer than two axes, no row or no column.

    >>> singular_values(torch.tensor([[3.0, 0.0, 0.0], [0.0, -4.0, 0.0]])).tolist()
    [4.0, 3.0]
    """
    weights = floating("weights", weights, {"row": 1, "column": 1})
    finite = weights.isfinite().all(-1).all(-1)  # (*population)
    solvable = torch.where(finite[..., None, None], weights.double(), 0.0)
    values = torch.linalg.svdvals(solvable)  # (*population, direction)
    return torch.where(finite[..., None], values, torch.nan)


def weight_spectrum(
    weights: Float[Tensor, "*population row column"],
) -> dict[str, Float[Tensor, "*population"]]:
    """Summarise the singular values s of a weight matrix: the largest, and two counts of those that matter.

    The keys are spectral_norm, max s, in the units of the weights; weight_stable_rank, sum s^2 / max s^2; and
    weight_effective_rank, exp(-sum q log q) with q = s / sum s. Both ranks are unitless, from 1 (a matrix of
    rank 1) to min(row, column) (all s equal), and never above the rank. Invariant to rotation, the order of
    rows and the order of columns; the ranks also to scale. The ranks are nan where all weights are 0; all
    three are nan in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: as `singular_values`.

    Source: effective rank, Roy and Vetterli 2007, "The effective rank"; stable rank, Rudelson and Vershynin
    2007, arXiv:math/0503442.

    >>> spectrum = weight_spectrum(torch.diag(torch.tensor([2.0, 2.0, 2.0, 0.0])))
    >>> {name: round(value.item(), 6) for name, value in spectrum.items()}
    {'spectral_norm': 2.0, 'weight_effective_rank': 3.0, 'weight_stable_rank': 3.0}
    """
    values = singular_values(weights)
    largest = values[..., 0]
    return {
        "spectral_norm": largest,
        "weight_effective_rank": torch.special.entr(values / values.sum(-1, keepdim=True)).sum(-1).exp(),
        "weight_stable_rank": (values / largest[..., None])
        .square()
        .sum(-1),  # 0 / 0 is nan: all weights are 0
    }


def _by_portions(measure: Callable[..., Tensor], *parameters: Tensor) -> Float[Tensor, "*population"]:
    """Measure rows of parameters some lanes at a time, so that float64 copies of many large ones do not fill memory."""
    first, population = parameters[0], parameters[0].shape[:-1]
    size = max(1, PORTION // first.shape[-1])
    portions = [one.reshape(-1, first.shape[-1]).split(size) for one in parameters]
    return torch.cat([measure(*rows) for rows in zip(*portions, strict=True)]).reshape(population)


def _alike(name: str, value: Tensor, parameters: Tensor) -> Tensor:
    value = floating(name, value, {"parameter": 1})
    if value.shape != parameters.shape:
        raise ShapeError(
            f"{name}: got shape {tuple(value.shape)}; the shape of the parameters, "
            f"{tuple(parameters.shape)}, is needed"
        )
    return value
