"""What there is to be looked at in runs of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from latebloom.looks.subject import Subject


@dataclass(frozen=True)
class Place:
    """What can be looked at in runs of one kind.

    Args:
        sites: the activations that the model tells.
        parameters: the shape of each named parameter, by site.
        subject: the group of the task.
        classes: how many classes the task has. vocabulary: how many tokens.
        examples: how many each sample has.
        paired: whether each example is a pair of tokens.
    """

    sites: tuple[str, ...]
    parameters: Mapping[str, tuple[int, ...]]
    subject: Subject
    classes: int
    vocabulary: int
    examples: Mapping[str, int]
    paired: bool = True

    @property
    def known(self) -> tuple[str, ...]:
        """Every site that there is."""
        return (*self.sites, "parameters", *self.parameters)
