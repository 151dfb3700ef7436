"""What looks give to measures, by the names of their arguments; and all looks of a step, taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from latebloom.looks.frame import Frame
from latebloom.looks.history import CURVES, compares, window
from latebloom.looks.look import Look
from latebloom.looks.sight import Sight
from latebloom.looks.subject import Subject
from latebloom.measures import gradient_cosine_similarity, gradient_norm, weight_change, weight_norm
from latebloom.measures.applying import apply, takes

ARGUMENTS: Mapping[str, Callable[[Frame], object]] = MappingProxyType(
    {
        "points": lambda frame: frame.points,
        "labels": lambda frame: frame.labels,
        "order": lambda frame: frame.subject.order,
        "centroids": lambda frame: frame.centroids,
        "logits": lambda frame: frame.activations,
        "pattern": lambda frame: frame.activations,
        "table_activations": lambda frame: frame.table_activations,
        "table_logits": lambda frame: frame.table_logits,
        "table_labels": lambda frame: frame.table_labels,
        "frequencies": lambda frame: frame.frequencies,
        "embedding": lambda frame: frame.embedding,
        "weights": lambda frame: frame.matrix,
        "parameters": lambda frame: frame.vector(frame.sight.parameters),
        "previous": lambda frame: frame.vector(frame.sight.previous),
        "initial": lambda frame: frame.vector(frame.sight.initial),
        "gradient": lambda frame: frame.gradient,
    }
)
"""What looks can give to measures of one step and of the examples of a sample."""

GROUPED: Mapping[str, Callable[[Frame], object]] = MappingProxyType(
    {
        "points": lambda frame: frame.placed[0],
        "labels": lambda frame: frame.placed[1],
        "table_logits": lambda frame: frame.table_logits[..., frame.index(frame.subject.elements)],
    }
)
"""What stands in for it where the measure is one of groups: elements in place of classes."""


def inputs_of(frame: Frame, look: Look) -> dict[str, object]:
    """Give what the look's measure takes of the arrays."""
    known = takes(look.measure)
    given: Mapping[str, Callable[[Frame], object]] = ARGUMENTS
    if {"order", "centroids", "cayley"} & {*known.required, *known.optional}:
        given = {**ARGUMENTS, **GROUPED}
    of_look: Mapping[str, Callable[[Frame, Look], object]] = {**REMEMBERED, **OF_FEW}
    if "kernel" in known.required:
        of_look = {**of_look, "labels": few_labels}
    own = [name for name in known.required if name not in dict(look.options)]
    found: dict[str, object] = {name: given[name](frame) for name in own if name in given.keys() - of_look}
    found |= {name: of_look[name](frame, look) for name in own if name in of_look}
    if "cayley" in known.optional and not frame.subject.cyclic:
        found["cayley"] = frame.index(frame.subject.products)
    if "train" in known.optional:
        found["train"] = frame.trained
    return found


def gradients_of(frame: Frame, look: Look) -> list[Tensor]:
    """List those of a look's last evaluations, this one's the last, each (lane, parameter), of all parameters."""
    return [*frame.sight.past(look).gradients, frame.sight.gradient][-window(look) :]


def hidden_weights(frame: Frame, look: Look) -> tuple[Tensor, Tensor]:
    """Give those of the site at the evaluation before and now, each (lane, parameter)."""
    return frame.vector(frame.sight.past(look).parameters[-1]), frame.vector(frame.sight.parameters)


def few_labels(frame: Frame, look: Look) -> Tensor:
    """Give the class of each of the examples that kernels are computed on, (lane, sample)."""
    labels = frame.sight.population.labels
    return frame.own(labels.gather(1, frame.sight.few(frame.sample, look.examples)))


def kernel_of(frame: Frame, look: Look, *, initial: bool = False) -> Tensor:
    """Give the tangent kernel of the logits on a few examples, now or at step 0: (lane, sample, sample)."""
    return frame.own(frame.sight.kernel(frame.sample, look.examples, initial=initial))


def _gradient_cosine(frame: Frame, look: Look) -> Tensor:
    rows = torch.stack([frame.own(one) for one in gradients_of(frame, look)], dim=1)
    return gradient_cosine_similarity(rows)


