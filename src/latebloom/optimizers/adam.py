"""Adam, with weight decay coupled to the gradient or decoupled from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from jaxtyping import Float

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
        values: Mapping[str, float],
        step: int,
    ) -> None:
        """Shrink the parameters, then move them along the moments."""
        _fused("_fused_adamw_", parameters, gradients, buffers, values, step)

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
        values: Mapping[str, float],
        step: int,
    ) -> None:
        """Add the decay to the gradient, then move the parameters along the moments."""
        _fused("_fused_adam_", parameters, gradients, buffers, values, step)

    @classmethod
    def example(cls) -> "Adam":
        """Make one that warms up and changes its rate and decay."""
        changes: tuple[tuple[int, float], ...] = ((12, 0.1),)
        return cls(
            weight_decay=0.5, warmup=4, learning_rate_changes=((7, 2e-3),), weight_decay_changes=changes
        )


def _fused(
    kernel: str,
    parameters: Float[Tensor, "lane parameter"],
    gradients: Float[Tensor, "lane parameter"],
    buffers: dict[str, Tensor],
    values: Mapping[str, float],
    step: int,
) -> None:
    """Renew both moments and take Adam's step in one pass, by the kernel behind `torch.optim`'s ``fused=True``.

    Written as a product, two means and a quotient, the update of a lane of the manifold protocol takes 4 to 8
    times as long on one core.
    """
    import torch

    count = torch.full((), float(step + 1), device=parameters.device)
    getattr(torch.ops.aten, kernel)(
        parameters.unbind(0),
        gradients.unbind(0),
        buffers["mean"].unbind(0),
        buffers["square"].unbind(0),
        (),
        (count,) * len(parameters),
        lr=values["learning_rate"],
        beta1=values["beta1"],
        beta2=values["beta2"],
        weight_decay=values["weight_decay"],
        eps=values["epsilon"],
        amsgrad=False,
        maximize=False,
    )
