"""What a population needs: memory by formula, before anything is built; time by trying."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from latebloom.errors import InputError
from latebloom.looks import Look
from latebloom.portioning import lanes_at_once
from latebloom.spec import Spec

if TYPE_CHECKING:
    from latebloom.engine import Snapshot
    from latebloom.observe import Observer

PROCESS_BYTES = 680_000_000  # a worker with torch loaded, and what it keeps while it records its programs
WARM_UP = 50  # steps before those that are timed, at most
MANY = 8  # steps of which the longest may be left out of a mean
SHARE = 0.85  # of the machine's memory that runs may take
KEPT = 2.5  # times the activations of a forward pass: their gradients too, and pages that each thread keeps
ROWS = 10  # copies of the parameters: values, gradients twice while joined, two moments, looks, an update
MOST_LANES = 1_000_000
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_of(spec: Spec, lanes: int, *, threads: int = 1, device: str = "cpu") -> int:
    """Estimate the bytes that lanes of this kind take while one process trains and evaluates them, beside the process.

    Every lane keeps its parameters' copies and its table; activations, those that are differentiated at the same time.
    """
    sizes = {"vocabulary": spec.task.vocabulary, "length": spec.task.length, "classes": spec.task.classes}
    width = 8 if spec.training.precision == "float64" else 4
    batch = spec.training.batch or spec.train_size
    rows = ROWS * spec.model.parameters(**sizes)
    activations = int(KEPT * batch * spec.model.activations(**sizes))
    table = 3 * 8 * spec.task.examples * (spec.task.length + 2)
    at_once = lanes if device != "cpu" else threads * lanes_at_once(lanes, threads, _widest(spec) * batch)
    return lanes * (width * rows + table) + min(lanes, at_once) * width * activations


def _widest(spec: Spec) -> int:
    """Count the numbers in the widest layer for one example, or fewer: the estimate must not be too low."""
    sizes = [value for value in spec.plain["model"].values() if isinstance(value, int)]
    return spec.task.length * max(spec.task.vocabulary, spec.task.classes, *sizes)


def machine_memory() -> int:
    """Tell how many bytes this machine has, or this container may use."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CGROUP_LIMIT.read_text().strip() if CGROUP_LIMIT.exists() else "max"
    return min(physical, int(limit)) if limit.isdigit() else physical


def lanes_that_fit(spec: Spec, workers: int, *, threads: int = 1, device: str = "cpu") -> int:
    """Count the lanes of this kind that one of `workers` processes can hold; at least 1."""
    free = SHARE * machine_memory() / workers - PROCESS_BYTES
    counts = range(1, MOST_LANES)
    return max(
        1, bisect_right(counts, free, key=lambda n: memory_of(spec, n, threads=threads, device=device))
    )


def check_memory(specs: Sequence[Spec], workers: int) -> None:
    """Refuse runs that cannot be trained here even one at a time in each worker.

    Raises:
        InputError: with what is needed and what there is.
    """
    have = SHARE * machine_memory()
    for shape in {spec.shape(): spec for spec in specs}.values():
        need = workers * (PROCESS_BYTES + memory_of(shape, 1))
        if need > have:
            raise InputError(
                f"{shape.id} needs about {memory_of(shape, 1) / 1e9:,.1f} GB a lane, {need / 1e9:,.1f} GB with "
                f"{workers} at once; {have / 1e9:,.1f} GB can be used: {_advice(shape, have, workers)} would fit"
            )


def _advice(spec: Spec, have: float, workers: int) -> str:
    fitting = int(have // (PROCESS_BYTES + memory_of(spec, 1)))
    return f"--workers {fitting}" if 1 <= fitting < workers else "a smaller model, batch or modulus"


@dataclass(frozen=True)
class Pace:
    """How long a population takes, in seconds: to start, for a step, for an evaluation, for each look at its steps.

    `loading` is what a fresh process needs before it starts its first population.
    """

    start: float
    step: float
    evaluation: float
    looks: tuple[tuple[Look, float], ...] = ()
    loading: float = 0.0

    def seconds(self, spec: Spec) -> float:
        """Predict the time of all steps, evaluations and looks of a spec, in a process that has loaded."""
        plain = self.start + self.step * spec.steps + self.evaluation * len(spec.evaluation_steps)
        return plain + sum(each * sum(map(look.due, spec.evaluation_steps)) for look, each in self.looks)


def pace_of(
    specs: Sequence[Spec],
    device: str,
    threads: int,
    *,
    trial: float = 2.0,
    looks: Sequence[Look] = (),
    warm_up: int = WARM_UP,
) -> Pace:
    """Train the population for a moment, in this process, and measure it, after first steps that warm up.

    Args:
        specs, device, threads: of the population, and what it is trained with.
        trial: how many seconds to step.
        looks: each is taken twice, and the second time counts, unless the first took longer than `trial`; dear ones
            are not taken, since training does not wait for them.
        warm_up: steps before those that are timed, where an epoch has more than `WARM_UP`.

    A start is what it takes to build, step and evaluate for the first time.
    """
    loading = _seconds_to_load()
    began = time.monotonic()
    from latebloom.engine import train
    from latebloom.events import Criteria
    from latebloom.looks import subject_of
    from latebloom.observe import DEFAULT_LOOKS, Observer
    from latebloom.running.arithmetic import arithmetic
    from latebloom.running.build import population_of

    with arithmetic(threads, specs[0].training.precision):
        population, state = population_of(specs, device)
        observer = Observer.start(len(specs), Criteria())
        # The last batch of an epoch has a shape, and so a program, of its own.
        epoch = population.steps_per_epoch
        first = epoch if epoch <= WARM_UP else warm_up
        training = train(population, state, itertools.count(first))
        observer.see(next(training))
        start = time.monotonic() - began
        steps = list[float]()
        while sum(steps) < trial or len(steps) < 3:
            before = time.monotonic()
            next(training)
            steps.append(time.monotonic() - before)
        evaluation = median(_seconds_to_see(observer, next(training)) for _ in range(3))
        observer.subjects = [subject_of(spec.task) for spec in specs] if looks else ()
        observer.initial = state.parameters.clone()
        taken = list[tuple[Look, float]]()
        for look in looks:
            if not look.dear:
                observer.looks = list(dict.fromkeys((*DEFAULT_LOOKS, replace(look, every=0))))
                seconds = _seconds_to_see(observer, next(training))
                if seconds < trial:
                    seconds = _seconds_to_see(observer, next(training))
                taken.append((look, seconds))
    step = _mean_step(steps)
    each = tuple((look, max(0.0, seconds - evaluation)) for look, seconds in taken)
    return Pace(max(0.0, start - step * first), step, evaluation, each, loading)


def _mean_step(seconds: Sequence[float]) -> float:
    """Average the steps without the longest: one may be an epoch's last, whose program is recorded then."""
    ordered = sorted(seconds)
    kept = ordered[:-1] if len(ordered) >= MANY else ordered
    return sum(kept) / len(kept)


def _seconds_to_see(observer: Observer, snapshot: Snapshot) -> float:
    before = time.monotonic()
    observer.see(snapshot)
    return time.monotonic() - before


@cache
def _seconds_to_load() -> float:
    before = time.monotonic()
    subprocess.run([sys.executable, "-c", "import latebloom.running.training"], check=True)
    return time.monotonic() - before
