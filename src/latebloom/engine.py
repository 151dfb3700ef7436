"""The loop: a population of lanes in, snapshots out.

An ordinary module for one run becomes a population by stacking its parameters in one flat buffer, a row per lane,
and mapping with `torch.func.vmap`. The engine knows no concrete task, model, optimizer or measure, and no store:
it receives, it yields, it calls nobody. To stop early is to stop iterating; to look at other steps is to hand in
other stops.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor, nn
from torch.func import functional_call, vmap

from latebloom.errors import UnknownNameError
from latebloom.randomness import permutation

CHUNK_NUMBERS = 8_000_000  # numbers in the logits of one chunk of an evaluation, all lanes together


@runtime_checkable
class UpdateRule(Protocol):
    """What the engine asks of an optimizer: hyper-parameters by step, and one update for all lanes at once."""

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
        values: dict[str, Tensor],
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
            self.tokens[index], self.labels[index], self.train[index], self.test[index],
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
        self.diverged_at.copy_(_first(self.diverged_at, ~finite, self.step))

    def keep(self, slots: Sequence[int]) -> "State":
        """Copy the rows of some lanes."""
        index = torch.as_tensor(slots, device=self.parameters.device)
        buffers = {name: buffer[index] for name, buffer in self.buffers.items()}
        return State(self.step, self.parameters[index], buffers, self.diverged_at[index])


@dataclass(frozen=True, eq=False)
class Chunk:
    """A portion of an evaluation: some of the examples asked for, for all lanes.

    `start` is the place of its first example among them; `activations` are by site, (lane, example, ...).
    """

    start: int
    logits: Float[Tensor, "lane example class"]
    labels: Int[Tensor, "lane example"]
    losses: Float[Tensor, "lane example"]
    activations: Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A population at one step. It is a window, not a copy: it shows the present until training goes on."""

    population: Population
    state: State

    @property
    def step(self) -> int:
        """Number of updates made so far."""
        return self.state.step

    def evaluate(self, index: Int[Tensor, "lane some"], sites: Sequence[str] = ()) -> Iterator[Chunk]:
        """Run each lane over its examples of those indices, chunk by chunk, keeping the activations at `sites`.

        Raises:
            UnknownNameError: the modules tell of no such site.
        """
        population = self.population
        forward = _forward(population)
        parameters = _views(self.state.parameters, population.layout)
        size = _chunk_size(population)
        for start in range(0, index.shape[1], size):
            tokens, labels = _gather(population, index[:, start : start + size])
            with torch.no_grad():
                logits, activations = forward(parameters, population.module_buffers, tokens)
                losses = population.objective.per_example(logits, labels)
            for site in sites:
                if site not in activations:
                    raise UnknownNameError("site", site, activations)
            yield Chunk(start, logits, labels, losses, {site: activations[site] for site in sites})

    def sites(self) -> tuple[str, ...]:
        """List the sites whose activations the modules tell, by running one example."""
        index = self.population.train[:, :1]
        tokens, _ = _gather(self.population, index)
        parameters = _views(self.state.parameters, self.population.layout)
        with torch.no_grad():
            _, activations = _forward(self.population)(parameters, self.population.module_buffers, tokens)
        return tuple(activations)

    def named_parameters(self, slot: int) -> dict[str, Tensor]:
        """Copy one lane's parameters to the CPU, by name."""
        row = self.state.parameters[slot].detach().cpu().clone()
        return {part.name: row[part.start : part.stop].view(part.shape) for part in self.population.layout}


def assemble(
    lanes: Sequence[Lane], objective: Loss, *, batch: int = 0, precision: str = "float32", device: str = "cpu"
) -> tuple[Population, State]:
    """Stack lanes into a population and its state at step 0.

    Args:
        lanes: of equal shapes: modules, tables, sizes of the splits.
        objective: the loss of all of them.
        batch: examples per step; 0 for the whole training set.
        precision: ``float32`` or ``float64``, of parameters and activations.
        device: any device of torch.
    """
    dtype = {"float32": torch.float32, "float64": torch.float64}[precision]
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
    batch = batch or data["train"].shape[1]
    population = Population(tuple(lanes), objective, batch, template, layout, module_buffers, **data)
    buffers = {name: torch.zeros_like(parameters) for name in lanes[0].rule.buffers}
    unharmed = torch.full((len(lanes),), -1, dtype=torch.int64, device=device)
    return population, State(0, parameters, buffers, unharmed)


def train(population: Population, state: State, stops: Iterable[int]) -> Iterator[Snapshot]:
    """Train, and yield a snapshot at each stop. `state` is changed in place.

    `stops` are rising steps, read one at a time, so that whoever hands them in may decide the next one late.
    A lane whose loss is no longer finite is marked in `state.diverged_at`; it keeps its slot, so that the other
    lanes' arithmetic stays the same to the last bit, and its own numbers touch no other lane's.
    """
    stepper = _Stepper(population, state)
    for stop in stops:
        while state.step < stop:
            stepper.step()
        yield Snapshot(population, state)


