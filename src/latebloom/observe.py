"""Snapshots in, numbers and events out. Observing changes nothing in training: it draws nothing and writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latebloom.engine import Chunk, Snapshot
from latebloom.events import Criteria, EventScan
from latebloom.measures import accuracy, activation_statistics, linear_dimensions, weight_change, weight_norm
from latebloom.records import Event

MAX_POINTS = (
    8192  # test examples whose activations are measured; beyond it the first of the lane's drawn order
)

PointMeasure = Callable[[Tensor], Mapping[str, Tensor]]


@dataclass(frozen=True)
class PointLook:
    """Which measure of a cloud of points, at which site; on test examples, at each evaluation.

    `prefix` is put before the names of the numbers, to tell sites apart. A look that is not `required` is left
    out where the model has no such site.
    """

    measure: PointMeasure
    site: str = "final"
    prefix: str = ""
    required: bool = True


DEFAULT_LOOKS = (
    PointLook(activation_statistics, required=False),
    PointLook(linear_dimensions, required=False),
)


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
        looks: measures of activations.
        previous: parameters at the evaluation before, (lane, parameter).
    """

    scans: list[EventScan]
    looks: Sequence[PointLook] = DEFAULT_LOOKS
    previous: Tensor | None = field(default=None, repr=False)

    @classmethod
    def start(cls, lanes: int, criteria: Criteria, looks: Sequence[PointLook] = DEFAULT_LOOKS) -> "Observer":
        """Begin with lanes that nothing has been seen of."""
        return cls([EventScan(criteria) for _ in range(lanes)], looks)

    def keep(self, slots: Sequence[int]) -> None:
        """Forget all lanes but these."""
        self.scans = [self.scans[slot] for slot in slots]
        if self.previous is not None:
            self.previous = self.previous[torch.as_tensor(slots, device=self.previous.device)]

    def see(self, snapshot: Snapshot) -> list[Observation]:
        """Evaluate and measure all lanes.

        Raises:
            UnknownNameError: a look that is required is at a site that the model does not have.
        """
        known = snapshot.sites()
        looks = [look for look in self.looks if look.required or look.site in known]
        values = {**_performance(snapshot, looks), **self._weights(snapshot)}
        table = {name: value.detach().to("cpu", torch.float64).tolist() for name, value in values.items()}
        return [self._observation(snapshot.step, slot, table) for slot in range(len(self.scans))]

    def _observation(self, step: int, slot: int, table: Mapping[str, Sequence[float]]) -> Observation:
        values = {name: column[slot] for name, column in table.items()}
        events = self.scans[slot].see(step, values["train_accuracy"], values["test_accuracy"])
        return Observation(values, events)

    def _weights(self, snapshot: Snapshot) -> dict[str, Tensor]:
        parameters = snapshot.state.parameters
        numbers = {"weight_norm": weight_norm(parameters)}
        if self.previous is not None:
            numbers["weight_change"] = weight_change(parameters, self.previous)
        self.previous = parameters.detach().clone()
        return numbers


def _performance(snapshot: Snapshot, looks: Sequence[PointLook]) -> dict[str, Tensor]:
    """Loss and accuracy on both parts, and the looks at the activations of test examples."""
    numbers: dict[str, Tensor] = {}
    sites = sorted({look.site for look in looks})
    points: dict[str, list[Tensor]] = {site: [] for site in sites}
    for part, index in (("train", snapshot.population.train), ("test", snapshot.population.test)):
        losses, right, count = [], [], 0
        for chunk in snapshot.evaluate(index, sites if part == "test" else ()):
            losses.append(chunk.losses.double().sum(dim=-1))
            right.append(_right(chunk))
            count += chunk.labels.shape[1]
            for site, values in chunk.activations.items():
                points[site].append(values[:, : max(0, MAX_POINTS - chunk.start)])
        numbers[f"{part}_loss"] = torch.stack(losses).sum(dim=0) / count
        numbers[f"{part}_accuracy"] = torch.stack(right).sum(dim=0) / count
    clouds = {site: torch.cat(pieces, dim=1) for site, pieces in points.items() if pieces}
    return numbers | _look(clouds, looks)


def _right(chunk: Chunk) -> Tensor:
    """Count right answers per lane."""
    return (accuracy(chunk.logits, chunk.labels) * chunk.labels.shape[1]).round()


def _look(clouds: Mapping[str, Tensor], looks: Sequence[PointLook]) -> dict[str, Tensor]:
    numbers: dict[str, Tensor] = {}
    for look in looks:
        if look.site in clouds and clouds[look.site].shape[1] >= 2:
            cloud = clouds[look.site].flatten(start_dim=2)
            numbers |= {look.prefix + name: value for name, value in look.measure(cloud).items()}
    return numbers
