"""Four lanes of the manifold protocol on all cores: one process with threads, or a process per core."""

from functools import partial
from statistics import median
from typing import Any

from benchmarks import crowd
from benchmarks.crowd import Call, cores
from benchmarks.rounds import alternate, effort, ratio, spread, table

LANES = 4


def together(processes: int, seconds: float) -> float:
    """Train the lanes in so many processes at once; return lane-steps per second of all."""
    calls = [
        Call(
            "benchmarks.ours:timing",
            {
                "protocol": "manifold",
                "seeds": list(range(number, LANES, processes)),
                "threads": cores() // processes,
                "seconds": seconds,
            },
        )
        for number in range(processes)
    ]
    return sum(one["lanes"] / one["step"] for one in crowd.at_once(calls, keep_pages=True))


def measure(quick: bool) -> dict[str, Any]:
    """Time both ways alternately and print the medians."""
    seconds, rounds = effort(quick).seconds, effort(quick).rounds
    parts = min(cores(), LANES)
    ways = {
        f"1 process, {cores()} threads": partial(together, 1, seconds),
        f"{parts} processes, {cores() // parts} thread(s) each": partial(together, parts, seconds),
    }
    found = alternate(ways, rounds)
    threaded, parted = found.values()
    rows = [[name, spread(speeds), f"{1000 / median(speeds):.1f}"] for name, speeds in found.items()]
    table(["", "lane-steps/s", "ms a lane-step"], rows)
    faster = ratio(parted, threaded)
    print(f"a process per core is {faster:.2f} times as fast (median of {rounds} pairs, {LANES} lanes)")
    return {"threads": threaded, "processes": parted, "ratio": faster, "lanes": LANES, "cores": cores()}
