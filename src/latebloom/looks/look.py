"""A look in words: MEASURE@SITE, with a sample of inputs, steps and options where they are said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from latebloom.errors import InputError, UnknownNameError, shown
from latebloom.tasks.mixed import OPERATIONS

SAMPLES = ("test", "train", "all", *OPERATIONS)
"""Which examples are looked at: those that were held back, those that are trained on, or both; or, where several
operations are trained together, those of one that were held back."""

DEAR: Mapping[str, str] = MappingProxyType(
    {
        "betti_numbers": "betti_0",
        "clump_structure": "clump_count",
        "coset_purity": "coset_purity",
        "kernel_alignment": "kernel_alignment",
        "kernel_distance": "kernel_distance",
        "kernel_target_alignment": "kernel_target_alignment",
        "local_learning_coefficient": "local_learning_coefficient",
        "loop_strength": "loop_dominance",
        "persistence_summary": "longest_h0_bar",
        "sharpness": "sharpness",
    }
)
"""Measures that training does not wait for, each with one of its results, by which it is seen to be taken.

Topology filters clouds of hundreds of points, `loop_strength` a hundred of them; `coset_purity` clusters the points ten
times over, and it and `clump_structure` may compute a UMAP plane first; a tangent kernel takes a gradient for each
example and class, and what asks around the parameters hundreds or thousands of gradients of the whole loss.
`python -m benchmarks measures` prints what each measure of arrays takes.
"""


class Few(NamedTuple):
    """How many examples a measure is given where `examples` says nothing, and how many it can say."""

    usual: int
    most: int


OF_EACH, OF_ALL = Few(64, 512), Few(4096, 4096)

OF_FEW: Mapping[str, Few] = MappingProxyType(
    {
        "gradient_symmetricity": OF_EACH,
        "kernel_alignment": OF_EACH,
        "kernel_distance": OF_EACH,
        "kernel_target_alignment": OF_EACH,
        "local_learning_coefficient": OF_ALL,
        "sharpness": OF_ALL,
    }
)
"""Measures with the option `examples`: those that take a gradient for each example, and those that take many gradients
of the mean loss over as many of them as are trained on, up to a bound."""

FORM = "write MEASURE@SITE, MEASURE@SITE/SAMPLE or MEASURE@SITE:EVERY, such as ring_scan@final:5000"
GRAMMAR = re.compile(
    r"(?P<measure>[A-Za-z0-9_-]+)(?:\((?P<options>[^()]*)\))?"
    r"@(?P<site>[A-Za-z0-9_.-]+)(?:/(?P<sample>[A-Za-z0-9_-]+))?(?::(?P<every>[0-9_]{1,20}))?"
)
LONGEST = 200
NUMBER = re.compile(r"[+-]?[0-9]{1,15}")
OWN_SITES = ("final", "parameters")

Option = bool | int | float | str


@dataclass(frozen=True)
class Look:
    """Which measure, at which site, on which inputs, at which steps.

    Args:
        measure: its name on the shelf.
        site: an activation of the model, ``parameters``, or ``parameter.NAME``.
        sample: which examples, one of `SAMPLES`.
        every: at steps that are multiples of it; 0 for each at which is looked at all.
        options: what is given to the measure beside the arrays, by name, in the order given.
    """

    measure: str
    site: str
    sample: str = "test"
    every: int = 0
    options: tuple[tuple[str, Option], ...] = ()

    @property
    def text(self) -> str:
        """The look as people write it; `parse_look` reads it back."""
        every = f":{self.every}" if self.every else ""
        return f"{self.measure}{self._said_options}@{self.site}{self._said_sample}{every}"

    @property
    def dear(self) -> bool:
        """Whether it is taken at keyframes, beside training, and not by training itself."""
        return self.measure in DEAR

    @property
    def examples(self) -> int:
        """How many examples are looked at, at most, where a measure is one of a few."""
        usual = OF_FEW.get(self.measure, OF_EACH).usual
        said = dict(self.options).get("examples", usual)
        return said if isinstance(said, int) else usual

    @property
    def own_options(self) -> dict[str, Option]:
        """The options that are the measure's, by name."""
        return {
            name: value for name, value in self.options if name != "examples" or self.measure not in OF_FEW
        }

    @property
    def mark(self) -> str:
        """One name that a dear look records, by which it is seen to have been taken."""
        return self.named(DEAR[self.measure])

    def due(self, step: int) -> bool:
        """Tell whether this step is one of its own.

        >>> look = parse_look("ring_scan@final:5000")
        >>> look.due(0), look.due(10000), look.due(1000)
        (True, True, False)
        """
        return not self.every or step % self.every == 0

    def named(self, result: str) -> str:
        """Name a number that the measure gives, so that several sites, samples and options do not collide.

        >>> parse_look("ring_scan@final").named("ring_best_score")
        'ring_best_score'
        >>> parse_look("ring_scan@block0/train:500").named("ring_best_score")
        'ring_best_score@block0/train'
        """
        own = self.site in OWN_SITES and self.sample == "test"
        return result + self._said_options + ("" if own else f"@{self.site}{self._said_sample}")

    @property
    def _said_options(self) -> str:
        said = ",".join(f"{name}={_said(value)}" for name, value in self.options)
        return f"({said})" if said else ""

    @property
    def _said_sample(self) -> str:
        return "" if self.sample == "test" else f"/{self.sample}"


def parse_look(text: str) -> Look:
    """Read a look. Whether its measure and site exist is for others to say.

    Raises:
        InputError: not of that form, an EVERY of 0, an option twice.
        UnknownNameError: no such sample.

    >>> parse_look("coset_purity(quotient=12)@final/all:5000").options
    (('quotient', 12),)
    """
    found = GRAMMAR.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if not found:
        raise InputError(f"look {shown(text)} cannot be read; {FORM}")
    sample = found["sample"] or "test"
    if sample not in SAMPLES:
        raise UnknownNameError("sample", sample, SAMPLES, f"look {text.strip()}")
    every = int(found["every"].replace("_", "") or 0) if found["every"] else None
    if every == 0:
        raise InputError(f"look {shown(text)} is asked for every 0 steps; leave :0 out for each evaluation")
    return Look(found["measure"], found["site"], sample, every or 0, _options(found["options"] or "", text))


def parse_looks(texts: Iterable[str]) -> tuple[Look, ...]:
    """Read several looks, each once, in the order given."""
    return tuple(dict.fromkeys(parse_look(text) for text in texts))


def _options(text: str, look: str) -> tuple[tuple[str, Option], ...]:
    options: dict[str, Option] = {}
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not equals or not name or not value or name in options:
            raise InputError(
                f"look {shown(look)} has the option {shown(piece)}; write each once, as NAME=VALUE"
            )
        options[name] = _option(value)
    return tuple(options.items())


def _option(value: str) -> Option:
    if value in ("true", "false"):
        return value == "true"
    if NUMBER.fullmatch(value):
        return int(value)
    try:
        return float(value)
    except ValueError:
        return value


def _said(value: Option) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
