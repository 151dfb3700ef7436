"""Peak memory of a training process against the estimate that refuses what would not fit."""

import os
import subprocess
import sys

CASES = (
    ("manifold-addition", 1),
    ("manifold-addition", 8),
    ("manifold-addition", 64),
    ("stages", 8),
    ("gromov", 4),
    ("nanda", 2),
)


def peak(preset: str, lanes: int) -> None:
    """Train and evaluate a population for a few steps; print its peak and its estimate in bytes."""
    import resource

    import torch

    from latebloom.engine import train
    from latebloom.events import Criteria
    from latebloom.observe import Observer
    from latebloom.running.build import population_of
    from latebloom.running.estimate import PROCESS_BYTES, memory_of_lane
    from latebloom.spec import read_request

    torch.set_num_threads(1)
    specs = read_request(preset, seeds=lanes).specs[:lanes]
    population, state = population_of(specs)
    observer = Observer.start(lanes, Criteria())
    for snapshot in train(population, state, [2, 4]):
        observer.see(snapshot)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(f"{used} {PROCESS_BYTES + lanes * memory_of_lane(specs[0])}\n")


def measure() -> dict[str, object]:
    """Measure each case in a process of its own and print the table."""
    found: dict[str, object] = {}
    for preset, lanes in CASES:
        code = f"from benchmarks.memory import peak; peak({preset!r}, {lanes})"
        answer = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
        )
        used, estimated = map(int, answer.stdout.split())
        found[f"{preset} x {lanes}"] = {"peak": used, "estimate": estimated}
        ratio = f"estimate / peak {estimated / used:.2f}"
        print(
            f"{preset:<20} {lanes:>3} lanes  peak {used / 1e6:7.0f} MB  estimate {estimated / 1e6:7.0f} MB  {ratio}"
        )
    return found
