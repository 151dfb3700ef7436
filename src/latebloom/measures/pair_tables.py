"""Tables of all pairs (a, b) of Z_n: what is asked of them, and how they turn to (a + b, a)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from latebloom.errors import ShapeError, shown
from latebloom.measures.inputs import floating, whole


def square_table(name: str, value: Tensor, last: str, fewest: int = 1) -> Tensor:
    """Return the table (*population, first, second, last), once its axes are seen to be right.

    Raises:
        ShapeError: as `floating`, or not as many first as second elements.
    """
    table = floating(name, value, {"first": 2, "second": 2, last: fewest})
    first, second = table.shape[-3:-1]
    if first != second:
        raise ShapeError(
            f"{name}: got shape {tuple(table.shape)}, pairs of {first} with {second}; "
            f"a square table (*population, first, second, {last}) is needed"
        )
    return table


def labels_of(
    table: Float[Tensor, "*population first second class"], table_labels: Tensor
) -> Integer[Tensor, "*population first second"]:
    """Return the class of every pair as int64 with all population axes, once each is seen to be a class."""
    labels = whole("table_labels", table_labels, {"first": 2, "second": 2})
    labels = _fitted("table_labels", labels, table.shape[:-1], 2).long()
    classes = table.shape[-1]
    wrong = labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        raise ShapeError(f"table_labels: got the label {wrong[0].item()}; 0 to {classes - 1} is needed")
    return labels


def _fitted(name: str, value: Tensor, shape: torch.Size, own: int) -> Tensor:
    """Give `value` all the population axes of `shape`, whose last `own` axes it must have itself."""
    population = shape[: len(shape) - own]
    given = value.shape[: value.ndim - own]
    fits = len(given) <= len(population) and all(
        size in (1, lanes) for size, lanes in zip(given[::-1], population[::-1], strict=False)
    )
    if value.shape[value.ndim - own :] != shape[len(shape) - own :] or not fits:
        raise ShapeError(
            f"{name}: got shape {tuple(value.shape)}; {tuple(shape[len(shape) - own :])} is needed, "
            f"with or without the population axes {tuple(population)}"
        )
    return value.expand(shape)


def by_sum(table: Tensor, axis: int = 0) -> Tensor:
    """Turn the axes (first, second) at `axis` into (sum, first), where sum = first + second on Z_n.

    >>> by_sum(torch.tensor([[0, 1, 2], [10, 11, 12], [20, 21, 22]]))[2]
    tensor([ 2, 11, 20])
    """
    element = torch.arange(table.shape[axis], device=table.device)
    second = (element[:, None] - element) % len(element)  # (sum, first)
    return table[(*[slice(None)] * axis, element.expand_as(second), second)]


@dataclass(frozen=True)
class Circuit:
    """The arguments of a circuit's measure, seen to fit, all with all population axes.

    `keys` is 1 at a key frequency; `parts` holds the weight of each pair in the mean over each of the parts
    that `suffixes` names: all pairs, and where it is known what was trained on, those pairs and the others.
    """

    logits: Float[Tensor, "*population first second class"]
    labels: Integer[Tensor, "*population sum first"]
    keys: Float[Tensor, "*population frequency"]
    parts: Float[Tensor, "*population part sum first"]
    suffixes: tuple[str, ...]
    measured: Bool[Tensor, "*population"]

    def per_lane(self, measure: Callable[..., Tensor]) -> Tensor:
        """Apply `measure` to each lane's logits in float64, labels, keys and parts; stack what it returns."""
        population = self.measured.shape
        arrays = (self.logits, self.labels, self.keys, self.parts)
        lanes = [array.reshape(-1, *array.shape[len(population) :]) for array in arrays]
        if not len(lanes[0]):
            logits, *rest = (lane.new_zeros(lane.shape[1:]) for lane in lanes)
            one = measure(logits.double(), *rest)
            return one.new_empty((*population, *one.shape))
        values = torch.stack([measure(logits.double(), *rest) for logits, *rest in zip(*lanes, strict=True)])
        return values.reshape((*population, *values.shape[1:]))


def circuit(table_logits: Tensor, table_labels: Tensor, frequencies: Tensor, train: Tensor | None) -> Circuit:
    """Return the arguments in one, once they are seen to be right and to fit together."""
    logits = square_table("table_logits", table_logits, "class", 2)
    keys, legal = key_mask(logits, frequencies)
    parts = [torch.ones_like(logits[..., 0], dtype=torch.float64)]
    if train is not None:
        marked = _marked(logits, train)
        parts += [marked.double(), (~marked).double()]
    weights = torch.stack(parts, dim=-3)  # (*population, part, first, second)
    weights = weights / weights.sum((-2, -1), keepdim=True)  # 0 / 0 is nan: no pair in this part
    population = len(logits.shape) - 3
    return Circuit(
        logits=logits,
        labels=by_sum(labels_of(logits, table_labels), population),
        keys=keys,
        parts=by_sum(weights, population + 1),
        suffixes=("", "_train", "_test")[: len(parts)],
        measured=logits.isfinite().flatten(-3).all(-1) & legal,
    )


def key_mask(
    logits: Float[Tensor, "*population first second class"], frequencies: Tensor
) -> tuple[Float[Tensor, "*population frequency"], Bool[Tensor, "*population"]]:
    """Return the frequencies in float64 with all population axes, and which lanes' are only 0 and 1."""
    keys = floating("frequencies", frequencies, {"frequency": 1}).double()
    shape = torch.Size([*logits.shape[:-3], logits.shape[-2] // 2])
    keys = _fitted("frequencies", keys, shape, 1)
    return keys, ((keys == 0.0) | (keys == 1.0)).all(-1)


def _marked(logits: Float[Tensor, "*population first second class"], train: Tensor) -> Tensor:
    if not isinstance(train, Tensor) or train.dtype != torch.bool or train.ndim < 2:
        given = tuple(train.shape) if isinstance(train, Tensor) else type(train).__name__
        raise ShapeError(f"train: got {shown(given)}; booleans (*population, first, second) are needed")
    return _fitted("train", train, logits.shape[:-1], 2)
