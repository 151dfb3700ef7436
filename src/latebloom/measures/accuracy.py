"""How often the largest logit is the right one."""

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import ShapeError
from latebloom.measures.inputs import floating, whole


def accuracy(
    logits: Float[Tensor, "*population sample class"], labels: Integer[Tensor, "*#population sample"]
) -> Float[Tensor, "*population"]:
    """Compute the share of samples whose largest logit stands at the label.

    Unitless, from 0 to 1; in float64, and exactly the float nearest to right / samples, so that 90 of 100
    passes a threshold of 0.9. `labels` may leave out the population axes, or have size 1 there, and then
    serve every lane.

    Equal largest logits: the first class of them is the answer, so constant logits score the share of class
    0. A sample whose largest logit is nan or infinite is wrong, so a diverged lane scores 0 and not the share
    of whichever class an arg-max of nan would name. A label that is no class is never right. Invariant to the
    order of samples, and to adding a constant to all logits of a sample.

    Raises:
        ShapeError: logits that are no floating-point tensor with at least a sample and a class; labels that
            are no integer tensor with as many samples; population axes that do not agree.

    >>> logits = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.5, 0.5]])
    >>> accuracy(logits, torch.tensor([1, 0, 0, 0])).item()
    0.75
    """
    logits = floating("logits", logits, {"sample": 1, "class": 1})
    labels = whole("labels", labels, {"sample": 1})
    _check_labels(logits, labels)
    # Of equal logits torch names the first; a nan among them makes the largest nan.
    largest, answer = logits.max(-1)  # (*population, sample)
    right = (answer == labels) & largest.isfinite()
    count = right.count_nonzero(-1).double()  # (*population)
    # Divided by a tensor: on a GPU torch multiplies by the rounded inverse of a plain number instead.
    return count / torch.full_like(count, logits.shape[-2])


def _check_labels(logits: Tensor, labels: Tensor) -> None:
    population, samples = logits.shape[:-2], logits.shape[-2]
    given = labels.shape[:-1]
    fits = len(given) <= len(population) and all(
        size in (1, lanes) for size, lanes in zip(given[::-1], population[::-1], strict=False)
    )
    if labels.shape[-1] != samples or not fits:
        raise ShapeError(
            f"labels: got shape {tuple(labels.shape)} beside logits of shape {tuple(logits.shape)}; "
            f"({samples},) or {(*population, samples)} is needed"
        )
