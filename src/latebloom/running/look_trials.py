"""How long it takes to look at one snapshot, for looks that training does not wait for: each is tried."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING

from latebloom.looks import Look
from latebloom.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor

TRIAL = 1.0  # seconds for which a look is taken again; where its first time takes as long, that counts
LIMIT = 20.0  # seconds after which no other look is tried
NOT_TRIED = frozenset({"local_learning_coefficient"})  # thousands of gradients of the whole loss
BEGUN = 1.0  # seconds of training before: clouds that have begun to order take longer than drawn ones
RUNS = 3  # that are looked at, since one's cloud may take thrice as long as another's
MOMENTS = 3  # of that training at which they are
OTHER_WEIGHTS = 1.001  # a factor, so that nothing that was computed of the same weights is found again

Seconds = Mapping[Look, float]


def seconds_of_looks(wanted: Mapping[Look, Sequence[Spec]], *, limit: float = LIMIT) -> dict[Look, float]:
    """Take each look, on one thread, of some runs trained for a moment, and tell how long it takes for one run.

    It is taken of one run at the end of that moment, to load what it needs, then of one after the other at different
    steps until `TRIAL` seconds have gone by. Looks at one run are taken one after the other, since several of the same
    points share what they compute. What it takes to read a snapshot and to store its numbers is not in it.
    Left out is what takes too long to be tried: the local learning coefficient, UMAP planes, which take most of a
    minute to compile, and what is left once `limit` seconds have gone by.

    Args:
        wanted: each look, with runs that it is to be taken of: the first `RUNS` of the first one's shapes are
            looked at, and others are taken to be as dear.
        limit: seconds.
    """
    began, found = time.monotonic(), dict[Look, float]()
    chosen = {look: _alike(specs) for look, specs in wanted.items() if _can_be_tried(look)}
    for specs in dict.fromkeys(chosen.values()):
        if time.monotonic() - began < limit:
            own = [look for look, runs in chosen.items() if runs == specs]
            found |= _tried(specs, own, began + limit)
    return found


def _alike(specs: Sequence[Spec]) -> tuple[Spec, ...]:
    """Choose the first runs that can be trained as one program."""
    shape = specs[0].shape()
    return tuple(islice((spec for spec in specs if spec.shape() == shape), RUNS))


def _can_be_tried(look: Look) -> bool:
    return look.measure not in NOT_TRIED and "umap" not in dict(look.options).values()


def _tried(specs: Sequence[Spec], looks: Sequence[Look], deadline: float) -> dict[Look, float]:
    from latebloom.engine import Snapshot, train
    from latebloom.engine.snapshot import Evaluations
    from latebloom.looks import subject_of
    from latebloom.looks.sight import gather_all
    from latebloom.looks.taking import take
    from latebloom.running.arithmetic import arithmetic
    from latebloom.running.build import population_of

    found: dict[Look, list[float]] = {}
    subjects = [subject_of(specs[0].task)]
    with arithmetic(1, specs[0].training.precision):
        population, state = population_of(specs)
        one, shown = population.keep([0]), state.keep([0])
        initial, evaluations = shown.parameters.clone(), Evaluations(one)
        training = train(population, state, range(specs[0].steps + 1))
        moments, began = list["Tensor"](), time.monotonic()
        for share in range(1, MOMENTS + 1):
            while time.monotonic() - began < BEGUN * share / MOMENTS and next(training, None):
                pass
            moments.append(state.parameters.clone())
        runs = len(specs)  # each at each moment, the last moment first; before all else the first to load
        pairs = [(moment, (moment + more) % runs) for more in range(runs) for moment in range(MOMENTS)]
        for place, (moment, run) in enumerate([pairs[0], *pairs]):
            shown.parameters.copy_(moments[-1 - moment][run] * OTHER_WEIGHTS**place)
            snapshot = Snapshot(one, shown, evaluations)
            for look in looks:
                if sum(found.get(look, ())) > TRIAL or time.monotonic() > deadline:
                    continue
                before = time.monotonic()
                take([look], gather_all([look], snapshot, initial, initial), subjects)
                found.setdefault(look, []).append(time.monotonic() - before)
    return {look: _without_first(taken) for look, taken in found.items()}


def _without_first(seconds: Sequence[float]) -> float:
    """Average all but the first, if there are others."""
    return fmean(seconds[1:] or seconds)


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


def busy_cores(device: str, threads: int) -> int:
    """Tell how many cores a training process keeps busy: on a GPU the one that launches its kernels."""
    return threads if device == "cpu" else 1


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
