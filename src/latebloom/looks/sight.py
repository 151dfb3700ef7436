"""What looks need of a population at one step, gathered from evaluations that are made anyway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latebloom.engine import Chunk, Population, Snapshot
from latebloom.looks.look import Look
from latebloom.measures.applying import takes
from latebloom.randomness import permutation

MAX_POINTS = 8192
"""Examples of each part whose activations are looked at; beyond it so many of them, drawn once."""

PARTS: Mapping[str, tuple[str, ...]] = {"test": ("test",), "train": ("train",), "all": ("train", "test")}
"""The parts of the table that a sample consists of."""

TABLE_ARGUMENTS = frozenset({"table_activations", "frequencies"})
POINT_ARGUMENTS = frozenset({"points", "labels", "centroids", "logits", "pattern"})

Key = tuple[str, str]
"""A part of the table and a site."""


@dataclass(frozen=True, eq=False)
class Sight:
    """A population at one step, with the activations that were asked for.

    Args:
        population: its lanes.
        parameters: (lane, parameter). previous: at the evaluation before; initial: at step 0. None where unknown.
        activations: by part and site, (lane, example, ...).
        whole: the keys whose activations are those of all examples of the part, not of the chosen ones.
    """

    population: Population
    parameters: Tensor
    previous: Tensor | None = None
    initial: Tensor | None = None
    activations: Mapping[Key, Tensor] = field(default_factory=dict)
    whole: frozenset[Key] = frozenset()

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
        return tuple(sorted(site for own, site in self.keys if own == part and site != "logits"))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that have to be evaluated at all."""
        return tuple(part for part in PARTS["all"] if any(own == part for own, _ in self.keys))

    def add(self, part: str, chunk: Chunk) -> None:
        """Take what is needed of a chunk of that part."""
        for key in self.keys:
            if key[0] == part:
                values = chunk.logits if key[1] == "logits" else chunk.activations[key[1]]
                rows = None if key in self.whole else self._rows(part, chunk)
                self.pieces[key].append(values if rows is None else values[:, rows])

    def _rows(self, part: str, chunk: Chunk) -> Tensor | slice:
        chosen = positions(self.population, part)
        count = chunk.logits.shape[1]
        if part == "test":
            return slice(0, max(0, len(chosen) - chunk.start))
        return chosen[(chosen >= chunk.start) & (chosen < chunk.start + count)] - chunk.start

    def sight(self, snapshot: Snapshot, previous: Tensor | None, initial: Tensor | None) -> Sight:
        """Put together what was gathered."""
        activations = {key: torch.cat(pieces, dim=1) for key, pieces in self.pieces.items() if pieces}
        return Sight(self.population, snapshot.state.parameters, previous, initial, activations, self.whole)


def gather_all(
    looks: Sequence[Look], snapshot: Snapshot, previous: Tensor | None, initial: Tensor | None
) -> Sight:
    """Evaluate a population once on what these looks need."""
    gatherer = Gatherer(looks, snapshot.population)
    for part in gatherer.parts:
        for chunk in snapshot.evaluate(getattr(snapshot.population, part), gatherer.sites(part)):
            gatherer.add(part, chunk)
    return gatherer.sight(snapshot, previous, initial)


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


def _index(population: Population, part: str) -> Tensor:
    return getattr(population, part)[:, positions(population, part)]


def _needed(look: Look) -> list[tuple[str, str, bool]]:
    """List what a look needs: part, site, and whether of all its examples."""
    if look.site == "parameters" or look.site.startswith("parameter."):
        return []
    arguments = {*takes(look.measure).required, *takes(look.measure).optional}
    needed: list[tuple[str, str, bool]] = []
    if arguments & POINT_ARGUMENTS:
        needed += [(part, look.site, False) for part in PARTS[look.sample]]
    if arguments & TABLE_ARGUMENTS:
        needed += [(part, look.site, True) for part in PARTS["all"]]
    if "table_logits" in arguments:
        needed += [(part, "logits", True) for part in PARTS["all"]]
    return needed
