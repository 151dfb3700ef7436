"""How long the populations of a study take: the dearest kinds are tried for a moment, the others scaled from those."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from latebloom.looks import Look
from latebloom.running.estimate import Pace, pace_of
from latebloom.spec import Spec

TRIAL = 0.5  # seconds that a kind is stepped, once it is warm
LIMIT = 20.0  # seconds after which no other kind is tried
WARM_UP = 10  # steps before those that are timed, where an epoch has many more
ALIKE = 1.1  # the ratio of operations up to which kinds count as of one size
LARGE = 0.1  # the share of all operations from which a kind is tried though others of its family were
UPDATE = (
    20  # operations of an update for each parameter, forward and backward passes being 6 for each and example
)


@dataclass(frozen=True, eq=False)
class Kind:
    """Populations that take the same time for a step, an evaluation, a look: they differ in lane-wise numbers, lengths.

    Args:
        specs: of one of the populations.
        looks: that training waits for.
        threads, device: that it is trained with.
    """

    specs: tuple[Spec, ...]
    looks: tuple[Look, ...]
    threads: int
    device: str

    @cached_property
    def key(self) -> str:
        """What is equal for all populations of this kind."""
        spec, plain = self.specs[0], self.specs[0].plain
        task = (spec.task.examples, spec.task.length, spec.task.vocabulary, spec.task.classes)
        model = {**plain["model"], "initial_scale": None}
        looks = [look.text for look in self.looks]
        return repr((self._arithmetic, task, model, self._batch, len(self.specs), looks))

    @cached_property
    def family(self) -> str:
        """What is equal for kinds that differ in size alone: of their model, their table, their batch, their lanes."""
        model = self.specs[0].plain["model"]
        fixed = {
            name: model[name] for name in model if name == "layers" or isinstance(model[name], bool | str)
        }
        return repr((self._arithmetic, fixed, [(look.measure, look.site) for look in self.looks]))

    @cached_property
    def step_operations(self) -> float:
        """Count what a step computes, about: for each parameter of each lane."""
        spec = self.specs[0]
        each = 6 * self._batch * spec.task.length + UPDATE
        return float(len(self.specs) * self._parameters * each)

    @cached_property
    def evaluation_operations(self) -> float:
        """Count what an evaluation of the whole table computes, likewise."""
        task = self.specs[0].task
        return float(2 * len(self.specs) * self._parameters * task.examples * task.length)

    def operations(self, spec: Spec) -> float:
        """Count what a whole run of this kind's population computes."""
        return self.step_operations * spec.steps + self.evaluation_operations * len(spec.evaluation_steps)

    @property
    def _arithmetic(self) -> tuple[object, ...]:
        spec, plain = self.specs[0], self.specs[0].plain
        optimizer = {
            name: value for name, value in plain["optimizer"].items() if isinstance(value, bool | str)
        }
        return (optimizer, plain["objective"], spec.training.precision, self.threads, self.device)

    @property
    def _batch(self) -> int:
        return self.specs[0].training.batch or self.specs[0].train_size

    @property
    def _parameters(self) -> int:
        task = self.specs[0].task
        return self.specs[0].model.parameters(
            vocabulary=task.vocabulary, length=task.length, classes=task.classes
        )


Try = Callable[[Kind], Pace]


def try_kind(kind: Kind) -> Pace:
    """Train a kind's population for a moment in this process."""
    return pace_of(kind.specs, kind.device, kind.threads, trial=TRIAL, looks=kind.looks, warm_up=WARM_UP)


@dataclass(frozen=True)
class Paces:
    """How long kinds take, by their key; `tried` are those that were measured, the others are scaled."""

    by_kind: Mapping[str, Pace]
    tried: frozenset[str]
    seconds: float


