"""How large the logits have grown: beyond what rounding can tell apart, and per unit of weight."""

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.inputs import floating, whole


def softmax_collapse(
    logits: Float[Tensor, "*population sample class"], precision: torch.dtype | None = None
) -> Float[Tensor, "*population"]:
    """Compute the share of samples whose softmax has collapsed: the sum of exp(z - max z) rounds to 1.

    Unitless, from 0 to 1. From there on all classes but the largest have vanished beside it, and the loss of
    a sample that is right passes no gradient to them. Unlike every other measure this one is about rounding,
    so it does *not* work in float64: `precision` is the floating-point type that the loss is computed in, by
    default the type of `logits`. The differences z - max z and their exponentials are taken in it; their sum
    counts as rounded once, so the order of the classes decides nothing: it is 1 exactly where the other
    classes together stay at or below half the type's epsilon (6e-8 in float32, 1.1e-16 in float64). Invariant
    to the order of samples and relabelling. nan in a lane that holds a nan or an infinity, or gets one by the
    cast.

    Raises:
        ShapeError: no floating-point tensor with at least a sample and two classes.
        InputError: `precision` is no floating-point type.

    Source: Prieto et al. 2025, arXiv:2501.04697.

    >>> logits = torch.tensor([[20.0, 0.0], [16.0, 0.0]])
    >>> softmax_collapse(logits).item(), softmax_collapse(logits.double()).item()
    (0.5, 0.0)
    """
    logits = _working(logits, precision)
    return _share(_collapsed(logits), logits)


def zero_loss_share(
    logits: Float[Tensor, "*population sample class"],
    labels: Integer[Tensor, "*#population sample"],
    precision: torch.dtype | None = None,
) -> Float[Tensor, "*population"]:
    """Compute the share of samples whose cross-entropy is exactly 0 in working precision.

    Unitless, from 0 to 1: the samples that have collapsed (`softmax_collapse`, which also says what
    `precision` is) and are right. They have stopped teaching the network anything. `labels` may leave out the
    population axes. Invariant to the order of samples and relabelling. nan in a lane that holds a nan or an
    infinity, or gets one by the cast.

    Raises:
        ShapeError: as `softmax_collapse`; labels that are no integer tensor with as many samples, or that
            name no class.
        InputError: `precision` is no floating-point type.

    Source: Prieto et al. 2025, arXiv:2501.04697.

    >>> logits = torch.tensor([[20.0, 0.0], [16.0, 0.0], [20.0, 0.0]])
    >>> zero_loss_share(logits, torch.tensor([0, 0, 1])).item() == 1 / 3
    True
    """
    logits = _working(logits, precision)
    labels = _labels(labels, logits)
    return _share(_collapsed(logits) & (logits.argmax(-1) == labels), logits)


def logit_efficiency(
    logits: Float[Tensor, "*population sample class"],
    labels: Integer[Tensor, "*#population sample"],
    parameters: Float[Tensor, "*population parameter"],
) -> dict[str, Float[Tensor, "*population"]]:
    """Divide the mean logit of the correct class by the norm of the parameters that make it.

    The keys are logit_efficiency, of the logits as they are, and logit_efficiency_centred, of the logits less
    the mean over the classes of the same sample, which a constant added to all of them does not move. Logit
    per unit of the parameters, any sign. Give the logits of training pairs for what a memorising circuit
    yields as well, those of pairs never trained on for the generalising circuit alone. `labels` may leave out
    the population axes. Invariant to the order of samples, relabelling, rotation and the order of parameters,
    and to a positive scale of both. nan where all parameters are 0, and in a lane that holds a nan or an
    infinity.

    Raises:
        ShapeError: as `zero_loss_share`; parameters that are no floating-point tensor with the population
            axes of the logits and at least one parameter.

    Source: the quantity compared between circuits by Varma et al. 2023, arXiv:2309.02390.

    >>> logits = torch.tensor([[6.0, 0.0], [0.0, 4.0]])
    >>> efficiency = logit_efficiency(logits, torch.tensor([0, 1]), torch.tensor([3.0, 4.0]))
    >>> {name: value.item() for name, value in efficiency.items()}
    {'logit_efficiency': 1.0, 'logit_efficiency_centred': 0.5}
    """
    logits = floating("logits", logits, {"sample": 1, "class": 2}).double()
    labels = _labels(labels, logits)
    norm = _norm(parameters, logits)
    correct = logits.gather(-1, labels[..., None]).squeeze(-1)  # (*population, sample)
    known = logits.isfinite().all(-1).all(-1) & norm.isfinite() & (norm > 0.0)  # (*population)
    means = {
        "logit_efficiency": correct.mean(-1),
        "logit_efficiency_centred": (correct - logits.mean(-1)).mean(-1),
    }
    return {name: torch.where(known, mean / norm, torch.nan) for name, mean in means.items()}


def _working(logits: Tensor, precision: torch.dtype | None) -> Tensor:
    logits = floating("logits", logits, {"sample": 1, "class": 2})
    if precision is None:
        return logits
    if not isinstance(precision, torch.dtype) or not precision.is_floating_point:
        raise InputError(f"precision: got {shown(precision)}; a floating-point type of torch is needed")
    return logits.to(precision)


def _collapsed(
    logits: Float[Tensor, "*population sample class"],
) -> Bool[Tensor, "*population sample"]:
    largest, winner = logits.max(-1, keepdim=True)
    terms = (logits - largest).exp().double()  # (*population, sample, class)
    others = terms.scatter(-1, winner, 0.0).sum(-1)
    # 1 + x is rounded to 1 up to and including half an epsilon: a tie goes to the even neighbour, 1.
    return others <= torch.finfo(logits.dtype).eps / 2


def _share(
    hits: Bool[Tensor, "*population sample"], logits: Float[Tensor, "*population sample class"]
) -> Float[Tensor, "*population"]:
    count = hits.count_nonzero(-1).double()  # (*population)
    # Divided by a tensor: on a GPU torch multiplies by the rounded inverse of a plain number instead.
    share = count / torch.full_like(count, hits.shape[-1])
    return torch.where(logits.isfinite().all(-1).all(-1), share, torch.nan)


def _labels(labels: Tensor, logits: Tensor) -> Integer[Tensor, "*population sample"]:
    labels = whole("labels", labels, {"sample": 1})
    population, samples, classes = logits.shape[:-2], logits.shape[-2], logits.shape[-1]
    given = labels.shape[:-1]
    fits = len(given) <= len(population) and all(
        size in (1, lanes) for size, lanes in zip(given[::-1], population[::-1], strict=False)
    )
    if labels.shape[-1] != samples or not fits:
        raise ShapeError(
            f"labels: got shape {tuple(labels.shape)} beside logits of shape {tuple(logits.shape)}; "
            f"({samples},) or {(*population, samples)} is needed"
        )
    strangers = labels[(labels < 0) | (labels >= classes)]
    if len(strangers):
        raise ShapeError(
            f"labels: got {strangers[0].item()}; the number of a class, from 0 to {classes - 1}, is needed"
        )
    return labels.long().expand(*population, samples)


def _norm(parameters: Tensor, logits: Tensor) -> Float[Tensor, "*population"]:
    parameters = floating("parameters", parameters, {"parameter": 1})
    if parameters.shape[:-1] != logits.shape[:-2]:
        raise ShapeError(
            f"parameters: got shape {tuple(parameters.shape)} beside logits of shape {tuple(logits.shape)}; "
            f"the population axes {tuple(logits.shape[:-2])} in front of the parameters are needed"
        )
    return torch.linalg.vector_norm(parameters, dim=-1, dtype=torch.float64)
