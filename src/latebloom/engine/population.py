"""Lanes stacked into a population: parameters in one flat buffer, a row per lane."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "tf32": torch.float32,
    "bfloat16": torch.float32,
}
"""The type of the parameters, by precision."""


@runtime_checkable
class UpdateRule(Protocol):
    """What the engine asks of an optimizer: hyper-parameters by step, and an update of lanes that share them."""

    buffers: ClassVar[tuple[str, ...]]

    def values(self, step: int) -> dict[str, float]:
        """Give the hyper-parameters in force at a step."""
        ...

    def change_steps(self) -> tuple[int, ...]:
        """List the steps at which `values` may differ from the step before."""
        ...

    @classmethod
    def update(
        cls,
        parameters: Tensor,
        gradients: Tensor,
        buffers: dict[str, Tensor],
        values: Mapping[str, float],
        step: int,
    ) -> None:
        """Change `parameters` and `buffers` in place."""
        ...


@runtime_checkable
class Loss(Protocol):
    """What the engine asks of an objective: a loss per example, over any leading axes."""

    def per_example(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Give each example's loss."""
        ...


@dataclass(frozen=True, eq=False)
class Lane:
    """Everything that one run is made of, built and on the CPU.

    Args:
        seed: names the streams of this lane's draws.
        model: an ordinary module for one run, initialised.
        tokens: (example, length). labels: (example,). The whole table.
        train: indices of the training examples. test: those of the others, in the order they are to be measured.
        rule: the optimizer's settings.
    """

    seed: int
    model: nn.Module
    tokens: Int[Tensor, "example length"]
    labels: Int[Tensor, " example"]
    train: Int[Tensor, " train"]
    test: Int[Tensor, " test"]
    rule: UpdateRule


@dataclass(frozen=True)
class Slice:
    """Where one parameter of the module lies in a lane's flat row."""

    name: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class Population:
    """Lanes of equal shapes, trained as one program."""

    lanes: tuple[Lane, ...]
    objective: Loss
    batch: int
    template: nn.Module
    layout: tuple[Slice, ...]
    module_buffers: Mapping[str, Tensor]
    tokens: Int[Tensor, "lane example length"]
    labels: Int[Tensor, "lane example"]
    train: Int[Tensor, "lane train"]
    test: Int[Tensor, "lane test"]
    compute: torch.dtype

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one pass through the training set, the partial batch counted."""
        return -(-self.train.shape[1] // self.batch)

    def keep(self, slots: Sequence[int]) -> "Population":
        """Make the population of some of its lanes."""
        index = torch.as_tensor(slots, device=self.tokens.device)
        return Population(
            tuple(self.lanes[slot] for slot in slots), self.objective, self.batch, self.template, self.layout,
            {name: value[index] for name, value in self.module_buffers.items()},
            self.tokens[index], self.labels[index], self.train[index], self.test[index], self.compute,
        )  # fmt: skip


@dataclass(eq=False)
class State:
    """All that changes in training: a row per lane. `diverged_at` is -1 while a lane's loss is finite."""

    step: int
    parameters: Float[Tensor, "lane parameter"]
    buffers: dict[str, Tensor]
    diverged_at: Int[Tensor, " lane"]

    def mark_not_finite(self) -> None:
        """Mark lanes whose parameters are no longer finite, as an update may leave them without a loss to tell."""
        finite = torch.isfinite(self.parameters).all(dim=1)
        self.diverged_at.copy_(first_bad(self.diverged_at, ~finite, self.step))

    def keep(self, slots: Sequence[int]) -> "State":
        """Copy the rows of some lanes."""
        index = torch.as_tensor(slots, device=self.parameters.device)
        buffers = {name: buffer[index] for name, buffer in self.buffers.items()}
        return State(self.step, self.parameters[index], buffers, self.diverged_at[index])


def assemble(
    lanes: Sequence[Lane], objective: Loss, *, batch: int = 0, precision: str = "float32", device: str = "cpu"
) -> tuple[Population, State]:
    """Stack lanes into a population and its state at step 0.

    Args:
        lanes: of equal shapes: modules, tables, sizes of the splits.
        objective: the loss of all of them.
        batch: examples per step; 0 for the whole training set.
        precision: ``float32`` or ``float64``, of parameters and activations; ``bfloat16``: float32 parameters,
            of which each step multiplies copies rounded to bfloat16, the loss in float32; ``tf32`` is float32
            here, and whoever trains lets the GPU round the factors of its products.
        device: any device of torch.
    """
    dtype = DTYPES[precision]
    template = copy.deepcopy(lanes[0].model).to("meta")
    layout = _layout(lanes[0].model)
    rows = [torch.cat([value.detach().reshape(-1) for value in lane.model.parameters()]) for lane in lanes]
    parameters = torch.stack(rows).to(device=device, dtype=dtype)
    names = [name for name, _ in lanes[0].model.named_buffers()]
    module_buffers = {
        name: torch.stack([lane.model.get_buffer(name) for lane in lanes]).to(device) for name in names
    }
    data = {
        name: torch.stack([getattr(lane, name) for lane in lanes]).to(device)
        for name in ("tokens", "labels", "train", "test")
    }
    compute = torch.bfloat16 if precision == "bfloat16" else dtype
    batch = batch or data["train"].shape[1]
    population = Population(
        tuple(lanes), objective, batch, template, layout, module_buffers, **data, compute=compute
    )
    buffers = {name: torch.zeros_like(parameters) for name in lanes[0].rule.buffers}
    unharmed = torch.full((len(lanes),), -1, dtype=torch.int64, device=device)
    return population, State(0, parameters, buffers, unharmed)


def first_bad(marked: Int[Tensor, " lane"], bad: Bool[Tensor, " lane"], step: int) -> Int[Tensor, " lane"]:
    """Mark with `step` the lanes that are bad and were not marked before."""
    return torch.where(bad & (marked < 0), step, marked)


def _layout(module: nn.Module) -> tuple[Slice, ...]:
    layout: list[Slice] = []
    start = 0
    for name, value in module.named_parameters():
        layout.append(Slice(name, tuple(value.shape), start, start + value.numel()))
        start += value.numel()
    return tuple(layout)


def gather(population: Population, index: Int[Tensor, "lane some"]) -> tuple[Tensor, Tensor]:
    """Pick each lane's own examples: tokens (lane, some, length) and labels (lane, some)."""
    by_token = index[:, :, None].expand(-1, -1, population.tokens.shape[2])
    return population.tokens.gather(1, by_token), population.labels.gather(1, index)
