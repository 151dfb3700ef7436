"""Gradient descent with momentum."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from jaxtyping import Float

from latebloom.errors import SpecError
from latebloom.optimizers.optimizer import Optimizer, require_fraction

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # shapes and types are still checked, and settings need no torch


@final
@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Gradient descent with momentum and coupled weight decay.

    Decay times the parameters is added to the gradient. Equals `torch.optim.SGD` without dampening.

    Args:
        momentum: how much of the velocity is kept from step to step; from 0 to less than 1.
        nesterov: whether to step along the gradient and the coming velocity; needs momentum.

    Source: Sutskever et al. 2013, PMLR 28(3):1139, for both forms of momentum.
    """

    name: ClassVar[str] = "sgd"
    buffers: ClassVar[tuple[str, ...]] = ("velocity",)

    learning_rate: float = 0.1
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction("momentum", self.momentum)
        if self.nesterov and not self.momentum:
            raise SpecError("nesterov", "is true without momentum", "momentum above 0, or nesterov = false")

    def _constants(self) -> dict[str, float]:
        return {"momentum": self.momentum, "nesterov": float(self.nesterov)}

    @classmethod
    def update(
        cls,
        parameters: Float[Tensor, "lane parameter"],
        gradients: Float[Tensor, "lane parameter"],
        buffers: dict[str, Tensor],
        values: Mapping[str, float],
        step: int,
    ) -> None:
        """Add the decayed gradient to the velocity and step along it."""
        del step
        rate, momentum = values["learning_rate"], values["momentum"]
        gradients = gradients.add(parameters, alpha=values["weight_decay"])
        velocity = buffers["velocity"].mul_(momentum).add_(gradients)
        if values["nesterov"]:
            parameters.sub_(gradients.add_(velocity, alpha=momentum), alpha=rate)
        else:
            parameters.sub_(velocity, alpha=rate)

    @classmethod
    def example(cls) -> "SGD":
        """Make one with momentum that warms up and changes its rate and decay."""
        changes: tuple[tuple[int, float], ...] = ((12, 0.1),)
        return cls(
            momentum=0.9, nesterov=True, weight_decay=0.01, warmup=4,
            learning_rate_changes=((7, 0.02),), weight_decay_changes=changes,
        )  # fmt: skip
