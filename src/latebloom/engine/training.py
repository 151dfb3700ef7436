"""The loop: a population in, snapshots out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from latebloom.engine.crew import Crew
from latebloom.engine.forward import differentiate, tensors_of
from latebloom.engine.population import Population, State, first_bad, gather
from latebloom.engine.program import Program
from latebloom.engine.replay import Graph, replay_of
from latebloom.engine.snapshot import Evaluations, Snapshot
from latebloom.portioning import lanes_at_once
from latebloom.randomness import permutation

LEAST_NUMBERS = 100_000  # of a lane, below which a second thread costs more than it saves


def train(population: Population, state: State, stops: Iterable[int]) -> Iterator[Snapshot]:
    """Train, and yield a snapshot at each stop. `state` is changed in place.

    `stops` are rising steps, read one at a time, so that whoever hands them in may decide the next one late.
    A lane whose loss is no longer finite is marked in `state.diverged_at`; it keeps its slot, so that the other
    lanes' arithmetic stays the same to the last bit, and its own numbers touch no other lane's.

    On a CPU, `torch.get_num_threads()` threads share out the lanes, or the rows of the batch where there are fewer
    lanes; how many there are changes rounding at most.
    """
    crew = Crew()
    try:
        stepper = _Stepper(population, state, crew)
        evaluations = Evaluations(population)
        for stop in stops:
            while state.step < stop:
                stepper.step()
            yield Snapshot(population, state, evaluations)
    finally:
        crew.leave()


@dataclass(eq=False)
class _Part:
    """Neighbouring lanes, and of each batch one share of so many, that one thread differentiates at once.

    `tensors` are where the gradients go, (lane, parameter), and what the lanes' modules are made of.
    """

    lanes: slice
    share: int
    shares: int
    tensors: tuple[Tensor, ...]

    def rows(self, batch: int) -> slice:
        """Tell which examples of a batch are this part's."""
        return slice(batch * self.share // self.shares, batch * (self.share + 1) // self.shares)


class _Stepper:
    """One update after the other; keeps what need not be made anew each step."""

    def __init__(self, population: Population, state: State, crew: Crew) -> None:
        self.population, self.state, self.crew = population, state, crew
        self.rule = type(population.lanes[0].rule)
        self.changes = frozenset(step for lane in population.lanes for step in lane.rule.change_steps())
        self.groups: list[tuple[slice, dict[str, float]]] = []
        self.epoch, self.batches = -1, (population.tokens, population.labels)
        self.shares = _shares(population, crew.size)
        self.gradients = [torch.empty_like(state.parameters) for _ in range(self.shares)]
        self._part(_lanes_at_once(population, crew.size))

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
        slices = [slice(start, min(start + size, lanes)) for start in range(0, lanes, size)]
        self.parts = [
            _Part(
                part, share, self.shares,
                (self.gradients[share][part], *tensors_of(self.population, self.state.parameters, part)),
            )
            for part in slices
            for share in range(self.shares)
        ]  # fmt: skip
        self.replays: dict[tuple[int, ...], Program | Graph] = {}

    def _losses(self, tokens: Tensor, labels: Tensor) -> Tensor:
        """Write all lanes' gradients; return their losses. Where memory does not suffice, take fewer lanes at once."""
        while True:
            try:
                tasks = [self._task(place, tokens, labels) for place in range(len(self.parts))]
                return self._joined(self.crew.all(tasks), labels.shape[1])
            except torch.OutOfMemoryError:
                if self.size == 1:
                    raise
                self._part(-(-self.size // 2))
                torch.cuda.empty_cache()

    def _task(self, place: int, tokens: Tensor, labels: Tensor) -> Callable[[], Tensor]:
        """Make ready to differentiate one part; a program is recorded here, by one thread for all."""
        part = self.parts[place]
        rows = part.rows(labels.shape[1])
        inputs = (tokens[part.lanes, rows], labels[part.lanes, rows], *part.tensors)
        key = (*inputs[1].shape, place if tokens.is_cuda else 0)  # a graph reads the memory it was made with
        if key not in self.replays:
            self.replays[key] = replay_of(partial(differentiate, self.population), inputs, changing=2)
        replay = self.replays[key]
        return lambda: replay(*inputs)[0]

    def _joined(self, losses: list[Tensor], batch: int) -> Tensor:
        """Join the parts' losses, (lane,); and their gradients, each share weighted by its examples."""
        if self.shares == 1:
            return torch.cat(losses)
        spans = [part.rows(batch) for part in self.parts[: self.shares]]
        weights = [(rows.stop - rows.start) / batch for rows in spans]
        first, *others = self.gradients
        first.mul_(weights[0])
        for gradients, weight in zip(others, weights[1:], strict=True):
            first.add_(gradients, alpha=weight)
        by_share = [torch.cat(losses[share :: self.shares]) * weight for share, weight in enumerate(weights)]
        return torch.stack(by_share).sum(dim=0)

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
            self.rule.update(state.parameters[lanes], self.gradients[0][lanes], buffers, values, state.step)


def _groups(rows: Sequence[dict[str, float]]) -> list[tuple[slice, dict[str, float]]]:
    """Join neighbouring lanes of equal values."""
    groups: list[tuple[slice, dict[str, float]]] = []
    for place, values in enumerate(rows):
        if groups and groups[-1][1] == values:
            groups[-1] = (slice(groups[-1][0].start, place + 1), values)
        else:
            groups.append((slice(place, place + 1), values))
    return groups


def _lanes_at_once(population: Population, threads: int) -> int:
    """Tell how many lanes to differentiate at once: on a GPU all."""
    lanes = len(population.lanes)
    return lanes if population.tokens.is_cuda else lanes_at_once(lanes, threads, _numbers(population))


def _shares(population: Population, threads: int) -> int:
    """Tell into how many shares to part each batch: more than one only where there are more threads than lanes."""
    if population.tokens.is_cuda or population.batch < threads:
        return 1
    return max(1, min(threads // len(population.lanes), _numbers(population) // LEAST_NUMBERS))


def _numbers(population: Population) -> int:
    """Count the numbers in the widest layer of one lane for one batch."""
    widest = max(max(part.shape, default=1) for part in population.layout)
    return population.batch * population.tokens.shape[2] * widest
