"""Every measure that a cloud of points allows, as plain numbers.

Two names for one number are measured once: `COVERED` says which measure stands for which. What could not be
measured is told beside the numbers, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latebloom.clouds.cosets import Purities, coset_purities, plane_purities
from latebloom.clouds.groups import Group, parse_group
from latebloom.clouds.tensors import cloud_tensor, label_array, other_arrays
from latebloom.errors import InputError, shown
from latebloom.measures import MEASURES
from latebloom.measures.applying import apply, completed, missing, takes
from latebloom.measures.cayley import symmetric_table
from latebloom.tasks.numbers import is_prime

COVERED: Mapping[str, str] = MappingProxyType(
    {
        "activation_l2": "activation_statistics",
        "activation_max": "activation_statistics",
        "activation_sparsity": "activation_statistics",
        "activation_std": "activation_statistics",
        "adjacency_score": "ring_scan",
        "class_centroids": "",
        "clump_structure": "",
        "coset_adjacency_score": "quotient_ring_scan",
        "effective_rank": "rank_statistics",
        "feature_diversity": "rank_statistics",
        "participation_ratio": "linear_dimensions",
        "pca_dimension": "linear_dimensions",
        "quotient_centroids": "",
        "stable_rank": "rank_statistics",
    }
)
"""Measures that are not applied, with the one that gives their numbers; "" for steps on the way to numbers."""
LAST = "coset_purity"
"""It looks at what the spectrum suggests."""
IN_THE_PLANE = "coset_purity_umap"
"""The same in the UMAP plane."""
PLAN = (*(name for name in MEASURES if name not in {*COVERED, LAST}), LAST)
"""What is applied, in this order."""
MOST_FOR_NEIGHBOURS = 20_000
"""Samples among which nearest neighbours and clusters are looked for; of more, so many are drawn."""
DEAR = ("twonn_dimension", "coset_purity")
OF_CLOUDS = frozenset({"points", "labels", "order", "centroids", "quotient"})
"""The arguments that a cloud, its labels and their group give."""


def measure_cloud(points: Any, labels: Any = None, group: str | None = None) -> dict[str, Any]:
    """Apply every measure that these arrays allow to a cloud of points.

    The answer maps the names of the numbers to floats, or to lists of floats where there is one per frequency,
    divisor or direction. Besides: `coset_purity_by_quotient` maps quotients to their purities, `not_measured`
    names of measures to why they could not be taken, `notes` lists what else should be known of the data;
    `samples`, `features` and the `order` of the group are those of the arrays.
    Numbers that are not defined here are nan, with a reason in `not_measured`. Seeded: the same arrays give
    the same numbers.

    Args:
        points: (sample, feature), an array of numpy or a tensor of torch, of real numbers.
        labels: (sample), whole numbers: the class of each sample.
        group: what the labels stand for: "cyclic:97" for 0 to 96, "multiplicative:97" for the residues 1 to 96,
            "symmetric:5" for the permutations of five things. Without it only what needs no group is measured.

    Raises:
        InputError: arrays that are no such arrays or do not fit each other or the group.

    >>> import numpy
    >>> angle = 2 * numpy.pi * 3 * numpy.arange(97) / 97
    >>> circle = numpy.stack([numpy.cos(angle), numpy.sin(angle)], axis=1)
    >>> found = measure_cloud(circle, numpy.arange(97), "cyclic:97")
    >>> found["pca_dimension_95"], found["ring_best_stride"], round(found["ring_p_value"], 3)
    (2.0, 32.0, 0.005)
    """
    return measure_arrays(points, labels, group)


def measure_arrays(
    points: Any,
    labels: Any = None,
    group: str | None = None,
    *,
    others: Mapping[str, Any] = MappingProxyType({}),
    on_measure: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Do as `measure_cloud`, also with arrays of other kinds, by the names that measures give their arguments.

    `others` are such arrays as `logits` or `embedding`; what measures do not take is left alone. `on_measure` is
    told the name of each measure before it is taken.

    Raises:
        InputError: as `measure_cloud`.
    """
    cloud = cloud_tensor(points)
    classes = None if labels is None else label_array(labels, len(cloud))
    told = None if group is None else parse_group(group)
    if told is not None and classes is None:
        raise InputError(f"group {told}: got no labels; a whole number for each of the samples is needed")
    work = _Work(_Given.of(cloud, classes, told, other_arrays(others)))
    for name in PLAN:
        work.take(name, on_measure)
    return work.answer()


@dataclass(frozen=True, slots=True)
class _Given:
    """What there is: with labels as they were given, and with coordinates and centroids where a group was."""

    bare: Mapping[str, object]
    grouped: Mapping[str, object]
    group: Group | None
    points: Tensor

    @classmethod
    def of(
        cls,
        points: Tensor,
        labels: NDArray[np.int64] | None,
        group: Group | None,
        others: Mapping[str, Tensor],
    ) -> _Given:
        bare: dict[str, object] = {"points": points, **others}
        if labels is None:
            return cls(bare, bare, None, points)
        bare["labels"] = torch.from_numpy(labels)
        if group is None:
            return cls(bare, bare, None, points)
        named = {"labels": torch.from_numpy(group.coordinates(labels)), "order": group.order}
        if not group.is_cyclic:
            named["cayley"] = symmetric_table(group.number)
        return cls(bare, completed({**bare, **named}), group, points)


