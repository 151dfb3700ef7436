"""Whether a look can be taken of a run: known from sizes alone, before anything is trained or written."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import get_args

import torch
from torch import Tensor

from latebloom.errors import InputError, UnknownNameError, shown
from latebloom.looks.history import LONGEST, window
from latebloom.looks.lists import LISTS, no_number
from latebloom.looks.look import OF_EACH, OF_FEW, Look
from latebloom.looks.place import Place
from latebloom.looks.reasons import refusal
from latebloom.looks.taking import GIVEN, latest
from latebloom.measures.applying import APPLICABLE, apply, takes
from latebloom.measures.clusters import check_plane
from latebloom.measures.contract.vocabulary import AXES
from latebloom.tasks.mixed import OPERATIONS

KINDS: Mapping[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

OF_EXAMPLES = inspect.Parameter("examples", inspect.Parameter.KEYWORD_ONLY, default=OF_EACH.usual)
"""An option that is the look's own, and not its measure's."""

MOST: Mapping[str, int] = MappingProxyType(
    {"iterations": 10_000, "chains": 16, "draws": 100_000, "burn_in": 100_000}
)
"""How large options may be that say how often something is done."""

FEW = 32
"""Samples of a trial, at least."""

GROUP_ARGUMENTS = frozenset({"order", "centroids"})


def check_look(look: Look, place: Place) -> None:
    """Refuse a look that cannot be taken.

    Raises:
        UnknownNameError: no such measure, site or option; lists those that there are.
        InputError: the measure needs what there is not at this site or for this task; or it gives no single number.
    """
    if look.measure in LISTS:
        raise InputError(f"look {look.text} {no_number(look.measure)}")
    if look.measure not in APPLICABLE:
        raise UnknownNameError("measure", look.measure, APPLICABLE, f"look {look.text}")
    if look.site not in place.known:
        raise UnknownNameError("site", look.site, place.known, f"look {look.text}")
    place = _of_sample(look, place)
    check_options(look, f"look {look.text}")
    known = takes(look.measure)
    for argument in known.required:
        if argument not in dict(look.options) and (reason := refusal(argument, look, place)):
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


def check_options(look: Look, what: str) -> None:
    """Refuse options that the measure does not have, or whose values are of another kind than its own, or too large.

    Raises:
        UnknownNameError, InputError: of `what` is said that it has such an option.
    """
    own = dict(inspect.signature(APPLICABLE[look.measure]).parameters)
    if look.measure in OF_FEW:
        own["examples"] = OF_EXAMPLES
    sayable = {
        name: one for name, one in own.items() if one.default is not None and name not in {*AXES, *GIVEN}
    }
    for name, value in look.options:
        if name not in sayable:
            raise UnknownNameError("option", name, sayable, what)
        default, choices = sayable[name].default, get_args(sayable[name].annotation)
        if isinstance(default, str) and value not in (choices or (value,)):
            raise UnknownNameError(name, value, choices, what)
        kind = int if default is inspect.Parameter.empty else type(default)
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise InputError(f"{what}: {name} is {shown(value)}; {KINDS[kind]} is needed")
    _check_bounds(look, what)


def _check_bounds(look: Look, what: str) -> None:
    """Refuse options whose values would take memory or time without bounds."""
    if window(look) > LONGEST:
        raise InputError(
            f"{what}: window is {window(look)}; gradients of at most {LONGEST} evaluations are kept"
        )
    most = OF_FEW.get(look.measure, OF_EACH).most
    if not 2 <= look.examples <= most:
        raise InputError(f"{what}: examples is {look.examples}; 2 to {most:,} are needed")
    for name, value in look.options:
        if isinstance(value, int) and value > MOST.get(name, value):
            raise InputError(f"{what}: {name} is {value:,}; at most {MOST[name]:,} are taken")


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
    for name in MOST.keys() & set(known.optional):
        options[name] = min(int(options.get(name, 2)), 2)  # the names do not depend on it, and the time does
    try:
        if options.get("space") == "umap":
            check_plane(_samples(place, look))
            del options["space"]  # as above
        found = latest(look, apply(look.measure, given, **options))
    except InputError as error:
        raise InputError(f"look {look.text} cannot be taken: {error}") from None
    return tuple(look.named(name) for name, value in found.items() if value.ndim == 0)


def _bowl(parameters: Tensor) -> Tensor:
    return parameters.square().sum(-1)


def _drawn(argument: str, place: Place, look: Look) -> object:
    """Draw an argument of about the size that it will have."""
    if argument in ("order", "samples"):
        return place.subject.order if argument == "order" else min(place.examples["train"], look.examples)
    if argument == "loss":
        return _bowl
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
