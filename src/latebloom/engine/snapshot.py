"""A population at one step, and what can be asked of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from latebloom.engine.forward import forward, tensors_of
from latebloom.engine.population import Population, State, gather
from latebloom.engine.program import Program, record
from latebloom.errors import UnknownNameError

CHUNK_NUMBERS = 8_000_000  # numbers in the widest layer of one chunk of an evaluation, all lanes together


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


@dataclass(eq=False)
class Evaluations:
    """What evaluations of one population need not make anew: its sites, a program per number of examples."""

    population: Population
    sites: tuple[str, ...] | None = None
    programs: dict[tuple[int, tuple[str, ...]], Program] = field(default_factory=dict)
    parts: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def examples(self, index: Int[Tensor, "lane some"]) -> tuple[Tensor, Tensor]:
        """Gather examples, tokens and labels; those of the two parts of the split are kept."""
        for name in ("train", "test"):
            if index is getattr(self.population, name):
                if name not in self.parts:
                    self.parts[name] = gather(self.population, index)
                return self.parts[name]
        return gather(self.population, index)

    def run(self, state: State, tokens: Tensor, labels: Tensor, sites: tuple[str, ...]) -> tuple[Tensor, ...]:
        """Give logits, losses and the activations at `sites`."""

        def evaluate(tokens: Tensor, labels: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
            with torch.no_grad():
                logits, activations = forward(self.population, tensors, tokens)
                losses = self.population.objective.per_example(logits, labels)
            return logits, losses, *(activations[site] for site in sites)

        inputs = (tokens, labels, *tensors_of(self.population, state.parameters))
        key = (tokens.shape[1], sites)
        if key not in self.programs:
            # No threads wait for each other here, and what an evaluation keeps is large.
            self.programs[key] = record(evaluate, inputs, interpreted=False)
        return self.programs[key](*inputs)

    def known_sites(self, state: State) -> tuple[str, ...]:
        """List the sites that the modules tell of, by running one example once."""
        if self.sites is None:
            tokens, _ = gather(self.population, self.population.train[:, :1])
            with torch.no_grad():
                _, activations = forward(
                    self.population, tensors_of(self.population, state.parameters), tokens
                )
            self.sites = tuple(activations)
        return self.sites


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A population at one step. It is a window, not a copy: it shows the present until training goes on."""

    population: Population
    state: State
    evaluations: Evaluations

    @property
    def step(self) -> int:
        """Number of updates made so far."""
        return self.state.step

    def evaluate(self, index: Int[Tensor, "lane some"], sites: Sequence[str] = ()) -> Iterator[Chunk]:
        """Run each lane over its examples of those indices, chunk by chunk, keeping the activations at `sites`.

        Raises:
            UnknownNameError: the modules tell of no such site.
        """
        for site in sites:
            if site not in self.sites():
                raise UnknownNameError("site", site, self.sites())
        size = _chunk_size(self.population)
        examples = self.evaluations.examples(index)
        for start in range(0, index.shape[1], size):
            tokens, labels = (one[:, start : start + size] for one in examples)
            logits, losses, *activations = self.evaluations.run(self.state, tokens, labels, tuple(sites))
            yield Chunk(start, logits, labels, losses, dict(zip(sites, activations, strict=True)))

    def sites(self) -> tuple[str, ...]:
        """List the sites whose activations the modules tell."""
        return self.evaluations.known_sites(self.state)

    def named_parameters(self, slot: int) -> dict[str, Tensor]:
        """Copy one lane's parameters to the CPU, by name."""
        row = self.state.parameters[slot].detach().cpu().clone()
        return {part.name: row[part.start : part.stop].view(part.shape) for part in self.population.layout}


def _chunk_size(population: Population) -> int:
    lanes, _, length = population.tokens.shape
    widest = max(max(part.shape, default=1) for part in population.layout) * length
    return max(64, CHUNK_NUMBERS // (lanes * widest))
