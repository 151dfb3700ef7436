"""What a model is: settings that can build an ordinary torch module for one run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from latebloom.errors import SpecError, shown

if TYPE_CHECKING:
    from torch import nn

LARGEST_SCALE = 1e6
LARGEST_WIDTH = 65_536


@dataclass(frozen=True, kw_only=True)
class Model(ABC):
    """Settings that describe a network that reads a few tokens and tells their class.

    A model is a frozen dataclass that never needs torch until `build`. It refuses settings that cannot work
    when it is made, by a `SpecError` whose path is the field's name. It is told its sizes, never a task:
    `vocabulary` is how many tokens there are, `length` how many an example has, `classes` how many labels.

    Args:
        initial_scale: multiplies every initial parameter, biases and norms included; above 0, at most 10^6.
    """

    name: ClassVar[str]
    """What the model is called in a specification, and on the shelf."""

    initial_scale: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.initial_scale <= LARGEST_SCALE:
            raise SpecError(
                "initial_scale",
                f"is {shown(self.initial_scale)}",
                f"a number above 0, at most {LARGEST_SCALE:,.0f}",
            )

    def build(self, *, vocabulary: int, length: int, classes: int) -> nn.Module:
        """Make the module for one run, in float32 on the CPU, drawn from torch's global generator.

        Its `forward` takes tokens (batch, length), whole numbers from 0 to vocabulary - 1, and returns logits
        (batch, classes) and a dict of the activations at `sites()`, each with the batch as first axis. It has
        no buffers and no randomness, and no Python in it depends on the data, so that
        `torch.func.functional_call` under `torch.func.vmap` maps it over stacked parameters, in float32 and
        float64, on any device.

        Raises:
            SpecError: the model cannot serve these sizes.
        """
        import torch

        self.check(vocabulary=vocabulary, length=length, classes=classes)
        network = self._network(vocabulary, length, classes)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(self.initial_scale)
        return network

    @abstractmethod
    def _network(self, vocabulary: int, length: int, classes: int) -> nn.Module:
        """Make the module with its initial parameters, not yet scaled."""

    def check(self, *, vocabulary: int, length: int, classes: int) -> None:
        """Refuse sizes that this model cannot serve; most serve all.

        Raises:
            SpecError: with what the model needs.
        """
        del vocabulary, length, classes

    @abstractmethod
    def parameters(self, *, vocabulary: int, length: int, classes: int) -> int:
        """Count the numbers that are trained, by formula: exactly those of the module that `build` makes."""

    @abstractmethod
    def activations(self, *, vocabulary: int, length: int, classes: int) -> int:
        """Count, by formula, the numbers that a training step keeps alive for one example.

        Those saved for the backward pass and those returned at the sites. What the loss keeps, and the
        backward pass itself, come on top.
        """

    @abstractmethod
    def sites(self) -> tuple[str, ...]:
        """Name the activations that `forward` returns, in the order of computing."""

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Make a small valid instance, for the shelf's contract tests."""


def require_between(path: str, value: int, low: int, high: int) -> None:
    """Refuse a whole number outside low..high.

    Raises:
        SpecError: with the range.
    """
    if not low <= value <= high:
        raise SpecError(path, f"is {shown(value)}", f"a whole number from {low:,} to {high:,}")


def require_choice(path: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a text that is none of the choices.

    Raises:
        SpecError: with the choices.
    """
    if value not in choices:
        raise SpecError(path, f"is {shown(value)}", f"one of {', '.join(choices)}")
