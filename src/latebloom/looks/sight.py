"""What looks need of a population at one step, gathered from evaluations that are made anyway."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import torch
from torch import Tensor

from latebloom.engine import Chunk, Population, Snapshot
from latebloom.looks.gradient import gradients
from latebloom.looks.history import CURVES, NOTHING, Past
from latebloom.looks.kernel import tangent_kernels
from latebloom.looks.look import Look
from latebloom.looks.operands import operand_gradients
from latebloom.measures import accuracy
from latebloom.measures.applying import takes
from latebloom.randomness import permutation
from latebloom.tasks.mixed import OPERATIONS

MAX_POINTS = 8192
"""Examples of each part whose activations are looked at; beyond it so many of them, drawn once."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "test": ("test",),
    "train": ("train",),
    "all": ("train", "test"),
    **dict.fromkeys(OPERATIONS, ("test",)),
}
"""The parts of the table that a sample consists of; of those of an operation only its examples count."""

TABLE_ARGUMENTS = frozenset({"table_activations", "frequencies"})
POINT_ARGUMENTS = frozenset({"points", "labels", "centroids", "logits", "pattern"})

LOGITS, RIGHT = "logits", "right answers"
"""What comes with every evaluation, at no site of the model: the second counts them, (lane, chunk)."""

Key = tuple[str, str]
"""A part of the table and a site."""

OfFew = Callable[[Population, Tensor, Tensor], Tensor]
"""What is computed of lanes, their parameters and a few of their examples."""


@dataclass(frozen=True, eq=False)
class Sight:
    """A population at one step, with the activations that were asked for.

    Args:
        population: its lanes.
        parameters: (lane, parameter). previous: at the evaluation before; initial: at step 0. None where unknown.
        activations: by part and site, (lane, example, ...).
        whole: the keys whose activations are those of all examples of the part, not of the chosen ones.
        pasts: what looks of each EVERY remember of the evaluations before.
        kept: what was computed of a few examples: by function, whether of step 0, sample and number.
    """

    population: Population
    parameters: Tensor
    previous: Tensor | None = None
    initial: Tensor | None = None
    activations: Mapping[Key, Tensor] = field(default_factory=dict)
    whole: frozenset[Key] = frozenset()
    pasts: Mapping[int, Past] = field(default_factory=dict)
    kept: dict[tuple[object, ...], Tensor] = field(default_factory=dict, repr=False)

    @cached_property
    def gradient(self) -> Tensor:
        """That of the mean loss over all that is trained on, (lane, parameter)."""
        return gradients(self.population, self.parameters)

    @property
    def training_accuracy(self) -> Tensor:
        """The share of all training examples that is right, (lane,)."""
        return self.activations["train", RIGHT].sum(dim=1) / self.population.train.shape[1]

    def past(self, look: Look) -> Past:
        """Give what a look remembers."""
        return self.pasts.get(look.every, NOTHING)

    def few(self, sample: str, count: int) -> Tensor:
        """Choose a few examples of a sample, the same places in it at every step: (lane, example), at most `count`."""
        known = self.examples(sample)
        drawn = permutation(known.shape[1], 0, "few")[:count]
        return known[:, torch.from_numpy(drawn).sort().values.to(known.device)]

    def kernel(self, sample: str, count: int, *, initial: bool = False) -> Tensor:
        """Compute the tangent kernel on a few examples, now or at step 0, once: (lane, example, example)."""
        rows = self.initial if initial else self.parameters
        assert rows is not None
        return self._once(tangent_kernels, rows, sample, count)

    def operands(self, sample: str, count: int) -> Tensor:
        """Differentiate logits of a few examples by their operands' embeddings: (operand, lane, example, feature)."""
        return self._once(operand_gradients, self.parameters, sample, count)

    def of_beginning(self) -> dict[tuple[object, ...], Tensor]:
        """Give what was computed of the weights at step 0, for the sights of other steps to keep."""
        return {key: value for key, value in self.kept.items() if key[1]}

    def _once(self, compute: OfFew, rows: Tensor, sample: str, count: int) -> Tensor:
        key = (compute, rows is self.initial, sample, count)
        if key not in self.kept:
            self.kept[key] = compute(self.population, rows, self.few(sample, count))
        return self.kept[key]

    def sample(self, site: str, sample: str) -> Tensor:
        """Give the activations at a site on a sample, (lane, example, ...)."""
        pieces = [self._chosen((part, site)) for part in PARTS[sample]]
        return torch.cat(pieces, dim=1) if len(pieces) > 1 else pieces[0]

    def examples(self, sample: str) -> Tensor:
        """Tell which examples of the table a sample is, (lane, example)."""
        return torch.cat([_index(self.population, part) for part in PARTS[sample]], dim=1)

    def labels(self, sample: str) -> Tensor:
        """Give the class of each example of a sample, (lane, example)."""
        return self.population.labels.gather(1, self.examples(sample))

    def table(self, site: str) -> Tensor:
        """Give the activations at a site on the whole table, in its order: (lane, example, ...)."""
        known = torch.cat([self.activations[part, site] for part in PARTS["all"]], dim=1)
        order = torch.cat([self.population.train, self.population.test], dim=1).argsort(dim=1)
        return known[torch.arange(len(order), device=order.device)[:, None], order]

    def _chosen(self, key: Key) -> Tensor:
        values = self.activations[key]
        chosen = positions(self.population, key[0])
        return values[:, chosen] if key in self.whole and len(chosen) < values.shape[1] else values


