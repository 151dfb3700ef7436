"""Four lanes of the manifold protocol on all cores: one process with threads, or a process per core."""

import os
import subprocess
import sys
import time
from statistics import median

LANES = 4
SECONDS = 6.0
PAIRS = 5


def stepping(lanes: int, threads: int, seconds: float) -> None:
    """Train lanes for some seconds after a warm-up; print lane-steps per second. Waits for a line before it begins."""
    import torch

    from latebloom.engine import train
    from latebloom.running.build import population_of
    from latebloom.spec import read_request

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    population, state = population_of(read_request("manifold-addition", seeds=lanes).specs)
    steps = iter(range(1, 1_000_000))
    training = train(population, state, steps)
    for _ in range(5):
        next(training)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began, first = time.perf_counter(), state.step
    while time.perf_counter() - began < seconds:
        next(training)
    sys.stdout.write(f"{lanes * (state.step - first) / (time.perf_counter() - began)}\n")


def together(processes: int, threads: int) -> float:
    """Run processes at once, the lanes parted among them; return lane-steps per second of all."""
    code = f"from benchmarks.workers import stepping; stepping({LANES // processes}, {threads}, {SECONDS})"
    command = [sys.executable, "-c", code]
    keep_pages = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
    crowd = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **keep_pages},
        )
        for _ in range(processes)
    ]
    for one in crowd:
        one.stdout.readline()
    for one in crowd:
        one.stdin.write("go\n")
        one.stdin.flush()
    return sum(float(one.communicate()[0]) for one in crowd)


def measure() -> dict[str, object]:
    """Time both ways alternately and print the medians."""
    cores = len(os.sched_getaffinity(0))
    threaded, parted = [], []
    for _ in range(PAIRS):
        threaded.append(together(1, cores))
        parted.append(together(cores, 1))
    ratio = median(ours / theirs for ours, theirs in zip(parted, threaded, strict=True))
    for name, found in (
        (f"1 process, {cores} threads", threaded),
        (f"{cores} processes, 1 thread each", parted),
    ):
        rate = median(found)
        spread = f"({min(found):.1f} to {max(found):.1f})"
        print(f"{name:<28} {rate:7.1f} lane-steps/s  {1000 / rate:6.1f} ms a lane-step  {spread}")
    print(f"a process per core is {ratio:.2f} times as fast (median of {PAIRS} pairs, {LANES} lanes)")
    return {"threads": threaded, "processes": parted, "ratio": ratio, "lanes": LANES, "cores": cores}
