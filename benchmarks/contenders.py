"""The contenders on all cores: ours as its command parts lanes into processes, and the plain loop in two ways."""

from typing import Any

from benchmarks import crowd
from benchmarks.crowd import Call, cores
from benchmarks.protocols import PROTOCOLS
from latebloom.running.plan import Options, portions, worker_count

PUBLISHED, PARTED = "plain loop", "plain, a process per core"
RIVALS = {PUBLISHED: 1, PARTED: cores()}
"""The published practice, one run in one process that uses all cores; and as many runs at once as there are cores."""

Answers = list[dict[str, Any]]


def ours(protocol: str, lanes: int, function: str = "timing", **arguments: Any) -> Answers:
    """Call a function of `benchmarks.ours` in a process for each portion of the lanes."""
    workers = worker_count(Options(), "cpu", lanes)
    parts = portions(PROTOCOLS[protocol].specs(range(lanes)), workers)
    threads = max(1, cores() // workers)
    calls = [
        Call(
            f"benchmarks.ours:{function}",
            {"protocol": protocol, "seeds": [spec.seed for spec in part], "threads": threads, **arguments},
        )
        for part in parts
    ]
    return crowd.at_once(calls, keep_pages=True)


def plain(protocol: str, processes: int, **arguments: Any) -> Answers:
    """Time the plain loop in so many processes at once, the cores parted among their threads."""
    threads = max(1, cores() // processes)
    calls = [
        Call("benchmarks.plain:timing", {"protocol": protocol, "seed": seed, "threads": threads, **arguments})
        for seed in range(processes)
    ]
    return crowd.at_once(calls)


def matrix_speed(protocol: str, seconds: float) -> float:
    """Multiply matrices of the protocol's own shapes on all cores; return operations per second."""
    call = Call("benchmarks.limit:timing", {"protocol": protocol, "seconds": seconds, "threads": 1})
    answers = crowd.at_once([call] * cores(), keep_pages=True)
    return sum(answer["operations per second"] for answer in answers)
