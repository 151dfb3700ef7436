"""Snapshots in, numbers and events out. Observing changes nothing in training: it draws nothing and writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latebloom.engine import Snapshot
from latebloom.events import Criteria, EventScan
from latebloom.looks import Look, Subject
from latebloom.looks.history import History
from latebloom.looks.sight import Gatherer, right_answers
from latebloom.looks.subject import UNKNOWN
from latebloom.looks.taking import take
from latebloom.measures import weight_change, weight_norm
from latebloom.records import Event

DEFAULT_LOOKS = (Look("activation_statistics", "final"), Look("linear_dimensions", "final"))
"""Taken at each evaluation of every run; left out where a model has no such site, or too few test examples."""


@dataclass(frozen=True)
class Observation:
    """What was seen of one lane at one evaluation."""

    values: Mapping[str, float]
    events: tuple[Event, ...]


@dataclass(eq=False)
class Observer:
    """Looks at a population, evaluation after evaluation; remembers only what the next look must compare with.

    Args:
        scans: the events of each lane so far.
        looks: what is measured beside losses, accuracies and the norm of the weights.
        subjects: what each lane's classes are, for looks at groups; none where no look needs it.
        previous: parameters at the evaluation before, (lane, parameter).
        initial: parameters at step 0, (lane, parameter), for looks that compare with them.
        history: what looks that go over several evaluations remember.
    """

    scans: list[EventScan]
    looks: Sequence[Look] = DEFAULT_LOOKS
    subjects: Sequence[Subject] = ()
    previous: Tensor | None = field(default=None, repr=False)
    initial: Tensor | None = field(default=None, repr=False)
    history: History = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Begin with nothing remembered."""
        self.history = History.of(self.looks)

    @classmethod
    def start(
        cls,
        lanes: int,
        criteria: Criteria,
        looks: Sequence[Look] = DEFAULT_LOOKS,
        subjects: Sequence[Subject] = (),
    ) -> "Observer":
        """Begin with lanes that nothing has been seen of."""
        return cls([EventScan(criteria) for _ in range(lanes)], looks, subjects)

    def keep(self, slots: Sequence[int]) -> None:
        """Forget all lanes but these."""
        self.scans = [self.scans[slot] for slot in slots]
        self.subjects = [self.subjects[slot] for slot in slots] if self.subjects else ()
        self.previous, self.initial = _rows(self.previous, slots), _rows(self.initial, slots)
        self.history.keep(slots)

    def see(self, snapshot: Snapshot) -> list[Observation]:
        """Evaluate and measure all lanes.

        Raises:
            UnknownNameError: a look is at a site that the model does not have.
        """
        values = {**self._seen(snapshot), **self._weights(snapshot)}
        table = {name: value.detach().to("cpu", torch.float64).tolist() for name, value in values.items()}
        return [self._observation(snapshot.step, slot, table) for slot in range(len(self.scans))]

    def _observation(self, step: int, slot: int, table: Mapping[str, Sequence[float]]) -> Observation:
        values = {name: column[slot] for name, column in table.items()}
        events = self.scans[slot].see(step, values["train_accuracy"], values["test_accuracy"])
        return Observation(values, events)

    def _seen(self, snapshot: Snapshot) -> dict[str, Tensor]:
        """Losses and accuracies on both parts, and what the looks of this step see in the same evaluations."""
        looks = self._due(snapshot)
        gatherer = Gatherer(looks, snapshot.population)
        numbers: dict[str, Tensor] = {}
        for part in ("train", "test"):
            numbers |= _performance(snapshot, part, gatherer)
        sight = gatherer.sight(snapshot, self.previous, self.initial, self.history.pasts)
        numbers |= take(looks, sight, self.subjects or [UNKNOWN] * len(self.scans))
        self.history.remember(snapshot.step, sight.parameters, lambda: sight.gradient)
        return numbers

    def _due(self, snapshot: Snapshot) -> list[Look]:
        can = "final" in snapshot.sites() and snapshot.population.test.shape[1] >= 2
        return [look for look in self.looks if look.due(snapshot.step) and (can or look not in DEFAULT_LOOKS)]

    def _weights(self, snapshot: Snapshot) -> dict[str, Tensor]:
        parameters = snapshot.state.parameters
        numbers = {"weight_norm": weight_norm(parameters)}
        if self.previous is not None:
            numbers["weight_change"] = weight_change(parameters, self.previous)
        self.previous = parameters.detach().clone()
        return numbers


def _rows(values: Tensor | None, slots: Sequence[int]) -> Tensor | None:
    return None if values is None else values[torch.as_tensor(slots, device=values.device)]


def _performance(snapshot: Snapshot, part: str, gatherer: Gatherer) -> dict[str, Tensor]:
    """Evaluate one part: its loss and accuracy, and what the looks need of it."""
    losses, right, count = [], [], 0
    for chunk in snapshot.evaluate(getattr(snapshot.population, part), gatherer.sites(part)):
        losses.append(chunk.losses.double().sum(dim=-1))
        right.append(right_answers(chunk))
        count += chunk.labels.shape[1]
        gatherer.add(part, chunk)
    return {
        f"{part}_loss": torch.stack(losses).sum(dim=0) / count,
        f"{part}_accuracy": torch.stack(right).sum(dim=0) / count,
    }
