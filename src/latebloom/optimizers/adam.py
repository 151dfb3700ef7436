"""Adam, with weight decay coupled to the gradient or decoupled from it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from jaxtyping import Float, Float64

from latebloom.optimizers.optimizer import Optimizer, require_between, require_fraction

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # shapes and types are still checked, and settings need no torch

SMALLEST_EPSILON = 1e-20  # smaller ones can vanish in float32, and 0 / 0 is not a number


@dataclass(frozen=True, kw_only=True)
class AdamBase(Optimizer):
    """What both have: two moments of the gradient.

    Args:
        beta1: how much of the mean gradient is kept from step to step.
        beta2: how much of the mean squared gradient is.
        epsilon: added to the root of the mean squared gradient; from 10^-20 to 1.
    """

    buffers: ClassVar[tuple[str, ...]] = ("mean", "square")

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction("beta1", self.beta1)
        require_fraction("beta2", self.beta2)
        require_between("epsilon", self.epsilon, SMALLEST_EPSILON, 1.0)

    def _constants(self) -> dict[str, float]:
        return {"beta1": self.beta1, "beta2": self.beta2, "epsilon": self.epsilon}


@final
@dataclass(frozen=True, kw_only=True)
class AdamW(AdamBase):
    """Adam with decoupled weight decay: each step multiplies the parameters by 1 - rate * decay.

    Equals `torch.optim.AdamW`.

    Source: Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2.
    """

    name: ClassVar[str] = "adamw"

    weight_decay: float = 1.0

    @classmethod
    def update(
        cls,
        parameters: Float[Tensor, "lane parameter"],
        gradients: Float[Tensor, "lane parameter"],
        buffers: dict[str, Tensor],
        values: dict[str, Float64[Tensor, "lane 1"]],
        step: int,
    ) -> None:
        """Shrink the parameters, then move them along the moments."""
        shrink = 1 - values["learning_rate"] * values["weight_decay"]
        parameters.mul_(shrink.to(parameters.dtype))
        _move(parameters, gradients, buffers, values, step)

    @classmethod
    def example(cls) -> "AdamW":
        """Make one that warms up and changes its rate and decay."""
        changes: tuple[tuple[int, float], ...] = ((7, 2e-3), (20, 5e-4))
        return cls(beta2=0.98, warmup=4, learning_rate_changes=changes, weight_decay_changes=((12, 0.1),))


@final
@dataclass(frozen=True, kw_only=True)
class Adam(AdamBase):
    """Adam with coupled weight decay: decay times the parameters is added to the gradient.

    Equals `torch.optim.Adam`.

    Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
    """

    name: ClassVar[str] = "adam"

    @classmethod
    def update(
        cls,
        parameters: Float[Tensor, "lane parameter"],
        gradients: Float[Tensor, "lane parameter"],
        buffers: dict[str, Tensor],
        values: dict[str, Float64[Tensor, "lane 1"]],
        step: int,
    ) -> None:
        """Add the decay to the gradient, then move the parameters along the moments."""
        decay = values["weight_decay"].to(parameters.dtype)
        _move(parameters, gradients.addcmul(parameters, decay), buffers, values, step)

    @classmethod
    def example(cls) -> "Adam":
        """Make one that warms up and changes its rate and decay."""
        changes: tuple[tuple[int, float], ...] = ((12, 0.1),)
        return cls(
            weight_decay=0.5, warmup=4, learning_rate_changes=((7, 2e-3),), weight_decay_changes=changes
        )


def _move(
    parameters: Float[Tensor, "lane parameter"],
    gradients: Float[Tensor, "lane parameter"],
    buffers: dict[str, Tensor],
    values: dict[str, Float64[Tensor, "lane 1"]],
    step: int,
) -> None:
    """Renew both moments and take Adam's step.

    rate * (mean / b1) / (sqrt(square / b2) + epsilon), where b1 and b2 correct the moments' start at 0, is
    mean / (slope * sqrt(square) + offset): one pass fewer over the parameters.
    """
    dtype, mean, square = parameters.dtype, buffers["mean"], buffers["square"]
    mean.lerp_(gradients, (1 - values["beta1"]).to(dtype))
    square.lerp_(gradients.square(), (1 - values["beta2"]).to(dtype))
    offset = (1 - values["beta1"] ** (step + 1)) * values["epsilon"] / -values["learning_rate"]
    slope = offset / (values["epsilon"] * (1 - values["beta2"] ** (step + 1)).sqrt())
    denominator = square.sqrt().mul_(slope.to(dtype)).add_(offset.to(dtype))
    parameters.addcdiv_(mean, denominator)
