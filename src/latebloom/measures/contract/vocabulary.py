"""What measures call their arguments: the axes of each array, how to draw one, what may be done to them all.

A new kind of array argument adds its line to AXES, with a line to SIZES for each new axis, and one to CONTENTS
if it holds anything but normal numbers. A new argument that is no array adds its line to SCALARS.
"""

import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

Given = Mapping[str, object]
Transformation = Callable[[Given], dict[str, object]]

SIZES: Mapping[str, int] = MappingProxyType(
    {
        "sample": 24,
        "feature": 5,
        "class": 6,
        "element": 6,
        "token": 7,
        "row": 8,
        "column": 5,
        "parameter": 5,
        "evaluation": 5,
        "head": 2,
        "query": 3,
        "key": 4,
        "unit": 5,
        "output": 2,
        "frequency": 3,  # element // 2
    }
)
"""How many entries an axis gets when arrays are drawn. `element` is one of a group's elements, each a class."""

AXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "points": ("sample", "feature"),
        "labels": ("sample",),
        "centroids": ("class", "feature"),
        "logits": ("sample", "class"),
        "table_logits": ("element", "element", "class"),
        "embedding": ("token", "feature"),
        "weights": ("row", "column"),
        "parameters": ("parameter",),
        "previous": ("parameter",),
        "initial": ("parameter",),
        "gradient": ("parameter",),
        "gradients": ("evaluation", "parameter"),
        "pattern": ("sample", "head", "query", "key"),
        "table_activations": ("token", "token", "unit"),
        "table_labels": ("element", "element"),
        "frequencies": ("frequency",),
        "first_gradients": ("sample", "feature"),
        "second_gradients": ("sample", "feature"),
        "kernel": ("sample", "sample"),
        "initial_kernel": ("sample", "sample"),
        "targets": ("sample", "output"),
        "hidden_change": ("evaluation",),
        "training_accuracy": ("evaluation",),
        "gradient_cosine": ("evaluation",),
        "hidden_norm": ("evaluation",),
        "gradient_size": ("evaluation",),
    }
)
"""The axes of each array argument, behind the population axes."""


def _wave(entries: int) -> Tensor:
    return (torch.arange(entries) * (2.0 * torch.pi / entries)).cos()


SCALARS: Mapping[str, int] = MappingProxyType(
    {
        "order": SIZES["class"],
        "quotient": 2,  # a divisor of the order
    }
)
"""The required arguments that are no arrays."""

CONTENTS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "labels": lambda drawn: drawn.argsort(-1) % SIZES["class"],  # every class equally often
        "pattern": lambda drawn: drawn.softmax(-1),
        "frequencies": lambda drawn: (drawn > 0.0).to(drawn.dtype),
        "table_labels": lambda drawn: drawn.argsort(-1),
        "table_activations": lambda drawn: drawn + 9.0 * _wave(SIZES["token"])[:, None],  # one frequency's
    }
)
"""What an array holds instead of normal numbers, made out of them."""


def draw(argument: str, population: tuple[int, ...] = (), seed: int = 0) -> Tensor | int:
    """Draw a required argument by its name: an array in float32 or int64, or what SCALARS says.

    The same name, population and seed give the same numbers.

    >>> draw("points", (3,)).shape
    torch.Size([3, 24, 5])
    """
    if argument in SCALARS:
        return SCALARS[argument]
    generator = torch.Generator().manual_seed(seed + zlib.crc32(argument.encode()))
    shape = (*population, *(SIZES[axis] for axis in AXES[argument]))
    drawn = torch.randn(shape, generator=generator)
    return CONTENTS[argument](drawn) if argument in CONTENTS else drawn


def place(argument: str, axis: str) -> int | None:
    """Say where an array has an axis, counted from its end; None where it has it not.

    >>> place("points", "sample")
    -2
    """
    axes = AXES[argument]
    return axes.index(axis) - len(axes) if axis in axes else None


def _each(change: Callable[[str, Tensor], Tensor]) -> Transformation:
    """Change every array of the vocabulary; other arrays, and what is no array, stay as they are."""

    def changed(given: Given) -> dict[str, object]:
        return {
            name: change(name, value) if isinstance(value, Tensor) and name in AXES else value
            for name, value in given.items()
        }

    return changed


SEED = 1
"""Its permutations of 2 to 24 entries change the order, and those of 4 and more are no turn of a ring."""


def _random() -> torch.Generator:
    return torch.Generator().manual_seed(SEED)


def _has_directions(argument: str) -> bool:
    return AXES[argument][-1] in ("feature", "column", "parameter")


def _turned(argument: str, array: Tensor) -> Tensor:
    if not _has_directions(argument):
        return array
    square = torch.randn(array.shape[-1], array.shape[-1], generator=_random(), dtype=torch.float64)
    return array.double() @ torch.linalg.qr(square).Q.to(array.device)


def _moved(argument: str, array: Tensor) -> Tensor:
    if not _has_directions(argument):
        return array
    return array.double() + torch.linspace(-30, 70, array.shape[-1], dtype=torch.float64).to(array.device)


def _scaled(factor: float) -> Transformation:
    def scaled(argument: str, array: Tensor) -> Tensor:
        return array.double() * factor if array.is_floating_point() and argument not in CONTENTS else array

    return _each(scaled)


def _reordered(axis: str) -> Transformation:
    def reordered(argument: str, array: Tensor) -> Tensor:
        where = place(argument, axis)
        if where is None:
            return array
        order = torch.randperm(array.shape[where], generator=_random()).to(array.device)
        return array.index_select(where, order)

    return _each(reordered)


def _renamed(new_names: Callable[[int], Tensor]) -> Transformation:
    """Give the classes other names: in labels, and in the order of every axis that stands for classes."""

    def renamed(given: Given) -> dict[str, object]:
        names = new_names(_classes(given))

        def change(argument: str, array: Tensor) -> Tensor:
            if argument == "labels":
                return names.to(array.device)[array]
            where = place(argument, "class")
            return array if where is None else array.index_select(where, names.argsort().to(array.device))

        return _each(change)(given)

    return renamed


def _classes(given: Given) -> int:
    """Count the classes: as `order` says, as an axis has entries, or as the labels need."""
    if isinstance(order := given.get("order"), int):
        return order
    for name, array in given.items():
        if isinstance(array, Tensor) and name in AXES and (where := place(name, "class")):
            return array.shape[where]
    labels = given.get("labels")
    return int(labels.max()) + 1 if isinstance(labels, Tensor) else 0


def _exchanged(argument: str, array: Tensor) -> Tensor:
    return array.transpose(-3, -2) if argument == "table_logits" else array


ORDERS = {
    "query": "queries",
    **{axis: f"{axis}s" for axis in SIZES if axis not in ("class", "element", "frequency", "query")},
}


TRANSFORMATIONS: Mapping[str, Transformation] = MappingProxyType(
    {
        "rotation": _each(_turned),
        "translation": _each(_moved),
        "scale": _scaled(-1e-3),
        "positive scale": _scaled(1e-3),
        "relabelling": _renamed(lambda classes: torch.randperm(classes, generator=_random())),
        "shift of the coordinate": _renamed(lambda classes: (torch.arange(classes) + 1) % classes),
        "reflection of the coordinate": _renamed(lambda classes: -torch.arange(classes) % classes),
        "exchange of the summands": _each(_exchanged),
        **{f"order of {entries}": _reordered(axis) for axis, entries in ORDERS.items()},
    }
)
"""What may be done to all arrays of a measure together, by the name that a promise gives it."""
