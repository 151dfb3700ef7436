"""What every measure asks of its arrays, and how lanes are kept apart."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from latebloom.errors import ShapeError, shown


def floating(name: str, value: Tensor, axes: Mapping[str, int]) -> Tensor:
    """Return `value` cut off from its gradient, once its type and last axes are seen to be right.

    Args:
        name: what the message calls the array.
        value: any shape (*population, *axes).
        axes: the name of each trailing axis, in order, and the fewest entries it may have.

    Raises:
        ShapeError: no tensor, not of floating point, too few axes, or an axis too short.
    """
    if not isinstance(value, Tensor):
        raise ShapeError(f"{name}: got {shown(type(value).__name__)}; a torch tensor is needed")
    if not value.is_floating_point():
        raise ShapeError(f"{name}: got numbers of type {value.dtype}; floating point is needed")
    _check_axes(name, value, axes)
    return value.detach()


def whole(name: str, value: Tensor, axes: Mapping[str, int]) -> Tensor:
    """Return `value` once it is seen to hold integers on the axes named; as `floating` in all else."""
    if not isinstance(value, Tensor):
        raise ShapeError(f"{name}: got {shown(type(value).__name__)}; a torch tensor is needed")
    if value.is_floating_point() or value.is_complex() or value.dtype == torch.bool:
        raise ShapeError(f"{name}: got numbers of type {value.dtype}; integers are needed")
    _check_axes(name, value, axes)
    return value


def _check_axes(name: str, value: Tensor, axes: Mapping[str, int]) -> None:
    wanted = f"(*population, {', '.join(axes)})"
    if value.ndim < len(axes):
        raise ShapeError(f"{name}: got shape {tuple(value.shape)}; the axes {wanted} are needed")
    sizes = value.shape[value.ndim - len(axes) :]
    for (axis, fewest), size in zip(axes.items(), sizes, strict=True):
        if size < fewest:
            raise ShapeError(
                f"{name}: got {size} on the axis {axis!r} of shape {tuple(value.shape)}; "
                f"at least {fewest} needed, with the axes {wanted}"
            )


def over_lanes(measure: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """Apply `measure` to each lane's (sample, feature) in float64; stack what it returns.

    The result has shape (*population, *what one lane gives), in float64. A lane's number does not depend on
    which lanes stand beside it, and memory holds the float64 copy of one lane only. On one CPU core this is
    also faster than one batched call: 79 against 115 ms for the Gram matrices of (8, 6587, 128).
    """
    population = points.shape[:-2]
    lanes = points.reshape(-1, *points.shape[-2:])  # (lane, sample, feature)
    if not len(lanes):
        one = measure(points.new_zeros(points.shape[-2:], dtype=torch.float64))
        return one.new_empty((*population, *one.shape))
    values = torch.stack([measure(lane.double()) for lane in lanes])  # (lane, *value)
    return values.reshape((*population, *values.shape[1:]))
