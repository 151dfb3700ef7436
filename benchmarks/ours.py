"""What is timed of latebloom: the engine and the observer, as a worker runs them."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch

from benchmarks.crowd import Ready
from benchmarks.protocols import PROTOCOLS
from latebloom.engine import Snapshot, State, train
from latebloom.events import Criteria
from latebloom.looks import subject_of
from latebloom.observe import DEFAULT_LOOKS, Observer
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of
from latebloom.spec import Spec


def timing(
    protocol: str,
    seeds: Sequence[int],
    *,
    seconds: float,
    threads: int,
    ready: Ready,
    warm_up: float = 0.5,
    looking: int = 2,
    all_looks: bool = False,
    changes: Sequence[str] = (),
    device: str = "cpu",
) -> dict[str, Any]:
    """Time steps for some seconds, then `looking` evaluations without looks and with the default ones.

    Seconds of a step and of an evaluation of all lanes together; `looks` is what the looks add to an evaluation, and
    with `all_looks` `cheap_looks` what every look adds that training waits for.
    """
    specs = PROTOCOLS[protocol].specs(seeds, changes)
    lanes = len(specs)
    with arithmetic(threads, specs[0].training.precision):
        population, state = population_of(specs, device)
        stops = Stops()
        training = train(population, state, stops)
        snapshot = _train_for(training, warm_up, steps=population.steps_per_epoch)
        bare, full = Observer.start(lanes, Criteria(), ()), Observer.start(lanes, Criteria())
        observers = [bare, full, *([_of_all_looks(specs, state)] if all_looks else [])]
        for observer in observers:
            observer.see(snapshot)
        ready()
        began, first = time.perf_counter(), state.step
        _train_for(training, seconds)
        step = (time.perf_counter() - began) / (state.step - first)
        stops.pause = 0.0
        rounds = []
        for snapshot in itertools.islice(training, looking):
            _wait(snapshot)
            rounds.append([_seconds(observer.see, snapshot) for observer in observers])
        assert torch.isfinite(state.parameters).all()
    evaluation, *more = (median(times) for times in zip(*rounds, strict=True))
    added = [max(0.0, seconds - evaluation) for seconds in more]
    names = ("looks", "cheap_looks")[: len(added)]
    return {"lanes": lanes, "step": step, "evaluation": evaluation, **dict(zip(names, added, strict=True))}


def _of_all_looks(specs: Sequence[Spec], state: State) -> Observer:
    from benchmarks.cheap_looks import cheap_looks

    looks = dict.fromkeys((*DEFAULT_LOOKS, *cheap_looks(specs[0])))
    observer = Observer.start(len(specs), Criteria(), list(looks), [subject_of(spec.task) for spec in specs])
    observer.initial = state.parameters.clone()
    return observer


def first_crossings(
    protocol: str,
    seeds: Sequence[int],
    *,
    threads: int,
    ready: Ready,
    changes: Sequence[str] = (),
    device: str = "cpu",
) -> dict[str, Any]:
    """Train until each lane's first evaluation with test accuracy >= 0.9; None where there is none."""
    specs = PROTOCOLS[protocol].specs(seeds, changes)
    found: list[int | None] = [None] * len(specs)
    with arithmetic(threads, specs[0].training.precision):
        population, state = population_of(specs, device)
        observer = Observer.start(len(specs), Criteria(), ())
        ready()
        for snapshot in train(population, state, specs[0].evaluation_steps):
            for lane, seen in enumerate(observer.see(snapshot)):
                crossed = any(event.name == "grokked_first" for event in seen.events)
                found[lane] = snapshot.step if crossed else found[lane]
            if None not in found:
                break
    return {"steps": found}


@dataclass(eq=False)
class Stops:
    """Rising steps about `pause` seconds apart, as a worker asks for them; one by one where it is 0."""

    pause: float = 0.4

    def __iter__(self) -> Iterator[int]:
        step, stride, since = 0, 1, time.perf_counter()
        while True:
            step += stride
            yield step
            now = time.perf_counter()
            stride = max(1, min(4 * stride, int(stride * self.pause / max(now - since, 1e-4))))
            since = now


def _train_for(training: Iterator[Snapshot], seconds: float, steps: int = 0) -> Snapshot:
    """Train for so many seconds, and at least to that step."""
    began = time.perf_counter()
    while True:
        snapshot = next(training)
        _wait(snapshot)
        if time.perf_counter() - began >= seconds and snapshot.step >= steps:
            return snapshot


def _wait(snapshot: Snapshot) -> None:
    """Read which lanes diverged, as a worker does at every stop: it waits for the device."""
    snapshot.state.diverged_at.tolist()


def _seconds(look: Callable[[Snapshot], object], snapshot: Snapshot) -> float:
    began = time.perf_counter()
    look(snapshot)
    return time.perf_counter() - began