class _Stepper:
    """One update after the other; keeps what need not be made anew each step."""

    def __init__(self, population: Population, state: State) -> None:
        self.population, self.state = population, state
        self.forward = _forward(population)
        views = _views(state.parameters, population.layout)
        self.leaves = {name: view.detach().requires_grad_() for name, view in views.items()}
        self.gradients = torch.empty_like(state.parameters)
        self.epoch = -1
        self.tokens, self.labels = population.tokens, population.labels
        self.values: dict[str, Tensor] = {}
        self.changes = frozenset(step for lane in population.lanes for step in lane.rule.change_steps())

    def step(self) -> None:
        """Draw the batch, differentiate, update all lanes."""
        state = self.state
        tokens, labels = self._batch(state.step)
        logits, _ = self.forward(self.leaves, self.population.module_buffers, tokens)
        losses = self.population.objective.per_example(logits, labels).mean(dim=-1)
        gradients = torch.autograd.grad(losses.sum(), list(self.leaves.values()), materialize_grads=True)
        with torch.no_grad():
            torch.cat(
                [gradient.reshape(len(losses), -1) for gradient in gradients], dim=1, out=self.gradients
            )
            state.diverged_at.copy_(_first(state.diverged_at, ~torch.isfinite(losses), state.step))
            rule = type(self.population.lanes[0].rule)
            rule.update(state.parameters, self.gradients, state.buffers, self._values(state.step), state.step)
        state.step += 1

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        population = self.population
        epoch, place = divmod(step, population.steps_per_epoch)
        if population.steps_per_epoch == 1:
            epoch = 0  # the whole set in one batch: its order means nothing
        if epoch != self.epoch:
            self.epoch = epoch
            self.tokens, self.labels = _gather(population, self._order(epoch))
        rows = slice(place * population.batch, (place + 1) * population.batch)
        return self.tokens[:, rows], self.labels[:, rows]

    def _order(self, epoch: int) -> Int[Tensor, "lane train"]:
        population = self.population
        if population.steps_per_epoch == 1:
            return population.train
        size = population.train.shape[1]
        drawn = np.stack([permutation(size, lane.seed, "order", epoch) for lane in population.lanes])
        return population.train.gather(1, torch.from_numpy(drawn).to(population.train.device))

    def _values(self, step: int) -> dict[str, Float64[Tensor, "lane 1"]]:
        if not self.values or step in self.changes:
            rows = [lane.rule.values(step) for lane in self.population.lanes]
            device = self.state.parameters.device
            self.values = {
                name: torch.tensor([[row[name]] for row in rows], dtype=torch.float64, device=device)
                for name in rows[0]
            }
        return self.values


def _first(marked: Int[Tensor, " lane"], bad: Bool[Tensor, " lane"], step: int) -> Int[Tensor, " lane"]:
    """Mark with `step` the lanes that are bad and were not marked before."""
    return torch.where(bad & (marked < 0), step, marked)


def _forward(population: Population) -> Any:
    """Map the module over lanes: (parameters, buffers, tokens) -> (logits, activations by site)."""

    def one(parameters: dict[str, Tensor], buffers: Mapping[str, Tensor], tokens: Tensor) -> Any:
        output = functional_call(population.template, (parameters, dict(buffers)), (tokens,))
        return output if isinstance(output, tuple) else (output, {})

    return vmap(one)


def _layout(module: nn.Module) -> tuple[Slice, ...]:
    layout: list[Slice] = []
    start = 0
    for name, value in module.named_parameters():
        layout.append(Slice(name, tuple(value.shape), start, start + value.numel()))
        start += value.numel()
    return tuple(layout)


def _views(parameters: Float[Tensor, "lane parameter"], layout: Sequence[Slice]) -> dict[str, Tensor]:
    lanes = len(parameters)
    return {part.name: parameters[:, part.start : part.stop].view(lanes, *part.shape) for part in layout}


def _gather(population: Population, index: Int[Tensor, "lane some"]) -> tuple[Tensor, Tensor]:
    """Pick each lane's own examples: tokens (lane, some, length) and labels (lane, some)."""
    lane = torch.arange(len(index), device=index.device)[:, None]
    return population.tokens[lane, index], population.labels[lane, index]


def _chunk_size(population: Population) -> int:
    lanes, _, length = population.tokens.shape
    widest = max(max(part.shape, default=1) for part in population.layout) * length
    return max(64, CHUNK_NUMBERS // (lanes * widest))
