"""Which array of a file is the cloud of points, and which its labels; what was chosen is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from latebloom.errors import InputError, UnknownNameError, shown

LABELS = ("labels", "label", "y")
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Chosen:
    """The arrays that are measured, by their names in the file, and a line each on why these.

    `labels` is None, and its name empty, where there are none. `others` are all remaining arrays.
    """

    points: NDArray[Any]
    points_name: str
    labels: NDArray[Any] | None
    labels_name: str
    others: Mapping[str, NDArray[Any]]
    reasons: tuple[str, ...]


def choose(arrays: Mapping[str, NDArray[Any]], points: str = "", labels: str = "") -> Chosen:
    """Choose the points and labels among arrays: those named, otherwise those that can be meant.

    Points: the only array with two axes, or of several the first of floating point. Labels: a row of whole
    numbers called labels, label or y, or the only one that has an entry for each sample.

    Raises:
        UnknownNameError: no array has that name.
        InputError: nothing that can be meant.
    """
    for name in filter(None, (points, labels)):
        if name not in arrays:
            raise UnknownNameError("array", name, arrays)
    cloud, why_points = (points, "") if points else _points(arrays, labels)
    reasons = [f"points: {_described(cloud, arrays[cloud])}{why_points}"]
    names, why_labels = (labels, "") if labels else _labels(arrays, cloud)
    if names:
        reasons.append(f"labels: {_described(names, arrays[names])}{why_labels}")
    else:
        reasons.append(f"labels: none ({why_labels})")
    others = {name: array for name, array in arrays.items() if name not in (cloud, names)}
    return Chosen(arrays[cloud], cloud, arrays[names] if names else None, names, others, tuple(reasons))


def _points(arrays: Mapping[str, NDArray[Any]], labels: str) -> tuple[str, str]:
    flat = [name for name, array in arrays.items() if array.ndim == 2 and name != labels]
    floating = [name for name in flat if arrays[name].dtype.kind == "f"]
    if not flat:
        raise InputError(
            f"got {_listed(arrays)}; an array with two axes, (sample, feature), is needed for the points"
        )
    if len(flat) == 1:
        return flat[0], ", the only array with two axes"
    chosen = (floating or flat)[0]
    others = ", ".join(shown(name) for name in flat if name != chosen)
    return chosen, f", the first array with two axes; --points names another: {others}"


def _labels(arrays: Mapping[str, NDArray[Any]], points: str) -> tuple[str, str]:
    rows = [name for name, array in arrays.items() if array.ndim == 1 and array.dtype.kind in "iu"]
    for name in LABELS:
        if name in rows:
            return name, ", by its name"
    samples = len(arrays[points])
    fitting = [name for name in rows if len(arrays[name]) == samples]
    if len(fitting) == 1:
        return fitting[0], ", the only row of whole numbers with an entry for each sample"
    if fitting:
        return "", f"--labels chooses one of {', '.join(map(shown, fitting))}"
    return "", f"no array is a row of {samples:,} whole numbers"


def _listed(arrays: Mapping[str, NDArray[Any]]) -> str:
    described = [_described(name, array) for name, array in arrays.items()]
    more = len(described) - MOST_SHOWN
    return ", ".join(described[:MOST_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _described(name: str, array: NDArray[Any]) -> str:
    """Write an array's name, shape and type.

    >>> import numpy
    >>> _described("hidden", numpy.zeros((6, 2), "float32"))
    "'hidden' (6, 2) float32"
    """
    return f"{shown(name)} {array.shape} {array.dtype}"
