"""Peak memory of a training process against the estimate that refuses what would not fit."""

import resource
from typing import Any

from benchmarks import crowd
from benchmarks.crowd import Call, Ready
from benchmarks.rounds import table

CASES = (
    ("manifold-addition", 1, 1),
    ("manifold-addition", 8, 1),
    ("manifold-addition", 8, 2),
    ("manifold-addition", 64, 1),
    ("stages", 8, 1),
    ("gromov", 4, 1),
    ("gromov", 4, 2),
    ("nanda", 2, 1),
)
"""Preset, lanes, threads."""
QUICK = 3  # cases


def peak(preset: str, lanes: int, threads: int, *, ready: Ready) -> dict[str, int]:
    """Train and evaluate a population for a few steps; return this process's peak and the estimate in bytes."""
    import torch

    from latebloom.engine import train
    from latebloom.events import Criteria
    from latebloom.observe import Observer
    from latebloom.running.build import population_of
    from latebloom.running.estimate import PROCESS_BYTES, memory_of
    from latebloom.spec import read_request

    ready()
    torch.set_num_threads(threads)
    specs = read_request(preset, seeds=lanes).specs[:lanes]
    population, state = population_of(specs)
    observer = Observer.start(lanes, Criteria())
    for snapshot in train(population, state, [2, 4]):
        observer.see(snapshot)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"peak": used, "estimate": PROCESS_BYTES + memory_of(specs[0], lanes, threads=threads)}


def measure(quick: bool) -> dict[str, Any]:
    """Measure each case in a process of its own and print the table."""
    found: dict[str, Any] = {}
    for preset, lanes, threads in CASES[:QUICK] if quick else CASES:
        call = Call("benchmarks.memory:peak", {"preset": preset, "lanes": lanes, "threads": threads})
        found[f"{preset} x {lanes}{', two threads' if threads == 2 else ''}"] = crowd.at_once(
            [call], keep_pages=True
        )[0]
    rows = [
        [
            name,
            f"{one['peak'] / 1e6:,.0f}",
            f"{one['estimate'] / 1e6:,.0f}",
            f"{one['estimate'] / one['peak']:.2f}",
        ]
        for name, one in found.items()
    ]
    table(["preset x lanes", "peak MB", "estimate MB", "estimate / peak"], rows)
    return found
