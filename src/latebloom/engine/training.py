"""The loop: a population in, snapshots out."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from latebloom.engine.forward import differentiate, tensors_of
from latebloom.engine.population import Population, State, first_bad, gather
from latebloom.engine.program import Program
from latebloom.engine.replay import Graph, replay_of
from latebloom.engine.snapshot import Evaluations, Snapshot
from latebloom.randomness import permutation

PART_NUMBERS = 4_000_000  # numbers in the widest layer of the lanes that a CPU differentiates at once


def train(population: Population, state: State, stops: Iterable[int]) -> Iterator[Snapshot]:
    """Train, and yield a snapshot at each stop. `state` is changed in place.

    `stops` are rising steps, read one at a time, so that whoever hands them in may decide the next one late.
    A lane whose loss is no longer finite is marked in `state.diverged_at`; it keeps its slot, so that the other
    lanes' arithmetic stays the same to the last bit, and its own numbers touch no other lane's.
    """
    stepper = _Stepper(population, state)
    evaluations = Evaluations(population)
    for stop in stops:
        while state.step < stop:
            stepper.step()
        yield Snapshot(population, state, evaluations)


class _Stepper:
    """One update after the other; keeps what need not be made anew each step."""

    def __init__(self, population: Population, state: State) -> None:
        self.population, self.state = population, state
        self.rule = type(population.lanes[0].rule)
        self.changes = frozenset(step for lane in population.lanes for step in lane.rule.change_steps())
        self.groups: list[tuple[slice, dict[str, float]]] = []
        self.epoch, self.batches = -1, (population.tokens, population.labels)
        self.gradients = torch.empty_like(state.parameters)
        self._part(_lanes_at_once(population))

    def step(self) -> None:
        """Draw the batch, differentiate, update all lanes."""
        state = self.state
        losses = self._losses(*self._batch(state.step))
        with torch.no_grad():
            state.diverged_at.copy_(first_bad(state.diverged_at, ~torch.isfinite(losses), state.step))
            self._update()
        state.step += 1

    def _part(self, size: int) -> None:
        """Part the lanes into neighbours that are differentiated at once."""
        lanes = len(self.population.lanes)
        self.size = size
        self.parts = [slice(start, min(start + size, lanes)) for start in range(0, lanes, size)]
        self.tensors = [
            (self.gradients[part], *tensors_of(self.population, self.state.parameters, part))
            for part in self.parts
        ]
        self.replays: dict[tuple[int, ...], Program | Graph] = {}

    def _losses(self, tokens: Tensor, labels: Tensor) -> Tensor:
        """Write all lanes' gradients; return their losses. Where memory does not suffice, take fewer lanes at once."""
        while True:
            try:
                return torch.cat(
                    [self._differentiate(place, tokens, labels) for place in range(len(self.parts))]
                )
            except torch.OutOfMemoryError:
                if self.size == 1:
                    raise
                self._part(-(-self.size // 2))
                torch.cuda.empty_cache()

    def _differentiate(self, place: int, tokens: Tensor, labels: Tensor) -> Tensor:
        part, (gradients, *tensors) = self.parts[place], self.tensors[place]
        inputs = (tokens[part], labels[part], gradients, *tensors)
        key = (
            *inputs[1].shape,
            place if gradients.is_cuda else 0,
        )  # a graph reads the memory it was made with
        if key not in self.replays:
            self.replays[key] = replay_of(partial(differentiate, self.population), inputs, changing=2)
        (losses,) = self.replays[key](*inputs)
        return losses

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        population = self.population
        epoch, place = divmod(step, population.steps_per_epoch)
        if population.steps_per_epoch == 1:
            epoch = 0  # the whole set in one batch: its order means nothing
        if epoch != self.epoch:
            self.epoch, self.batches = epoch, gather(population, self._order(epoch))
        rows = slice(place * population.batch, (place + 1) * population.batch)
        tokens, labels = self.batches
        return tokens[:, rows], labels[:, rows]

    def _order(self, epoch: int) -> Int[Tensor, "lane train"]:
        population = self.population
        if population.steps_per_epoch == 1:
            return population.train
        size = population.train.shape[1]
        drawn = np.stack([permutation(size, lane.seed, "order", epoch) for lane in population.lanes])
        return population.train.gather(1, torch.from_numpy(drawn).to(population.train.device))

    def _update(self) -> None:
        """Update all lanes, neighbours that share their hyper-parameters in one call."""
        state = self.state
        if not self.groups or state.step in self.changes:
            self.groups = _groups([lane.rule.values(state.step) for lane in self.population.lanes])
        for lanes, values in self.groups:
            buffers = {name: buffer[lanes] for name, buffer in state.buffers.items()}
            self.rule.update(state.parameters[lanes], self.gradients[lanes], buffers, values, state.step)


def _groups(rows: Sequence[dict[str, float]]) -> list[tuple[slice, dict[str, float]]]:
    """Join neighbouring lanes of equal values."""
    groups: list[tuple[slice, dict[str, float]]] = []
    for place, values in enumerate(rows):
        if groups and groups[-1][1] == values:
            groups[-1] = (slice(groups[-1][0].start, place + 1), values)
        else:
            groups.append((slice(place, place + 1), values))
    return groups


def _lanes_at_once(population: Population) -> int:
    """Tell how many lanes to differentiate at once: on a CPU few, so that what they keep stays near the cores."""
    lanes, _, length = population.tokens.shape
    if population.tokens.is_cuda:
        return lanes
    widest = max(max(part.shape, default=1) for part in population.layout)
    return max(1, min(lanes, PART_NUMBERS // (population.batch * length * widest)))
