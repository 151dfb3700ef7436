"""A one-hidden-layer network with squares in place of a nonlinearity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self, final

from latebloom.errors import SpecError
from latebloom.models.model import LARGEST_WIDTH, Model, require_between

if TYPE_CHECKING:
    from torch import nn


@final
@dataclass(frozen=True, kw_only=True)
class Quadratic(Model):
    """Two one-hot tokens side by side, a linear layer, squares, a linear layer; no biases.

    Both matrices start as `torch.nn.Linear` draws them, uniform within 1/sqrt(inputs): the paper's prefactors
    are left to the initial weights.

    Args:
        width: hidden features.

    Source: Gromov 2023, arXiv:2301.02679.

    >>> Quadratic().parameters(vocabulary=97, length=2, classes=97)
    145500
    """

    name: ClassVar[str] = "quadratic"

    width: int = 500

    def __post_init__(self) -> None:
        super().__post_init__()
        require_between("width", self.width, 1, LARGEST_WIDTH)

    def _network(self, vocabulary: int, length: int, classes: int) -> nn.Module:
        from latebloom.models.networks.quadratic import QuadraticNetwork

        return QuadraticNetwork(self, vocabulary=vocabulary, length=length, classes=classes)

    def check(self, *, vocabulary: int, length: int, classes: int) -> None:
        """Refuse tasks whose examples are not two tokens.

        Raises:
            SpecError: with the length.
        """
        del vocabulary, classes
        if length != 2:
            right = "quadratic reads exactly 2; choose another model or a task on pairs"
            raise SpecError("name", f"is 'quadratic', but an example has {length} tokens", right)

    def parameters(self, *, vocabulary: int, length: int, classes: int) -> int:
        """Count the numbers that are trained."""
        return self.width * (length * vocabulary + classes)

    def activations(self, *, vocabulary: int, length: int, classes: int) -> int:
        """Count the numbers that a training step keeps alive for one example."""
        del vocabulary, length
        return 2 * self.width + classes

    def sites(self) -> tuple[str, ...]:
        """Name the activations; `final` is `hidden`, the squared preactivation."""
        return ("preactivation", "hidden", "final", "logits")

    @classmethod
    def example(cls) -> Self:
        """Make a network with 9 hidden features."""
        return cls(width=9)
