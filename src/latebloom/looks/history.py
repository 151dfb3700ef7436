"""What looks that go over several evaluations remember from one to the next.

The evaluations of such a look are those at which it is taken: with an EVERY of 1000 the gradients that it compares
are 1000 steps apart. What is remembered is kept in checkpoints, so that a resumed run compares with the very same.
"""

from __future__ import annotations

import inspect
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch import Tensor

from latebloom.looks.look import Look
from latebloom.measures import gradient_cosine_similarity
from latebloom.measures.applying import takes
from latebloom.measures.contract.vocabulary import AXES

LONGEST = 50
"""Gradients that are remembered, at most."""

CURVES = frozenset(name for name, axes in AXES.items() if axes == ("evaluation",))
"""The arguments that are a number per evaluation; a measure of them gives one per evaluation too."""

WINDOW: int = inspect.signature(gradient_cosine_similarity).parameters["window"].default


@dataclass(frozen=True)
class Reach:
    """How many evaluations a look goes back, for gradients and for weights."""

    gradients: int = 0
    parameters: int = 0

    def __or__(self, other: Reach) -> Reach:
        return Reach(max(self.gradients, other.gradients), max(self.parameters, other.parameters))

    @property
    def farthest(self) -> int:
        """How many evaluations before this one are needed at all."""
        return max(self.gradients, self.parameters)


def window(look: Look) -> int:
    """Tell how many gradients a look compares, its own among them."""
    said = dict(look.options).get("window", WINDOW)
    return said if isinstance(said, int) else WINDOW


def reach(look: Look) -> Reach:
    """Tell how far back a look goes among its own evaluations."""
    required = set(takes(look.measure).required)
    if "gradients" in required:
        return Reach(gradients=window(look) - 1)
    return Reach(gradients=WINDOW - 1, parameters=1) if CURVES & required else Reach()


def steps_before(look: Look, step: int, evaluations: Sequence[int]) -> tuple[int, ...]:
    """List the evaluations before a step that a look goes back to there, rising; fewer near the beginning.

    >>> from latebloom.looks import parse_look
    >>> steps_before(parse_look("gradient_cosine_similarity(window=3)@parameters/train:20"), 60, range(0, 100, 10))
    (20, 40)
    >>> steps_before(parse_look("weight_change@parameters:20"), 60, range(0, 100, 10))
    (50,)
    """
    earlier: Iterable[int] = (evaluations[place] for place in reversed(range(bisect_left(evaluations, step))))
    if "previous" in takes(look.measure).required:
        return tuple(islice(earlier, 1))
    own = (one for one in earlier if look.due(one))
    return tuple(reversed(tuple(islice(own, reach(look).farthest))))


def compares(look: Look) -> bool:
    """Tell whether a look needs an evaluation before, and so gives nothing at the first."""
    return "previous" in takes(look.measure).required or reach(look).farthest > 0


@dataclass(frozen=True, eq=False)
class Past:
    """What was at the evaluations before, the oldest first: gradients and weights, each (lane, parameter)."""

    gradients: tuple[Tensor, ...] = ()
    parameters: tuple[Tensor, ...] = ()


NOTHING = Past()


@dataclass(eq=False)
class History:
    """The past of every look that has one, by its EVERY.

    Args:
        reaches: how far back the looks of each EVERY go together.
    """

    reaches: Mapping[int, Reach]
    pasts: dict[int, Past] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, looks: Iterable[Look]) -> History:
        """Begin with nothing remembered."""
        reaches: dict[int, Reach] = {}
        for look in looks:
            if (own := reach(look)).farthest:
                reaches[look.every] = reaches.get(look.every, Reach()) | own
        return cls(reaches)

    def remember(self, step: int, parameters: Tensor, gradient: Callable[[], Tensor]) -> None:
        """Take up an evaluation: the weights and gradients of all lanes, where some look goes back to them."""
        for every, own in self.reaches.items():
            if not every or step % every == 0:
                past = self.pasts.get(every, NOTHING)
                weights = (parameters.detach().clone(),) if own.parameters else ()
                self.pasts[every] = Past((*past.gradients, gradient())[-own.gradients :], weights)

    def keep(self, slots: Sequence[int]) -> None:
        """Forget all lanes but these."""
        self.pasts = {
            every: Past(
                *(tuple(one[list(slots)] for one in rows) for rows in (past.gradients, past.parameters))
            )
            for every, past in self.pasts.items()
        }

    def stored(self, slot: int) -> dict[str, Tensor]:
        """Give what is remembered of a lane by name, as `restore` takes it up: (evaluation, parameter)."""
        kinds = {
            f"history.{every}.{kind}": rows
            for every, past in self.pasts.items()
            for kind, rows in (("gradients", past.gradients), ("parameters", past.parameters))
        }
        return {name: torch.stack([one[slot] for one in rows]) for name, rows in kinds.items() if rows}

    def restore(self, stored: Iterable[str], rows: Callable[[str], Tensor]) -> None:
        """Take up what was stored: `rows` gives what all lanes have under a name, (lane, evaluation, parameter)."""
        known = set(stored)
        for every in self.reaches:
            names = [f"history.{every}.{kind}" for kind in ("gradients", "parameters")]
            gradients, parameters = (
                rows(name).contiguous().unbind(1) if name in known else () for name in names
            )
            self.pasts[every] = Past(tuple(gradients), tuple(parameters))