class Gatherer:
    """Collects from the chunks of an evaluation what looks need, and nothing else."""

    def __init__(self, looks: Iterable[Look], population: Population) -> None:
        needed = [key for look in looks for key in _needed(look)]
        self.population = population
        self.keys = tuple(dict.fromkeys((part, site) for part, site, _ in needed))
        self.whole = frozenset((part, site) for part, site, whole in needed if whole)
        self.pieces: dict[Key, list[Tensor]] = {key: [] for key in self.keys}

    def sites(self, part: str) -> tuple[str, ...]:
        """List the sites to evaluate on a part. Logits come with every evaluation."""
        return tuple(sorted(site for own, site in self.keys if own == part and site not in (LOGITS, RIGHT)))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that have to be evaluated at all."""
        return tuple(part for part in PARTS["all"] if any(own == part for own, _ in self.keys))

    def add(self, part: str, chunk: Chunk) -> None:
        """Take what is needed of a chunk of that part."""
        for key in self.keys:
            if key[0] == part:
                values = _values(key[1], chunk)
                rows = None if key in self.whole else self._rows(part, chunk)
                self.pieces[key].append(values if rows is None else values[:, rows])

    def _rows(self, part: str, chunk: Chunk) -> Tensor | slice:
        chosen = positions(self.population, part)
        count = chunk.logits.shape[1]
        if part == "test":
            return slice(0, max(0, len(chosen) - chunk.start))
        return chosen[(chosen >= chunk.start) & (chosen < chunk.start + count)] - chunk.start

    def sight(
        self,
        snapshot: Snapshot,
        previous: Tensor | None,
        initial: Tensor | None,
        pasts: Mapping[int, Past] = MappingProxyType({}),
    ) -> Sight:
        """Put together what was gathered."""
        activations = {key: torch.cat(pieces, dim=1) for key, pieces in self.pieces.items() if pieces}
        parameters = snapshot.state.parameters
        return Sight(self.population, parameters, previous, initial, activations, self.whole, dict(pasts))


def gather_all(
    looks: Sequence[Look],
    snapshot: Snapshot,
    previous: Tensor | None,
    initial: Tensor | None,
    pasts: Mapping[int, Past] = MappingProxyType({}),
) -> Sight:
    """Evaluate a population once on what these looks need."""
    gatherer = Gatherer(looks, snapshot.population)
    for part in gatherer.parts:
        for chunk in snapshot.evaluate(getattr(snapshot.population, part), gatherer.sites(part)):
            gatherer.add(part, chunk)
    return gatherer.sight(snapshot, previous, initial, pasts)


def positions(population: Population, part: str) -> Tensor:
    """Tell which examples of a part are looked at, by their place in it, rising: all, or so many of them drawn.

    Test examples stand in an order that was drawn for each run already, so the first of them will do.
    """
    index: Tensor = getattr(population, part)
    count = index.shape[1]
    if count <= MAX_POINTS or part == "test":
        return torch.arange(min(count, MAX_POINTS), device=index.device)
    drawn = permutation(count, 0, "looked at")[:MAX_POINTS]
    return torch.from_numpy(drawn).sort().values.to(index.device)


def right_answers(chunk: Chunk) -> Tensor:
    """Count right answers per lane."""
    return (accuracy(chunk.logits, chunk.labels) * chunk.labels.shape[1]).round()


def _values(site: str, chunk: Chunk) -> Tensor:
    if site == RIGHT:
        return right_answers(chunk)[:, None]
    return chunk.logits if site == LOGITS else chunk.activations[site]


def _index(population: Population, part: str) -> Tensor:
    return getattr(population, part)[:, positions(population, part)]


def _needed(look: Look) -> list[tuple[str, str, bool]]:
    """List what a look needs: part, site, and whether of all its examples."""
    arguments = {*takes(look.measure).required, *takes(look.measure).optional}
    if arguments & CURVES:
        return [("train", RIGHT, True)]
    if (
        arguments & {"kernel", "first_gradients"}
        or look.site == "parameters"
        or look.site.startswith("parameter.")
    ):
        return []
    needed: list[tuple[str, str, bool]] = []
    if arguments & POINT_ARGUMENTS:
        needed += [(part, look.site, False) for part in PARTS[look.sample]]
    if arguments & TABLE_ARGUMENTS:
        needed += [(part, look.site, True) for part in PARTS["all"]]
    if "table_logits" in arguments:
        needed += [(part, LOGITS, True) for part in PARTS["all"]]
    return needed