def ending(now: Tensor) -> Tensor:
    """Make a curve of two evaluations of which only the last is known, (lane, evaluation)."""
    return torch.stack([torch.full_like(now, torch.nan), now], dim=-1)


REMEMBERED: Mapping[str, Callable[[Frame, Look], Tensor]] = MappingProxyType(
    {
        "gradients": lambda frame, look: torch.stack(
            [frame.vector(one) for one in gradients_of(frame, look)], dim=1
        ),
        "hidden_change": lambda frame, look: ending(weight_change(*hidden_weights(frame, look))),
        "training_accuracy": lambda frame, _: ending(frame.own(frame.sight.training_accuracy)),
        "gradient_cosine": lambda frame, look: ending(_gradient_cosine(frame, look)),
        "hidden_norm": lambda frame, look: torch.stack(
            [weight_norm(weights) for weights in hidden_weights(frame, look)], dim=-1
        ),
        "gradient_size": lambda frame, _: ending(gradient_norm(frame.own(frame.sight.gradient))),
    }
)
"""What looks over several evaluations can give. The curves are those of the evaluation before and of this one."""

OF_FEW: Mapping[str, Callable[[Frame, Look], object]] = MappingProxyType(
    {
        "kernel": kernel_of,
        "initial_kernel": lambda frame, look: kernel_of(frame, look, initial=True),
        "targets": lambda frame, look: torch.nn.functional.one_hot(
            few_labels(frame, look), len(frame.subject.places)
        ).double(),
        "first_gradients": lambda frame, look: frame.own(
            frame.sight.operands(frame.sample, look.examples)[0]
        ),
        "second_gradients": lambda frame, look: frame.own(
            frame.sight.operands(frame.sample, look.examples)[1]
        ),
        "loss": lambda frame, look: frame.loss(look.examples),
        "samples": lambda frame, look: frame.loss(look.examples).index.shape[1],
    }
)
"""What looks can give of a few examples, where more would take too long."""

GIVEN = frozenset({*ARGUMENTS, *REMEMBERED, *OF_FEW})
"""The names of all arguments that looks can give."""


def take(looks: Sequence[Look], sight: Sight, subjects: Sequence[Subject]) -> dict[str, Tensor]:
    """Measure all lanes, each look once: a number per lane by name.

    A look that compares with evaluations before gives nothing where there is none; one of curves what they come to
    at the last evaluation. Results that are no single number per lane are left out.
    """
    frames: dict[tuple[object, ...], Frame] = {}
    lanes = len(sight.parameters)
    numbers: dict[str, Tensor] = {}
    for look in looks:
        if _too_early(look, sight):
            continue
        own = [subject.of(look.sample) for subject in subjects]
        for slots in _parted(own, apart="loss" in takes(look.measure).required):
            key = (slots, look.site, look.sample)
            frame = frames.setdefault(key, Frame(sight, own[slots[0]], slots, look.site, look.sample))
            found = latest(look, apply(look.measure, inputs_of(frame, look), **look.own_options))
            for name, value in found.items():
                if value.ndim == 1:
                    whole = numbers.setdefault(look.named(name), value.new_full((lanes,), torch.nan))
                    whole[list(slots)] = value
    return numbers


def latest(look: Look, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Take of results that are one per evaluation the last."""
    of_curves = CURVES & set(takes(look.measure).required)
    return {name: value[..., -1] if of_curves else value for name, value in found.items()}


def _too_early(look: Look, sight: Sight) -> bool:
    """Tell whether a look compares with evaluations before, and there is none."""
    if "previous" in takes(look.measure).required:
        return sight.previous is None
    return compares(look) and not sight.past(look).gradients


def _parted(subjects: Sequence[Subject], *, apart: bool) -> list[tuple[int, ...]]:
    """Part the lanes into those that can be measured together; all of them where rounding would add up."""
    parts: dict[tuple[int, int], list[int]] = {}
    for slot, subject in enumerate(subjects):
        alone = apart or not subject.whole or subject.members is not None
        parts.setdefault((id(subject), slot if alone else -1), []).append(slot)
    return [tuple(slots) for slots in parts.values()]
