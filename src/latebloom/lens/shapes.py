"""The shapes of what the lens answers. docs/live-data.md describes every field."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from latebloom.views.course_of_time import Span

Number = float | None
"""A number, or None where it is not finite."""


class Colouring(TypedDict):
    """What points can be coloured by: the word that asks for it, and its title."""

    value: str
    title: str


class Colour(TypedDict):
    """The class of each point in a colouring, -1 for none, and what kind of classes they are."""

    kind: Literal["cyclic", "discrete", "binary"]
    order: int
    values: list[int]
    name: str


class Centroids(TypedDict):
    """Of which elements, or classes, there are centroids."""

    elements: list[int]


class ManifoldView(TypedDict):
    """A representation as points in space, at every snapshot.

    `data` holds the coordinates (step, point, 3), then those of the centroids (step, element, 3).
    """

    run: str
    site: str
    sites: list[str]
    steps: list[int]
    points: int
    dims: int
    projection: str
    comparable: bool
    explained: list[Number]
    axes: list[str]
    of: int
    shown: int
    pairs: list[list[int]]
    label: list[int]
    classes: int
    colour: Colour
    colourings: list[Colouring]
    correct: list[list[int]] | None
    centroids: Centroids
    order: int | None
    element: list[int | None]
    frequencies: list[int]
    extent: list[Number]
    data: Any


class Singular(TypedDict):
    """The largest singular values of one matrix at every snapshot, (step, value)."""

    name: str
    values: list[list[Number]]


class Row(TypedDict):
    """One dimension of an embedding over the elements of the group, and the cosine that fits it best.

    `explained` is the share of the row's variance that the cosine holds.
    """

    name: str
    frequency: int
    tokens: list[int]
    row: list[Number]
    fit: list[Number]
    explained: Number


class IrrepPower(TypedDict):
    """The share of energy that each irreducible representation holds, (step, irrep)."""

    names: list[str]
    dimensions: list[int]
    power: list[list[Number]]


class SpectrumView(TypedDict):
    """At which frequencies of its group a network represents the classes, at every snapshot."""

    run: str
    site: str
    sites: list[str]
    order: int
    frequencies: list[int]
    gcds: list[int]
    steps: list[int]
    energy: list[list[Number]]
    null_high: list[Number]
    keys: list[list[int]]
    singular: list[Singular]
    embedding: list[Row]
    irreps: IrrepPower | None
    step: int
    gini: list[Number]
    entropy: list[Number]


class QuotientRing(TypedDict):
    """The best ring among the cosets of a quotient: its stride, its score and the p-value of that."""

    m: int
    best: int
    score: Number
    p: Number


class Persistence(TypedDict):
    """The bars of a cloud at a step; `problem` says why there are none.

    `h1_points` lists for each loop the places, in `elements`, of the points that it runs through.
    """

    step: int
    of: Literal["centroids", "points"]
    elements: list[int]
    h0: list[tuple[Number, Number]]
    h1: list[tuple[Number, Number]]
    diameter: Number
    points: int
    h1_points: list[list[int]]
    problem: str


class Betti(TypedDict):
    """How many pieces and loops are longer than a threshold, at every snapshot."""

    threshold: str
    steps: list[int]
    b0: list[Number]
    b1: list[Number]


class Attention(TypedDict):
    """How evenly a head looks at its keys, at every snapshot: 0 at one, 1 at all alike."""

    block: int
    head: int
    steps: list[int]
    entropy: list[Number]


class StepStructure(TypedDict):
    """What of the structure belongs to one step."""

    run: str
    step: int
    quotient_ring: list[QuotientRing]
    persistence: Persistence


class StructureView(StepStructure):
    """Rings, quotients, loops and attention at every snapshot, each beside its null."""

    site: str
    sites: list[str]
    order: int
    reason: str
    steps: list[int]
    strides: list[int]
    ring: list[list[Number]]
    ring_null: list[Number]
    ring_p: list[Number]
    best: list[Number]
    quotients: list[int]
    variance: list[list[Number]]
    variance_null: list[list[Number]]
    betti: list[Betti]
    attention: list[Attention]
    stages: list[Span]
