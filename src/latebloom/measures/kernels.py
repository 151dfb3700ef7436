"""How well a kernel between samples fits what is to be learnt, and how far it has moved from where it was.

Meant for the tangent kernel of a network, which `latebloom.measures.functions.tangent_kernel` computes. It
stays what it was at the start while the network learns lazily, and turns towards the labels when features
are learnt (Kumar et al. 2023, arXiv:2310.06110).
"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import ShapeError
from latebloom.measures.inputs import floating, whole

ROUNDING = 1e-15
"""Of the norm of a kernel, times its samples: what centring may leave of a kernel that has nothing left."""


def kernel_alignment(
    kernel: Float[Tensor, "*population sample sample"], labels: Integer[Tensor, "*#population sample"]
) -> dict[str, Float[Tensor, "*population"]]:
    """Compute the cosine between a kernel and the one that is 1 for samples of equal label, else 0.

    The keys are kernel_alignment, <K, T> / (|K| |T|) in Frobenius products, and kernel_alignment_centred, the
    same after the mean of the features has been taken from both. Unitless, for a positive semi-definite
    kernel from 0 to 1 (equal labels have equal gradients, others orthogonal ones). `labels` are any integers;
    they may leave out the population axes. Invariant to positive scale and relabelling. nan where the kernel
    is 0, centred: where nothing is left of the kernel or all labels are equal; both in a lane that holds a
    nan or an infinity.

    Raises:
        ShapeError: no square floating-point kernel of at least two samples; labels that are no integer tensor
            with as many samples; population axes that do not agree.

    Source: Cristianini et al. 2001, "On kernel-target alignment"; centred, Cortes et al. 2012,
    arXiv:1203.0550.

    >>> alignment = kernel_alignment(torch.eye(4), torch.tensor([0, 0, 1, 1]))
    >>> {name: round(value.item(), 6) for name, value in alignment.items()}
    {'kernel_alignment': 0.707107, 'kernel_alignment_centred': 0.57735}
    """
    kernel = _kernel("kernel", kernel)
    labels = whole("labels", labels, {"sample": 1})
    _check_beside(kernel, "labels", labels, labels.shape)
    same = (labels[..., :, None] == labels[..., None, :]).double()  # (*population, sample, sample)
    return _alignment("kernel_alignment", kernel, same)


def kernel_target_alignment(
    kernel: Float[Tensor, "*population sample sample"], targets: Float[Tensor, "*population sample output"]
) -> dict[str, Float[Tensor, "*population"]]:
    """Compute the cosine between a kernel and the inner products of the targets of a regression.

    As `kernel_alignment`, with the kernel of the targets Y Y' in place of equality of labels; the keys are
    kernel_target_alignment and kernel_target_alignment_centred. Unitless, for a positive semi-definite kernel
    from 0 to 1. Invariant to positive scale. nan where the kernel or the targets are 0, centred: where
    nothing is left of one; both in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: no square floating-point kernel of at least two samples; targets that are no
            floating-point tensor with the same population and as many samples.

    Source: as `kernel_alignment`.

    >>> targets = torch.tensor([[1.0], [-1.0]])
    >>> kernel_target_alignment(targets @ targets.mT, targets)["kernel_target_alignment"].item()
    1.0
    """
    kernel = _kernel("kernel", kernel)
    targets = floating("targets", targets, {"sample": 1, "output": 1}).double()
    _check_beside(kernel, "targets", targets, targets.shape[:-1])
    return _alignment("kernel_target_alignment", kernel, targets @ targets.mT)


def kernel_distance(
    kernel: Float[Tensor, "*population sample sample"],
    initial_kernel: Float[Tensor, "*population sample sample"],
) -> dict[str, Float[Tensor, "*population"]]:
    """Compute how far a kernel is from what it was: by its direction, and in all.

    The keys are kernel_distance, 1 - <K, K0> / (|K| |K0|), from 0 (the same up to a factor) to 1 for positive
    semi-definite kernels; and kernel_change, |K - K0| / |K0|, from 0, which also sees growth. Unitless.
    Invariant to scale of both. kernel_distance is nan where either kernel is 0, kernel_change where
    `initial_kernel` is; both in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: no square floating-point kernels of at least two samples, or two different shapes.

    Source: kernel_distance, Fort et al. 2020, arXiv:2010.15110.

    >>> distance = kernel_distance(3 * torch.eye(2), torch.eye(2))
    >>> {name: round(value.item(), 6) for name, value in distance.items()}
    {'kernel_change': 2.0, 'kernel_distance': 0.0}
    """
    kernel, initial_kernel = _kernel("kernel", kernel), _kernel("initial_kernel", initial_kernel)
    if kernel.shape != initial_kernel.shape:
        raise ShapeError(
            f"initial_kernel: got shape {tuple(initial_kernel.shape)}; the shape of the kernel, "
            f"{tuple(kernel.shape)}, is needed"
        )
    # Half the squared distance of the unit kernels is 1 - cosine, without its cancellation near 0.
    apart = _unit(kernel) - _unit(initial_kernel)
    finite = _finite(kernel) & _finite(initial_kernel)
    found = {
        "kernel_change": _size(kernel - initial_kernel) / _size(initial_kernel),
        "kernel_distance": _size(apart).square() / 2.0,
    }
    return {
        name: torch.where(finite & (_size(initial_kernel) > 0.0), value, torch.nan)
        for name, value in found.items()
    }


def _alignment(name: str, kernel: Tensor, target: Tensor) -> dict[str, Float[Tensor, "*population"]]:
    pairs = {name: (kernel, target), f"{name}_centred": (_centred(kernel), _centred(target))}
    known = _finite(kernel) & _finite(target)
    return {
        key: torch.where(known, (_unit(left) * _unit(right)).sum((-2, -1)), torch.nan)
        for key, (left, right) in pairs.items()
    }


def _kernel(name: str, kernel: Tensor) -> Float[Tensor, "*population sample sample"]:
    kernel = floating(name, kernel, {"sample": 2, "sample again": 2})
    if kernel.shape[-1] != kernel.shape[-2]:
        raise ShapeError(f"{name}: got shape {tuple(kernel.shape)}; as many rows as columns are needed")
    return kernel.double()


def _check_beside(kernel: Tensor, name: str, array: Tensor, shape: torch.Size) -> None:
    samples, population = kernel.shape[-1], kernel.shape[:-2]
    given = shape[:-1]
    shared = name == "labels" and len(given) <= len(population)
    fits = given == population or (
        shared and all(size in (1, lanes) for size, lanes in zip(given[::-1], population[::-1], strict=False))
    )
    if shape[-1] != samples or not fits:
        raise ShapeError(
            f"{name}: got shape {tuple(array.shape)} beside a kernel of shape {tuple(kernel.shape)}; "
            f"{samples} samples and the same population are needed"
        )


def _centred(
    kernel: Float[Tensor, "*population sample sample"],
) -> Float[Tensor, "*population sample sample"]:
    """Take the mean of the features away, and what is rounding only with it."""
    centred = kernel - kernel.mean(-1, keepdim=True)
    centred = centred - centred.mean(-2, keepdim=True)
    rounding = ROUNDING * kernel.shape[-1] * _size(kernel)  # (*population)
    return torch.where((_size(centred) > rounding)[..., None, None], centred, 0.0)


def _unit(kernel: Float[Tensor, "*population sample sample"]) -> Float[Tensor, "*population sample sample"]:
    return kernel / _size(kernel)[..., None, None]  # 0 / 0 is nan: there is no kernel to compare


def _size(kernel: Float[Tensor, "*population sample sample"]) -> Float[Tensor, "*population"]:
    return torch.linalg.matrix_norm(kernel)


def _finite(kernel: Float[Tensor, "*population sample sample"]) -> Tensor:
    return kernel.isfinite().all(-1).all(-1)
