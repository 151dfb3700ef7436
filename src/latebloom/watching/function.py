"""Somebody else's model as a function of the parameters that are trained, for measures that differentiate it."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from latebloom.errors import InputError
from latebloom.randomness import permutation
from latebloom.watching.probe import Probe, at_least_single
from latebloom.watching.sites import MODELS_OWN, told
from latebloom.watching.undisturbed import undisturbed

LARGEST = 2**28
"""Numbers that the gradients of all examples by all parameters may be at a time: 1 GiB in float32."""

MOST_GRADIENTS = 2**16
"""Gradients that a tangent kernel may take: one for each example and class."""


@dataclass(frozen=True, eq=False)
class Function:
    """What a model makes of its probe, as a function of its trained parameters; within `differentiable` alone.

    Args:
        model: as it stands. probe: what it is run on.
    """

    model: nn.Module
    probe: Probe

    @cached_property
    def weights(self) -> dict[str, Tensor]:
        """The parameters that are trained, by name.

        Raises:
            InputError: there are none.
        """
        named = self.model.named_parameters()
        found = {name: value.detach() for name, value in named if value.requires_grad}
        if not found:
            raise InputError(
                "the model has no parameter that is trained, so it is a function of none; kernels and what is "
                "measured around the weights cannot be taken of it"
            )
        return found

    @cached_property
    def row(self) -> Tensor:
        """All trained parameters behind each other, (parameter,); at least in float32."""
        device = next(iter(self.weights.values())).device
        return torch.cat([at_least_single(value).to(device).flatten() for value in self.weights.values()])

    def few(self, count: int) -> Tensor:
        """Choose a few samples of the probe, the same at every look: (some,), at most `count`."""
        drawn = permutation(self.probe.samples, 0, "few")[:count]
        return torch.from_numpy(drawn).sort().values.to(self.row.device)

    def labels(self, index: Tensor) -> Tensor:
        """Give the classes of some samples, (some,)."""
        assert self.probe.labels is not None
        return self.probe.labels.to(index.device)[index]

    def loss(self, index: Tensor) -> Callable[[Tensor], Tensor]:
        """Make the mean cross-entropy on some samples a function of the parameters: (*axes, parameter) to (*axes)."""
        labels = self.labels(index)

        def one(row: Tensor) -> Tensor:
            return F.cross_entropy(at_least_single(self._logits(self._parted(row), index)), labels)

        def loss(rows: Tensor) -> Tensor:
            flat = rows.reshape(-1, rows.shape[-1])
            return torch.stack([one(row) for row in flat]).reshape(rows.shape[:-1])

        return loss

    def kernel(self, index: Tensor) -> Tensor:
        """Compute the tangent kernel of the logits on some samples, each run alone: (some, some).

        Raises:
            InputError: more gradients, or larger ones, than there may be; or a model that torch.func cannot
                differentiate.
        """
        chosen = torch.eye(self._classes(index), device=self.row.device)
        self._check_size(len(index), len(chosen))

        def logit(
            weights: dict[str, Tensor], buffers: dict[str, Tensor], one: Tensor, which: Tensor
        ) -> Tensor:
            logits = self._logits(weights, one[None], buffers)
            return (at_least_single(logits)[0] * which).sum()

        by_sample = vmap(grad(logit), in_dims=(None, None, 0, None), randomness="same")
        kernel = torch.zeros(len(index), len(index), dtype=torch.float64, device=self.row.device)
        for which in chosen:
            for part in by_sample(self.weights, self._buffers(), index, which).values():
                flat = at_least_single(part.flatten(1)).to(kernel.device)  # (some, parameter)
                kernel += flat @ flat.mT
        return (kernel + kernel.mT) / 2.0  # the product is rounded differently on each side

    def _classes(self, index: Tensor) -> int:
        return self._logits(self.weights, index[:1]).shape[1]

    def _check_size(self, samples: int, classes: int) -> None:
        numbers = samples * len(self.row)
        if numbers > LARGEST:
            raise InputError(
                f"a kernel on {samples} samples holds {samples} gradients by {len(self.row):,} parameters, "
                f"{numbers:,} numbers, and at most {LARGEST:,} are held; {_fitting(LARGEST // len(self.row))}"
            )
        if samples * classes > MOST_GRADIENTS:
            raise InputError(
                f"a kernel on {samples} samples and {classes:,} classes takes {samples * classes:,} gradients, and at "
                f"most {MOST_GRADIENTS:,} are taken; {_fitting(MOST_GRADIENTS // classes)}"
            )

    def _parted(self, row: Tensor) -> dict[str, Tensor]:
        parts = row.split([value.numel() for value in self.weights.values()])
        return {
            name: part.view(value.shape).to(value)
            for (name, value), part in zip(self.weights.items(), parts, strict=True)
        }

    def _buffers(self) -> dict[str, Tensor]:
        """Copy what the model may write to."""
        return {name: value.detach().clone() for name, value in self.model.named_buffers()}

    def _logits(
        self, weights: Mapping[str, Tensor], index: Tensor, buffers: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """Run the model with these weights on some samples: (some, class).

        Raises:
            InputError: it returns no logits.
        """
        own = {**weights, **(self._buffers() if buffers is None else buffers)}
        positional, keywords = self.probe.picked(index)
        logits = self.probe.logits(functional_call(self.model, own, positional, keywords), len(index))
        if logits is None:
            raise InputError(
                f"the model returns no logits (sample, class) on {len(index)} of its inputs; kernels and what is "
                "measured around the weights are of logits"
            )
        return logits


@contextmanager
def differentiable(model: nn.Module, probe: Probe) -> Generator[Function]:
    """Let a model be differentiated, twice if need be, and leave it as it was.

    Raises:
        InputError: the model does what torch.func cannot follow.
    """
    with undisturbed(model), sdpa_kernel(SDPBackend.MATH):  # the fused ones cannot be differentiated twice
        try:
            yield Function(model, probe)
        except MODELS_OWN as error:
            raise InputError(f"the model cannot be differentiated by torch.func: {told(error)}") from error


def _fitting(count: int) -> str:
    return f"examples={count} would do" if count >= 2 else "too many for any kernel"
