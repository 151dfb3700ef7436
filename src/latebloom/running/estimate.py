"""What a population needs: memory by formula, before anything is built; time by trying."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from latebloom.errors import InputError
from latebloom.spec import Spec

PROCESS_BYTES = 450_000_000  # a worker with torch loaded, before any population
SHARE = 0.85  # of the machine's memory that runs may take
ROWS = 7  # copies of the parameters: values, gradients twice while they are joined, two moments, last look, update
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_of_lane(spec: Spec) -> int:
    """Estimate the bytes that one lane takes while it trains and is evaluated."""
    sizes = {"vocabulary": spec.task.vocabulary, "length": spec.task.length, "classes": spec.task.classes}
    width = 8 if spec.training.precision == "float64" else 4
    batch = spec.training.batch or spec.train_size
    rows = ROWS * spec.model.parameters(**sizes)
    activations = 2 * batch * spec.model.activations(**sizes)
    table = 3 * 8 * spec.task.examples * (spec.task.length + 2)
    return width * (rows + activations) + table


def machine_memory() -> int:
    """Tell how many bytes this machine has, or this container may use."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CGROUP_LIMIT.read_text().strip() if CGROUP_LIMIT.exists() else "max"
    return min(physical, int(limit)) if limit.isdigit() else physical


def lanes_that_fit(spec: Spec, workers: int) -> int:
    """Count the lanes of this kind that one of `workers` processes can hold; at least 1."""
    free = SHARE * machine_memory() / workers - PROCESS_BYTES
    return max(1, int(free // memory_of_lane(spec)))


def check_memory(specs: Sequence[Spec], workers: int) -> None:
    """Refuse runs that cannot be trained here even one at a time in each worker.

    Raises:
        InputError: with what is needed and what there is.
    """
    have = SHARE * machine_memory()
    for shape in {spec.shape(): spec for spec in specs}.values():
        need = workers * (PROCESS_BYTES + memory_of_lane(shape))
        if need > have:
            raise InputError(
                f"{shape.id} needs about {memory_of_lane(shape) / 1e9:,.1f} GB a lane, {need / 1e9:,.1f} GB with "
                f"{workers} at once; {have / 1e9:,.1f} GB can be used: {_advice(shape, have, workers)} would fit"
            )


def _advice(spec: Spec, have: float, workers: int) -> str:
    fitting = int(have // (PROCESS_BYTES + memory_of_lane(spec)))
    return f"--workers {fitting}" if 1 <= fitting < workers else "a smaller model, batch or modulus"


def seconds_of_step(specs: Sequence[Spec], device: str, *, trial: float = 1.0) -> tuple[float, float]:
    """Train the population for a moment, in this process and one thread: seconds per step and per evaluation.

    The medians of what was timed after a first step that warms up; `trial` is how many seconds to try.
    """
    import torch

    from latebloom.engine import train
    from latebloom.events import Criteria
    from latebloom.observe import Observer
    from latebloom.running.build import population_of

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        population, state = population_of(specs, device)
        observer = Observer.start(len(specs), Criteria())
        times = list[float]()
        for snapshot in train(population, state, range(1, 10_000)):
            times.append(time.monotonic())
            if times[-1] - times[0] > trial and len(times) > 4:
                before = time.monotonic()
                observer.see(snapshot)
                times.append(time.monotonic() - before)
                break
    finally:
        torch.set_num_threads(threads)
    *ends, evaluation = times
    return median(later - earlier for earlier, later in itertools.pairwise(ends)), evaluation
