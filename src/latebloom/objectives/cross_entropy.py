"""Cross-entropy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final, get_args

from jaxtyping import Float, Int

from latebloom.errors import SpecError, shown
from latebloom.objectives.objective import Objective

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # shapes and types are still checked, and settings need no torch

Precision = Literal["float32", "float64"]


@final
@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Objective):
    """Minus the logarithm of the softmax probability of the label.

    In nats: 0 for certainty about the label, log(classes) for equal logits.

    Args:
        precision: ``float32`` or ``float64``: logits are cast up to it before the softmax, never down, and
            losses are of it. In float32 a loss below about 10^-7 is rounded to 0.

    Source: for what the rounding does to grokking, Prieto et al. 2025, arXiv:2501.04697.
    """

    name: ClassVar[str] = "cross-entropy"

    precision: Precision = "float32"

    def __post_init__(self) -> None:
        if self.precision not in get_args(Precision):
            raise SpecError("precision", f"is {shown(self.precision)}", "one of float32, float64")

    def per_example(
        self,
        logits: Float[Tensor, "*population batch class"],
        labels: Int[Tensor, "*population batch"],
    ) -> Float[Tensor, "*population batch"]:
        """Compute the loss of each example, in nats, in the objective's precision or the logits', if that is more."""
        wide = self.precision == "float64" or logits.element_size() == 8
        logits = logits.double() if wide else logits.float()
        return -logits.log_softmax(-1).gather(-1, labels[..., None]).squeeze(-1)

    @classmethod
    def example(cls) -> "CrossEntropy":
        """Make cross-entropy in float64."""
        return cls(precision="float64")
