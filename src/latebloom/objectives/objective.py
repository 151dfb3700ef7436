"""What an objective is: a loss for every example."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from jaxtyping import Float, Int

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # shapes and types are still checked, and settings need no torch


@dataclass(frozen=True, kw_only=True)
class Objective(ABC):
    """Settings of a loss: a frozen dataclass that needs no torch.

    The training loss is the mean of the losses of the batch.
    """

    name: ClassVar[str]
    """What the objective is called in a specification, and on the shelf."""

    @abstractmethod
    def per_example(
        self,
        logits: Float[Tensor, "*population batch class"],
        labels: Int[Tensor, "*population batch"],
    ) -> Float[Tensor, "*population batch"]:
        """Compute the loss of each example, at least 0, from its logits and its label in 0..class-1."""

    @classmethod
    @abstractmethod
    def example(cls) -> "Objective":
        """Make a valid instance, for the shelf's contract tests."""
