"""How long it takes to look at one snapshot, for looks that training does not wait for: each is tried."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from latebloom.looks import Look
from latebloom.spec import Spec

TRIAL = 1.0  # seconds from which a first try counts, though it may have loaded a library
LIMIT = 20.0  # seconds after which no other look is tried
NOT_TRIED = frozenset({"local_learning_coefficient"})  # thousands of gradients of the whole loss
BEGUN = (
    1.0  # seconds of training before: clouds of points that have begun to order take longer than drawn ones
)
OTHER_WEIGHTS = 1.001  # a factor, so that nothing that was computed of the weights before is found again

Seconds = Mapping[Look, float]


def seconds_of_looks(wanted: Mapping[Look, Spec], *, limit: float = LIMIT) -> dict[Look, float]:
    """Take each look of a run trained for a moment, twice, on one thread, and tell how long the second time took.

    Looks at one run are taken one after the other, since several of the same points share what they compute.
    What it takes to read a snapshot and to store its numbers is not in it.
    Left out is what takes too long to be tried: the local learning coefficient, UMAP planes, which take most of a
    minute to compile, and what is left once `limit` seconds have gone by.

    Args:
        wanted: each look, with a run that it is to be taken of; runs of other sizes are taken to be as dear.
        limit: seconds.
    """
    began, found = time.monotonic(), dict[Look, float]()
    for spec in dict.fromkeys(wanted.values()):
        own = [look for look, run in wanted.items() if run is spec and _can_be_tried(look)]
        if own and time.monotonic() - began < limit:
            found |= _tried(spec, own, began + limit)
    return found


def _can_be_tried(look: Look) -> bool:
    return look.measure not in NOT_TRIED and "umap" not in dict(look.options).values()


def _tried(spec: Spec, looks: Sequence[Look], deadline: float) -> dict[Look, float]:
    from latebloom.engine import train
    from latebloom.looks import subject_of
    from latebloom.looks.sight import gather_all
    from latebloom.looks.taking import take
    from latebloom.running.arithmetic import arithmetic
    from latebloom.running.build import population_of

    found: dict[Look, float] = {}
    with arithmetic(1, spec.training.precision):
        population, state = population_of([spec])
        initial = state.parameters.clone()
        training = train(population, state, range(spec.steps + 1))
        snapshot, began = next(training), time.monotonic()
        while time.monotonic() - began < BEGUN and (further := next(training, None)):
            snapshot = further
        for _ in range(2):
            for look in looks:
                if found.get(look, 0.0) > TRIAL or time.monotonic() > deadline:
                    continue
                before = time.monotonic()
                take([look], gather_all([look], snapshot, initial, initial), [subject_of(spec.task)])
                found[look] = time.monotonic() - before
            state.parameters.mul_(OTHER_WEIGHTS)
    return found


def looked(specs: Sequence[Spec], looks: Sequence[Look]) -> dict[Look, int]:
    """Count how often each look is taken of the snapshots of these runs."""
    return {
        look: sum(sum(map(look.due, spec.snapshot_steps)) for spec in specs) for look in dict.fromkeys(looks)
    }


def seconds_of(counts: Mapping[Look, int], seconds: Seconds) -> float:
    """Add up what the looks take that were tried."""
    return sum(count * seconds.get(look, 0.0) for look, count in counts.items())


def not_counted(counts: Mapping[Look, int], seconds: Seconds) -> tuple[str, ...]:
    """Name the looks whose time is not known."""
    return tuple(look.text for look, count in counts.items() if count and look not in seconds)


def with_measuring(training: float, busy: float, measuring: float, cores: int) -> float:
    """Tell when all is done: measuring takes what training leaves of the cores, and all of them once that is over.

    Args:
        training: seconds until it is trained.
        busy: seconds that training keeps one core busy.
        measuring: seconds of one core that looks take.
        cores: how many there are.

    >>> with_measuring(100.0, 100.0, 60.0, 2), with_measuring(100.0, 200.0, 60.0, 2)
    (100.0, 130.0)
    """
    return max(training, (busy + measuring) / cores) if measuring else training
