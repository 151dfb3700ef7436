"""Squared error on one-hot labels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from jaxtyping import Float, Int

from latebloom.objectives.objective import Objective

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # shapes and types are still checked, and settings need no torch


@final
@dataclass(frozen=True, kw_only=True)
class SquaredError(Objective):
    """The mean over classes of the squared difference between the logits and the one-hot label.

    0 for the one-hot label itself, 1 / classes for logits that are all 0. Its mean over a batch is what
    `torch.nn.MSELoss` gives. In the logits' own precision.
    """

    name: ClassVar[str] = "squared-error"

    def per_example(
        self,
        logits: Float[Tensor, "*population batch class"],
        labels: Int[Tensor, "*population batch"],
    ) -> Float[Tensor, "*population batch"]:
        """Compute the loss of each example."""
        one_hot = logits.new_zeros(logits.shape).scatter_(-1, labels[..., None], 1.0)
        return (logits - one_hot).square().mean(-1)

    @classmethod
    def example(cls) -> "SquaredError":
        """Make the squared error."""
        return cls()
