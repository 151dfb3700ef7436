"""The arrays of one site on one sample: made when they are asked for, and kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from latebloom.looks.loss import TrainingLoss
from latebloom.looks.sight import Sight
from latebloom.looks.subject import Subject
from latebloom.measures import class_centroids, key_frequencies


@dataclass(frozen=True, eq=False)
class Frame:
    """One site on one sample, of some lanes that have one subject.

    A subject that leaves a class without a place, or has some examples alone, has frames of one lane each: lanes
    differ in how many such examples they have.
    """

    sight: Sight
    subject: Subject
    slots: tuple[int, ...]
    site: str
    sample: str

    def own(self, rows: Tensor) -> Tensor:
        """Take the rows of these lanes."""
        return rows if len(self.slots) == len(rows) else rows[list(self.slots)]

    def index(self, indices: object) -> Tensor:
        """Put an array of the subject where the activations are."""
        return torch.from_numpy(np.asarray(indices)).to(self.sight.parameters.device)

    @cached_property
    def activations(self) -> Tensor:
        """The site on the sample: (lane, example, ...)."""
        return self._members(self.own(self.sight.sample(self.site, self.sample)))

    @cached_property
    def points(self) -> Tensor:
        """(lane, sample, feature): activations, all positions of an example together; or the rows of a matrix."""
        return self.matrix if self.site.startswith("parameter.") else self.activations.flatten(2)

    @cached_property
    def labels(self) -> Tensor:
        """The class of each example, (lane, sample)."""
        return self._members(self.own(self.sight.labels(self.sample)))

    def _members(self, rows: Tensor) -> Tensor:
        """Take the examples that are the subject's own, of one lane, or all: (lane, example, ...)."""
        if self.subject.members is None:
            return rows
        own = self.index(self.subject.members)[self.own(self.sight.examples(self.sample))]
        return rows[:, own[0]]

    @cached_property
    def placed(self) -> tuple[Tensor, Tensor]:
        """The points whose class is an element of the group, and which element it is."""
        places = self.index(self.subject.places)[self.labels]
        if self.subject.whole:
            return self.points, places
        chosen = places[0] >= 0
        return self.points[:, chosen], places[:, chosen]

    @cached_property
    def centroids(self) -> Tensor:
        """(lane, class, feature): the mean of each element's points, or the row of each element."""
        if self.site.startswith("parameter."):
            return self.embedding
        return class_centroids(*self.placed, self.subject.order)

    @cached_property
    def pairs(self) -> Tensor:
        """Which example stands at each pair of elements, (element, element)."""
        return self.index(self.subject.pairs)

    def whole_table(self, site: str) -> Tensor:
        """The activations at a site by pairs of elements: (lane, element, element, unit)."""
        return self.own(self.sight.table(site))[:, self.pairs].flatten(3)

    @cached_property
    def table_activations(self) -> Tensor:
        """(lane, element, element, unit)."""
        return self.whole_table(self.site)

    @cached_property
    def table_logits(self) -> Tensor:
        """(lane, element, element, class), the classes as the task numbers them."""
        return self.whole_table("logits")

    @cached_property
    def table_labels(self) -> Tensor:
        """The class of each pair of elements, (lane, element, element)."""
        return self.own(self.sight.population.labels)[:, self.pairs]

    @cached_property
    def trained(self) -> Tensor:
        """Whether each pair of elements is trained on, (lane, element, element)."""
        population = self.sight.population
        trained = torch.zeros_like(population.labels, dtype=torch.bool).scatter_(
            1, population.train, value=True
        )
        return self.own(trained)[:, self.pairs]

    @cached_property
    def frequencies(self) -> Tensor:
        """The key frequencies of the site's units, (lane, frequency)."""
        return key_frequencies(self.table_activations)["key_frequency_mask"]

    @cached_property
    def matrix(self) -> Tensor:
        """The parameter of the site, (lane, row, column)."""
        return self.parameter(self.sight.parameters, self.site)

    @cached_property
    def embedding(self) -> Tensor:
        """(lane, token, feature), the tokens in the order of the group's elements."""
        tables = self.site if self.site.startswith("parameter.") else first_table(self.sight)
        return self.parameter(self.sight.parameters, tables)[:, self.index(self.subject.elements)]

    @property
    def gradient(self) -> Tensor:
        """That of the mean loss over all that is trained on, by the parameters of the site: (lane, parameter)."""
        return self.vector(self.sight.gradient)

    def vector(self, rows: Tensor | None) -> Tensor:
        """Give the numbers of these lanes that the site names: all, or those of one parameter, in a row."""
        assert rows is not None
        if self.site.startswith("parameter."):
            return self.parameter(rows, self.site).flatten(1)
        return self.own(rows)

    def parameter(self, rows: Tensor, site: str) -> Tensor:
        """Give one named parameter of these lanes, or one table of it."""
        place, shape = self._place(site)
        return self.own(rows)[:, place].unflatten(1, shape)

    def loss(self, examples: int) -> TrainingLoss:
        """Give the training loss on so many examples, at most, as a function of the parameters of the site."""
        rows, population = self.sight.parameters, self.sight.population
        place = self._place(self.site)[0] if self.site.startswith("parameter.") else slice(0, rows.shape[1])
        index = self.own(self.sight.few("train", examples))
        return TrainingLoss(population, self.slots, self.own(rows).detach(), index, place)

    def _place(self, site: str) -> tuple[slice, tuple[int, ...]]:
        """Tell where a named parameter, or one table of it, lies in a row, and its shape."""
        layout = self.sight.population.layout
        name, table = split_site(site, {part.name: part.shape for part in layout})
        (part,) = (part for part in layout if part.name == name)
        if table is None:
            return slice(part.start, part.stop), part.shape
        size = math.prod(part.shape[1:])
        start = part.start + table * size
        return slice(start, start + size), part.shape[1:]


def split_site(site: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[str, int | None]:
    """Tell which parameter a site ``parameter.NAME`` or ``parameter.NAME.TABLE`` names, and which table of it.

    >>> split_site("parameter.tokens.1", {"tokens": (2, 97, 128)})
    ('tokens', 1)
    """
    name = site.removeprefix("parameter.")
    if name in shapes:
        return name, 0 if len(shapes[name]) == 3 else None
    name, _, table = name.rpartition(".")
    return name, int(table)


def parameter_sites(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """List the sites of named parameters, with their shapes: a stack of several tables has a site for each."""
    sites: dict[str, tuple[int, ...]] = {}
    for name, shape in shapes.items():
        if len(shape) == 3 and shape[0] > 1:
            sites |= {f"parameter.{name}.{table}": shape[1:] for table in range(shape[0])}
        else:
            sites[f"parameter.{name}"] = shape[1:] if len(shape) == 3 else shape
    return sites


def first_table(sight: Sight) -> str:
    """Name the site of the first embedding of tokens."""
    sites = parameter_sites({part.name: part.shape for part in sight.population.layout})
    return next(site for site in sites if site.startswith("parameter.tokens"))
