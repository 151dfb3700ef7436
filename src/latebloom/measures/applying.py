"""Measures by their names: which arguments one lacks, and its results from whatever arrays there are.

Beside those of arrays stand here those of a loss around the parameters, whose results are numbers as well.

Looks, files and other people's loops hold arrays under the names of the shared vocabulary (`points`, `labels`,
`order`, `logits`, ...) and ask for measures by name. Here the two are brought together.
"""

import inspect
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from torch import Tensor

from latebloom.errors import InputError, UnknownNameError
from latebloom.measures import MEASURES, Measure
from latebloom.measures.centroids import class_centroids
from latebloom.measures.cyclic import lanes_of_labels
from latebloom.measures.functions import local_learning_coefficient, sharpness

APPLICABLE: Mapping[str, Measure] = MappingProxyType(
    {**MEASURES, "local_learning_coefficient": local_learning_coefficient, "sharpness": sharpness}
)
"""Every measure that can be asked for by its name."""


class Takes(NamedTuple):
    """The names of a measure's arguments, in its own order."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


@cache
def takes(measure: str) -> Takes:
    """List the arguments of a measure.

    Raises:
        UnknownNameError: no measure has this name.

    >>> takes("ring_scan")
    Takes(required=('centroids',), optional=('neighbours', 'draws', 'seed'))
    """
    if measure not in APPLICABLE:
        raise UnknownNameError("measure", measure, APPLICABLE)
    given = inspect.signature(APPLICABLE[measure]).parameters.values()
    return Takes(
        tuple(argument.name for argument in given if argument.default is argument.empty),
        tuple(argument.name for argument in given if argument.default is not argument.empty),
    )


def missing(measure: str, inputs: Mapping[str, object]) -> tuple[str, ...]:
    """Name the required arguments of a measure that are not among the inputs, in the measure's order.

    Raises:
        UnknownNameError: no measure has this name.

    >>> missing("factorisation", {"points": ...})
    ('labels',)
    """
    return tuple(name for name in takes(measure).required if name not in inputs)


def apply(measure: str, inputs: Mapping[str, object], **options: object) -> dict[str, Tensor]:
    """Measure by name: take of the inputs what the measure takes, and answer with all of its results.

    Inputs of the names of optional arguments are taken as well; inputs that the measure does not know are
    left alone. The results are float64 tensors by their full names: a measure with several gives them as they
    are, one with a single result gives it under the name of the measure.

    Args:
        measure: a name in `APPLICABLE`.
        inputs: arrays, numbers and functions by the names of the measures' arguments.
        options: further arguments of this measure, such as `draws`; they go before the inputs.

    Raises:
        UnknownNameError: no measure has this name, or the measure has no such option.
        InputError: a required argument is missing; or whatever the measure refuses.

    >>> import torch
    >>> apply("pca_dimension", {"points": torch.eye(4), "labels": None}, fraction=0.5)
    {'pca_dimension': tensor(2., dtype=torch.float64)}
    """
    known = takes(measure)
    for name in options:
        if name not in known.required + known.optional:
            raise UnknownNameError(f"option of {measure}", name, known.required + known.optional)
    given = {name: inputs[name] for name in known.required + known.optional if name in inputs} | options
    if lacking := missing(measure, given):
        present = ", ".join(sorted(inputs)) or "nothing"
        raise InputError(f"{measure}: got {present}; it needs {' and '.join(lacking)} too")
    found = APPLICABLE[measure](**given)
    return {measure: found} if isinstance(found, Tensor) else found


def completed(inputs: Mapping[str, object], *, order_from_labels: bool = False) -> dict[str, object]:
    """Add to the inputs what follows from them; what is there already stays as it is.

    `centroids` (*population, class, feature) follow from `points`, `labels` and `order`: the mean of each class,
    in the order of the coordinate. They are added where every class has a sample in every lane, since a missing
    one would leave a hole. `order` follows from the labels, as the largest and one more, only where
    `order_from_labels` says so: labels do not tell whether larger ones exist.

    Raises:
        ShapeError: labels that are no integers, do not fit the points, or are out of range.

    >>> import torch
    >>> found = completed({"points": torch.eye(2), "labels": torch.tensor([1, 0]), "order": 2})
    >>> found["centroids"].tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    found = dict(inputs)
    points, labels = inputs.get("points"), inputs.get("labels")
    if not isinstance(points, Tensor) or not isinstance(labels, Tensor):
        return found
    if order_from_labels and "order" not in found and labels.numel():
        found["order"] = int(labels.max()) + 1
    order = found.get("order")
    if isinstance(order, int) and "centroids" not in found and _all_occur(points, labels, order):
        found["centroids"] = class_centroids(points, labels, order)
    return found


def _all_occur(points: Tensor, labels: Tensor, order: int) -> bool:
    """Tell whether every lane has a sample of every class; true as well where a label is out of range.

    Labels out of range are for `class_centroids` to refuse, which says what is wrong with them.
    """
    lanes = lanes_of_labels(labels, points)
    if lanes.numel() and (int(lanes.min()) < 0 or int(lanes.max()) >= order):
        return True
    return all(len(lane.unique()) == order for lane in lanes.reshape(-1, lanes.shape[-1]))