class _Work:
    """The numbers so far, and why others are none."""

    def __init__(self, given: _Given) -> None:
        self.given = given
        self.found: dict[str, Tensor] = {}
        self.purities: dict[str, Purities] = {}
        self.reasons: dict[str, str] = {}
        self.notes = _notes(given)

    def take(self, name: str, on_measure: Callable[[str], None]) -> None:
        """Take one measure, or note why it cannot be taken."""
        if reason := _obstacle(name, self.given):
            self.reasons[name] = reason
            return
        on_measure(name)
        try:
            inputs = self._inputs(name)
            if name == "coset_purity":
                self._take_purities(inputs, on_measure)
            else:
                self.found |= apply(name, inputs)
        except InputError as error:
            self.reasons[name] = str(error)

    def answer(self) -> dict[str, Any]:
        """Put all together as plain numbers."""
        reasons = self.reasons | _unnumbered(self.found, self.given)
        numbers: dict[str, Any] = {name: value.tolist() for name, value in sorted(self.found.items())}
        for name, purities in self.purities.items():
            numbers[f"{name}_by_quotient"] = dict(purities.by_quotient)
        samples, features = self.given.points.shape
        numbers |= {"samples": samples, "features": features}
        if self.given.group is not None:
            numbers["order"] = self.given.group.order
        return {**numbers, "not_measured": dict(sorted(reasons.items())), "notes": self.notes}

    def _inputs(self, name: str) -> dict[str, object]:
        """Choose what a measure gets: coordinates where it knows the group, labels as given elsewhere."""
        inputs = dict(self.given.grouped if _is_of_groups(name) else self.given.bare)
        samples = len(self.given.points)
        if name in DEAR and samples > MOST_FOR_NEIGHBOURS:
            self.notes.append(f"{name}: measured on {MOST_FOR_NEIGHBOURS:,} samples drawn of {samples:,}")
            generator = torch.Generator().manual_seed(0)
            drawn = torch.randperm(samples, generator=generator)[:MOST_FOR_NEIGHBOURS].sort().values
            for key in ("points", "labels"):
                if isinstance(array := inputs.get(key), Tensor):
                    inputs[key] = array[drawn]
        return inputs

    def _take_purities(self, inputs: Mapping[str, object], on_measure: Callable[[str], None]) -> None:
        """See how pure the cosets are among the points, and in their UMAP plane where that can be laid out."""
        gcd = self.found["spectrum_leading_gcd"]
        if self.given.group is None or gcd.isnan():
            self.reasons["coset_purity"] = "there is no spectrum that could suggest a quotient"
            return
        for name, measure in (("coset_purity", coset_purities), (IN_THE_PLANE, plane_purities)):
            on_measure(name)
            try:
                found = measure(inputs, self.given.group.order, int(gcd))
            except InputError as error:
                self.reasons[name] = str(error)
                continue
            self.purities[name] = found
            self.found |= found.numbers
            if found.reason:
                self.reasons[name] = found.reason


def _is_of_groups(name: str) -> bool:
    """Tell whether a measure takes the labels as a group's elements."""
    required, optional = takes(name)
    return not {"centroids", "order", "cayley"}.isdisjoint((*required, *optional))


def _obstacle(name: str, given: _Given) -> str:
    """Say in one line why a measure cannot be taken; "" if it can be tried."""
    required, optional = takes(name)
    of_groups, group = _is_of_groups(name), given.group
    lacking = []
    if "labels" not in given.bare and ("labels" in required or "centroids" in required):
        lacking.append("labels")
    if of_groups and group is None:
        lacking.append("a group")
    arrays = [shown(argument) for argument in missing(name, given.grouped) if argument not in OF_CLOUDS]
    if arrays:
        lacking.append(f"{'an array' if len(arrays) == 1 else 'arrays'} called {', '.join(arrays)}")
    if lacking:
        return f"needs {' and '.join(lacking)}"
    if of_groups and group is not None and not group.is_cyclic and "cayley" not in optional:
        return f"needs a cyclic group, which {group} is not"
    if name == "coset_purity" and group is not None and is_prime(group.order):
        return f"the order {group.order} is prime, so the group has no cosets"
    return ""


def _notes(given: _Given) -> list[str]:
    """Tell what makes numbers of these points mean less than they seem to."""
    samples, notes = len(given.points), []
    spoiled = int((~given.points.isfinite().all(-1)).sum())
    if spoiled:
        notes.append(
            f"{spoiled:,} of {samples:,} samples hold nan or infinity, and spoil nearly every number; "
            "leave them out"
        )
    labels = given.bare.get("labels")
    if isinstance(labels, Tensor):
        classes = len(labels.unique())
        if classes == samples:
            notes.append("every sample has a label of its own: factorisation is 1 whatever the points are")
        if classes == 1:
            notes.append("all samples have the same label: nothing can be said about classes")
    return notes


def _unnumbered(found: Mapping[str, Tensor], given: _Given) -> dict[str, str]:
    """Say why a number came out as nan or infinity; its null and p-value go with it."""
    spoiled = not given.points.isfinite().all()
    reasons: dict[str, str] = {}
    for name, value in found.items():
        if value.ndim or value.isfinite() or "_null_" in name or name.endswith("_p_value"):
            continue
        if spoiled:
            reasons[name] = "the points hold nan or infinity"
        elif value.isinf():
            reasons[name] = "infinite: there is nothing to divide by"
        elif given.group is not None and is_prime(given.group.order) and name.startswith("quotient_"):
            reasons[name] = f"the order {given.group.order} is prime, so the group has no quotients"
        else:
            reasons[name] = "not defined for these points"
    return reasons
