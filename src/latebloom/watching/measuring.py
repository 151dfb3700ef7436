"""Which measures a watch takes, and of which arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import torch
from torch import Tensor

from latebloom.clouds import Group, parse_group
from latebloom.errors import InputError, shown
from latebloom.looks.checking import check_options
from latebloom.looks.history import CURVES
from latebloom.looks.lists import LISTS, no_number
from latebloom.looks.look import Look, parse_look
from latebloom.measures.applying import missing, takes
from latebloom.measures.contract.vocabulary import SCALARS
from latebloom.tasks import SymmetricGroup

DEFAULT = ("activation_statistics", "linear_dimensions", "twonn_dimension", "weight_norm", "weight_change")
OF_A_CYCLIC_GROUP = ("factorisation", "ring_scan", "group_spectrum")
OF_ANOTHER_GROUP = ("factorisation", "irrep_scan")

OF_POINTS = frozenset({"points", "centroids"})
OF_WEIGHTS = frozenset({"parameters", "previous", "initial", "gradient"})
OF_LOOKS = frozenset({"gradients", *CURVES})
OF_FUNCTION = frozenset({"kernel", "initial_kernel", "targets", "loss"})
ALWAYS = frozenset({"points", "logits", "kernel", "initial_kernel"}) | OF_WEIGHTS | OF_LOOKS
OF_LABELS = frozenset({"labels", "targets", "loss", "samples"})
OF_GROUPS = frozenset({"order", "centroids"})
ANY_GROUP = frozenset({"class_centroids", "factorisation"})
"""Measures of classes that need no coordinate on a ring and no multiplication table."""

WHY: Mapping[str, str] = MappingProxyType(
    {
        "pattern": "what attention looks at passes no site by itself",
        "weights": "it looks at all parameters in a row",
        "embedding": "it is not told which parameter has a row for each element",
        **dict.fromkeys(
            ("table_activations", "table_logits", "table_labels", "frequencies"),
            "it is not told which sample stands for which pair of elements",
        ),
        **dict.fromkeys(
            ("first_gradients", "second_gradients"), "it is not told which part of an input is which operand"
        ),
    }
)
"""Why a watch cannot give some arguments."""


@dataclass(frozen=True, eq=False)
class Elements:
    """What the labels are in the group that was named.

    Args:
        group: the group. coordinates: the element of each sample, (sample,).
        cayley: the multiplication table of a group that is not cyclic, (element, element); None for a cyclic one.
    """

    group: Group
    coordinates: Tensor
    cayley: Tensor | None

    @classmethod
    def of(cls, text: object, labels: Tensor | None) -> "Elements":
        """Read a group, and find the labels' elements in it.

        Raises:
            InputError: no such group, or labels that are not its elements; each must have a sample.
        """
        if not isinstance(text, str):
            raise InputError(f"group: got {shown(text)}; a text such as 'cyclic:97' is needed")
        group = parse_group(text)
        if labels is None:
            raise InputError(f"group {group}: no labels were given; a label per sample is needed")
        coordinates = torch.from_numpy(group.coordinates(labels.cpu().numpy()))
        if group.is_cyclic:
            return cls(group, coordinates, None)
        products = torch.from_numpy(SymmetricGroup(group.number).table().labels)
        return cls(group, coordinates, products.reshape(group.order, group.order))


@dataclass(frozen=True)
class Plan:
    """What is measured at each look: of what passes at every site, and once of the model as a whole."""

    at_sites: tuple[Look, ...]
    of_model: tuple[Look, ...]

    @classmethod
    def of(cls, measures: object, *, labels: bool, elements: Elements | None) -> "Plan":
        """Read measures, written `MEASURE` or `MEASURE(option=value)`; where None is given, take the default ones.

        Raises:
            UnknownNameError: no measure has this name.
            InputError: one that needs what a watch does not have, or what was not given.
        """
        looks = [_read(text) for text in (_default(elements) if measures is None else _listed(measures))]
        for look in looks:
            _check(look, labels=labels, elements=elements)
        at_sites = tuple(look for look in looks if OF_POINTS & set(takes(look.measure).required))
        return cls(at_sites, tuple(look for look in looks if look not in at_sites))

    @property
    def texts(self) -> list[str]:
        """The measures as people write them."""
        return [look.text.partition("@")[0] for look in (*self.at_sites, *self.of_model)]

    @property
    def needed(self) -> frozenset[str]:
        """What the measures of the model as a whole take."""
        own = frozenset(name for look in self.of_model for name in takes(look.measure).required)
        return own | {"parameters", "gradient"} if own & OF_LOOKS else own


def _default(elements: Elements | None) -> Sequence[str]:
    if elements is None:
        return DEFAULT
    return (*DEFAULT, *(OF_ANOTHER_GROUP if elements.cayley is not None else OF_A_CYCLIC_GROUP))


def _listed(measures: object) -> list[str]:
    if not isinstance(measures, Sequence) or isinstance(measures, str):
        raise InputError(f"measures: got {shown(measures)}; a list of names is needed")
    wrong = [text for text in measures if not isinstance(text, str) or "@" in text]
    if wrong:
        raise InputError(
            f"measures: got {shown(wrong[0])}; a name is needed, such as 'ring_scan'; sites stand in sites="
        )
    return list(dict.fromkeys(measures))


def _read(text: str) -> Look:
    """Read a measure and its options; which site it is taken at is said later.

    Raises:
        UnknownNameError, InputError: not so written.
    """
    look = parse_look(f"{text}@parameters")
    if look.measure in LISTS:
        raise InputError(f"measure {look.measure!r} {no_number(look.measure)}")
    takes(look.measure)
    return look


def _check(look: Look, *, labels: bool, elements: Elements | None) -> None:
    known = takes(look.measure)
    held = (
        ALWAYS
        | (OF_LABELS if labels else set())
        | (OF_GROUPS if elements else set())
        | dict(look.options).keys()
    )
    if lacking := missing(look.measure, dict.fromkeys(held)):
        raise InputError(f"measure {look.measure!r} needs {' and '.join(lacking)}{_remedy(look, lacking)}")
    check_options(look, f"measure {look.text.partition('@')[0]}")
    ringed = OF_GROUPS & set(known.required) and "cayley" not in known.optional
    if elements and elements.cayley is not None and ringed and look.measure not in ANY_GROUP:
        raise InputError(f"measure {look.measure!r} is of cyclic groups, and {elements.group} is none")


def _remedy(look: Look, lacking: Sequence[str]) -> str:
    out_of_reach = [name for name in lacking if name not in {*OF_LABELS, *OF_GROUPS, *SCALARS}]
    if out_of_reach:
        return f", which a watch does not have: {WHY[out_of_reach[0]]}"
    said = f"{look.measure}({lacking[-1]}=...)" if set(lacking) & (SCALARS.keys() - OF_GROUPS) else ""
    given = "labels and a group" if OF_GROUPS & set(lacking) else "labels" if OF_LABELS & set(lacking) else ""
    return "; " + " and ".join([f"give {given}"] * bool(given) + [f"say {said}"] * bool(said))


def at(look: Look, site: str) -> Look:
    """Place a look at a site.

    >>> at(parse_look("ring_scan@parameters"), "encoder").named("ring_best_score")
    'ring_best_score@encoder'
    """
    return replace(look, site=site)


def numbers(look: Look, results: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Name what a measure gives by look and site, and leave out what is no single number.

    Raises:
        InputError: it gives no single number.
    """
    found = {look.named(name): value for name, value in results.items() if not value.ndim}
    if not found:
        raise InputError(
            f"measure {look.measure!r} gives no single number to record, only {', '.join(results)}"
        )
    return found
