"""Whether a look can be taken of a run: known from sizes alone, before anything is trained or written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import get_args

import torch
from torch import Tensor

from latebloom.errors import InputError, UnknownNameError, shown
from latebloom.looks.history import CURVES, LONGEST, window
from latebloom.looks.look import EXAMPLES, MOST_EXAMPLES, OF_FEW, Look
from latebloom.looks.subject import LARGEST_TABLE, Subject
from latebloom.looks.taking import GIVEN, latest
from latebloom.measures import MEASURES
from latebloom.measures.applying import apply, takes
from latebloom.measures.clusters import check_plane
from latebloom.measures.contract.vocabulary import AXES
from latebloom.tasks.mixed import OPERATIONS

KINDS: Mapping[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

OF_EXAMPLES = inspect.Parameter("examples", inspect.Parameter.KEYWORD_ONLY, default=EXAMPLES)
"""An option that is the look's own, and not its measure's."""

FEW = 32
"""Samples of a trial, at least."""

GROUP_ARGUMENTS = frozenset({"order", "centroids"})


@dataclass(frozen=True)
class Place:
    """What can be looked at in runs of one kind.

    Args:
        sites: the activations that the model tells.
        parameters: the shape of each named parameter, by site.
        subject: the group of the task.
        classes: how many classes the task has. vocabulary: how many tokens.
        examples: how many each sample has.
        paired: whether each example is a pair of tokens.
    """

    sites: tuple[str, ...]
    parameters: Mapping[str, tuple[int, ...]]
    subject: Subject
    classes: int
    vocabulary: int
    examples: Mapping[str, int]
    paired: bool = True

    @property
    def known(self) -> tuple[str, ...]:
        """Every site that there is."""
        return (*self.sites, "parameters", *self.parameters)


def check_look(look: Look, place: Place) -> None:
    """Refuse a look that cannot be taken.

    Raises:
        UnknownNameError: no such measure, site or option; lists those that there are.
        InputError: the measure needs what there is not at this site or for this task; or it gives no single number.
    """
    if look.measure not in MEASURES:
        raise UnknownNameError("measure", look.measure, MEASURES, f"look {look.text}")
    if look.site not in place.known:
        raise UnknownNameError("site", look.site, place.known, f"look {look.text}")
    place = _of_sample(look, place)
    _check_options(look)
    known = takes(look.measure)
    for argument in known.required:
        if argument not in dict(look.options) and (reason := _refusal(argument, look, place)):
            raise InputError(f"look {look.text} cannot be taken: it needs {argument}, {reason}")
    if not result_names(look, place):
        raise InputError(
            f"look {look.text} gives no single number for each run; with latebloom.measures.{look.measure} "
            "it can be taken of stored activations and weights"
        )


def _of_sample(look: Look, place: Place) -> Place:
    """Say what can be looked at in a sample.

    Raises:
        UnknownNameError: a sample of an operation that the task does not mix.
        InputError: of such a sample something is asked that takes no examples of it.
    """
    known = (*(name for name in place.examples if name not in OPERATIONS), *place.subject.operations)
    if look.sample not in known:
        raise UnknownNameError("sample", look.sample, known, f"look {look.text}")
    if look.sample in OPERATIONS and look.measure in OF_FEW:
        raise InputError(
            f"look {look.text} cannot be taken: of one operation {look.measure} is not to be had"
        )
    return replace(place, subject=place.subject.of(look.sample))


def _check_options(look: Look) -> None:
    """Refuse options that the measure does not have, or whose values are of another kind than its own."""
    own = dict(inspect.signature(MEASURES[look.measure]).parameters)
    if look.measure in OF_FEW:
        own["examples"] = OF_EXAMPLES
    sayable = {
        name: one for name, one in own.items() if one.default is not None and name not in {*AXES, *GIVEN}
    }
    for name, value in look.options:
        if name not in sayable:
            raise UnknownNameError("option", name, sayable, f"look {look.text}")
        default, choices = sayable[name].default, get_args(sayable[name].annotation)
        if isinstance(default, str) and value not in (choices or (value,)):
            raise UnknownNameError(name, value, choices, f"look {look.text}")
        kind = int if default is inspect.Parameter.empty else type(default)
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise InputError(f"look {look.text}: {name} is {shown(value)}; {KINDS[kind]} is needed")
    _check_bounds(look)


def _check_bounds(look: Look) -> None:
    """Refuse options whose values would take memory or time without bounds."""
    if window(look) > LONGEST:
        raise InputError(
            f"look {look.text}: window is {window(look)}; gradients of at most {LONGEST} evaluations are kept"
        )
    if not 2 <= look.examples <= MOST_EXAMPLES:
        raise InputError(f"look {look.text}: examples is {look.examples}; 2 to {MOST_EXAMPLES} are needed")


def result_names(look: Look, place: Place) -> tuple[str, ...]:
    """Name the numbers that a look records, by trying the measure on small arrays of the right kinds."""
    known = takes(look.measure)
    needed = [name for name in known.required if name not in dict(look.options)]
    given: dict[str, object] = {name: _drawn(name, place, look) for name in needed}
    if "cayley" in known.optional and place.subject.products is not None:
        given["cayley"] = torch.from_numpy(place.subject.products)
    if "train" in known.optional and place.subject.order:
        given["train"] = torch.eye(place.subject.order, dtype=torch.bool)
    options = look.own_options
    if "draws" in known.optional and "draws" not in options:
        options["draws"] = 1  # the names do not depend on it, and the time does
    try:
        if options.get("space") == "umap":
            check_plane(_samples(place, look))
            del options["space"]  # as above
        found = latest(look, apply(look.measure, given, **options))
    except InputError as error:
        raise InputError(f"look {look.text} cannot be taken: {error}") from None
    return tuple(look.named(name) for name, value in found.items() if value.ndim == 0)


def _drawn(argument: str, place: Place, look: Look) -> Tensor | int:
    """Draw an argument of about the size that it will have."""
    if argument == "order":
        return place.subject.order
    groups = GROUP_ARGUMENTS & set(takes(look.measure).required)
    classes = place.subject.order if groups else place.classes
    if argument == "labels":
        return torch.arange(_samples(place, look)) % classes
    if argument == "table_labels":
        return torch.zeros(place.subject.order, place.subject.order, dtype=torch.int64)
    shape = tuple(_size(axis, argument, place, look) for axis in AXES[argument])
    drawn = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    return {"pattern": lambda: drawn.softmax(-1), "frequencies": lambda: drawn.round()}.get(
        argument, lambda: drawn
    )()


def _size(axis: str, argument: str, place: Place, look: Look) -> int:
    if axis == "sample":
        return _samples(place, look)
    if axis in ("row", "column"):
        return place.parameters[look.site][axis == "column"]
    if axis == "frequency":
        return place.subject.order // 2
    of_group = argument not in ("logits",) and place.subject.order
    sizes = {"class": of_group or place.classes, "element": place.subject.order, "token": place.subject.order}
    return sizes.get(axis, 4)


def _samples(place: Place, look: Look) -> int:
    if look.site.startswith("parameter."):
        return place.parameters[look.site][0]
    return min(place.examples[look.sample], max(FEW, 2 * place.classes))


def _refusal(argument: str, look: Look, place: Place) -> str:
    """Say why an argument is not to be had; nothing where it is."""
    if argument not in GIVEN:
        if argument in AXES:
            return "which runs do not keep; call the measure on arrays of your own"
        return f"which is said as an option: {look.measure}({argument}=...)@{look.site}"
    return REASONS[argument](look, place) if argument in REASONS else ""


def _activations_only(look: Look, place: Place) -> str:
    return "" if look.site in place.sites else f"which sites of activations have: {', '.join(place.sites)}"


def _points(look: Look, place: Place) -> str:
    if look.site == "parameters":
        return f"which these sites have: {', '.join(_matrices(place) + place.sites)}"
    return "" if look.site in place.sites else _weights(look, place)


def _weights(look: Look, place: Place) -> str:
    known = _matrices(place)
    return "" if look.site in known else f"a matrix, which these sites have: {', '.join(known)}"


def _matrices(place: Place) -> tuple[str, ...]:
    return tuple(site for site, shape in place.parameters.items() if len(shape) == 2)


def _embedding(look: Look, place: Place) -> str:
    known = [
        site for site in _matrices(place) if place.parameters[site][0] in (place.classes, place.vocabulary)
    ]
    if look.site in place.sites and "table_activations" in takes(look.measure).required:
        return _cyclic(look, place)
    if look.site not in known:
        return f"a row for each token, which these sites have: {', '.join(known) or 'none'}"
    return _cyclic(look, place)


def _cyclic(look: Look, place: Place) -> str:
    if place.subject.cyclic or (place.subject.order and "cayley" in takes(look.measure).optional):
        return ""
    return f"and {place.subject.task} has no cyclic group whose elements its classes are"


def _centroids(look: Look, place: Place) -> str:
    if look.site.startswith("parameter"):
        return _embedding(look, place)
    return _activations_only(look, place) or _cyclic(look, place)


def _whole_table(look: Look, place: Place) -> str:
    if place.subject.pairs is None:
        return (
            f"of the whole table by pairs of elements: {place.subject.task} has none, or one of more than "
            f"{LARGEST_TABLE:,} pairs"
        )
    return _activations_only(look, place) or _cyclic(look, place)


def _frequencies(look: Look, place: Place) -> str:
    if reason := _whole_table(look, place):
        return reason
    return "" if place.subject.summed else f"those of sums: {place.subject.task} adds nothing on its group"


def _table_logits(look: Look, place: Place) -> str:
    keyed = "frequencies" in takes(look.measure).required
    elsewhere = "" if keyed or look.site == "logits" else "which stand at the site logits"
    return _whole_table(look, place) or elsewhere


def _vector(look: Look, place: Place) -> str:
    del place
    own = look.site.startswith("parameter") or "logits" in takes(look.measure).required
    return "" if own else "which stand at the site parameters, and one by one at parameter.NAME"


def _gradient(look: Look, place: Place) -> str:
    del place
    if look.site.startswith("parameter") and look.sample == "train":
        return ""
    site = look.site if look.site.startswith("parameter") else "parameters"
    return f"that of the loss on what is trained on: say {look.measure}@{site}/train"


def _curves(look: Look, place: Place) -> str:
    reason = _gradient(look, place)
    return reason and f"of weights, beside a gradient: {reason.partition(': ')[2]}"


def _logits(look: Look, place: Place) -> str:
    del place
    return "" if look.site == "logits" else "which stand at the site logits"


def _of_logits(look: Look, place: Place) -> str:
    del place
    return "" if look.site == "logits" else f"that of the logits: say {look.measure}@logits"


def _operands(look: Look, place: Place) -> str:
    if not place.paired:
        return f"that of one of two operands, and the examples of {place.subject.task} are no pairs"
    return _of_logits(look, place)


def _pattern(look: Look, place: Place) -> str:
    known = [site for site in place.sites if site.endswith(".pattern")]
    if look.site in known:
        return ""
    return f"which these sites have: {', '.join(known)}" if known else "and this model has no attention"


REASONS: Mapping[str, Callable[[Look, Place], str]] = MappingProxyType(
    {
        "points": _points,
        "labels": _activations_only,
        "order": _cyclic,
        "centroids": _centroids,
        "logits": _logits,
        "pattern": _pattern,
        "table_activations": _whole_table,
        "table_logits": _table_logits,
        "table_labels": _whole_table,
        "frequencies": _frequencies,
        "embedding": _embedding,
        "weights": _weights,
        "parameters": _vector,
        "previous": _vector,
        "initial": _vector,
        "gradient": _gradient,
        "gradients": _gradient,
        **dict.fromkeys(CURVES, _curves),
        "kernel": _of_logits,
        "initial_kernel": _of_logits,
        "targets": _of_logits,
        "first_gradients": _operands,
        "second_gradients": _operands,
    }
)
"""Why each argument may not be to be had."""


def check_steps(look: Look, evaluations: Iterable[int], snapshots: Iterable[int]) -> None:
    """Refuse a look whose steps are never come by.

    Raises:
        InputError: no evaluation is at a multiple of its EVERY, or, where it is dear, no snapshot; says what would fit.
    """
    kind, steps = ("snapshot", list(snapshots)) if look.dear else ("evaluation", list(evaluations))
    later = [step for step in steps if step > 0]
    if not look.every or any(look.due(step) for step in later):
        return
    nearest = min(later, key=lambda step: (abs(step - look.every), step))
    why = f", and {look.measure} is taken at snapshots alone" if look.dear else ""
    raise InputError(
        f"look {look.text}: no {kind} is at a multiple of {look.every:,} steps{why}; "
        f"{replace(look, every=nearest).text} would fit"
    )