def paces(
    demand: Mapping[Kind, float],
    *,
    limit: float = LIMIT,
    attempt: Try = try_kind,
    on_trial: Callable[[int, int], None] = lambda _done, _most: None,
) -> Paces:
    """Find out how long each kind takes.

    Of each family the largest kind and the smallest are tried, and every kind with a tenth of all operations; the
    others lie on the line between their neighbours by counted operations. Once `limit` seconds have gone by, nothing
    else is tried: what is left is scaled in proportion to its nearest relative.

    Args:
        demand: how many operations there are of each kind, over all its populations; kinds of equal keys are one.
        limit: seconds.
        attempt: tries one.
        on_trial: hears how many were tried, and of how many at most.
    """
    kinds: dict[str, Kind] = {}
    weights: dict[str, float] = {}
    for kind, operations in demand.items():
        kinds.setdefault(kind.key, kind)
        weights[kind.key] = weights.get(kind.key, 0.0) + operations
    order = _to_be_tried(list(kinds.values()), weights)
    tried: dict[str, Pace] = {}
    began = time.monotonic()
    for place, kind in enumerate(order):
        if tried and time.monotonic() - began > limit:
            break
        on_trial(place, len(order))
        tried[kind.key] = attempt(kind)
    known = [(kinds[key], pace) for key, pace in tried.items()]
    found = {key: tried.get(key) or _scaled(kind, known) for key, kind in kinds.items()}
    return Paces(found, frozenset(tried), time.monotonic() - began)


def _to_be_tried(kinds: Sequence[Kind], weights: Mapping[str, float]) -> list[Kind]:
    """Order the kinds that are worth a trial: the largest of each family, the smallest, then those that weigh much."""
    families: dict[str, list[Kind]] = {}
    for kind in sorted(kinds, key=lambda one: one.step_operations):
        families.setdefault(kind.family, []).append(kind)
    heaviest = sorted(families.values(), key=lambda own: -sum(weights[kind.key] for kind in own))
    largest = [own[-1] for own in heaviest]
    smallest = [own[0] for own in heaviest if own[-1].step_operations > ALIKE * own[0].step_operations]
    heavy = sorted(kinds, key=lambda kind: -weights[kind.key])
    most = LARGE * sum(weights.values())
    chosen = [*largest, *smallest, *(kind for kind in heavy if weights[kind.key] >= most)]
    return list({kind.key: kind for kind in chosen}.values())


def _scaled(kind: Kind, known: Sequence[tuple[Kind, Pace]]) -> Pace:
    """Scale from kinds that were tried: of the same family, else of the same model, else of any."""
    model = kind.specs[0].model.name
    own = [one for one in known if one[0].family == kind.family]
    same = [one for one in known if one[0].specs[0].model.name == model]
    chosen = own or [
        min(same or known, key=lambda one: abs(np.log(one[0].step_operations / kind.step_operations)))
    ]
    steps = [(other.step_operations, pace.step) for other, pace in chosen]
    evaluations = [(other.evaluation_operations, pace.evaluation) for other, pace in chosen]
    return Pace(
        start=float(np.mean([pace.start for _, pace in chosen])),
        step=_between(kind.step_operations, steps),
        evaluation=_between(kind.evaluation_operations, evaluations),
        looks=_scaled_looks(kind, chosen),
        loading=chosen[0][1].loading,
    )


def _scaled_looks(kind: Kind, known: Sequence[tuple[Kind, Pace]]) -> tuple[tuple[Look, float], ...]:
    """Scale each look from the same one of the others; where these have others, from their mean."""
    looks = [look for look in kind.looks if not look.dear]
    found: list[tuple[Look, float]] = []
    for place, look in enumerate(looks):
        seconds = [
            (other.evaluation_operations, _seconds_of_look(pace, place, len(looks))) for other, pace in known
        ]
        found.append((look, _between(kind.evaluation_operations, seconds)))
    return tuple(found)


def _seconds_of_look(pace: Pace, place: int, count: int) -> float:
    seconds = [seconds for _, seconds in pace.looks]
    if len(seconds) == count:
        return seconds[place]
    return sum(seconds) / len(seconds) if seconds else 0.0


def _between(operations: float, known: Iterable[tuple[float, float]]) -> float:
    """Read a time off the line through those that are known; of one alone, in proportion."""
    counts, seconds = zip(*sorted(known), strict=True)
    if len(set(counts)) == 1:
        return float(np.mean(seconds)) * operations / counts[0]
    return float(np.interp(operations, counts, seconds))
