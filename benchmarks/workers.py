"""Four lanes of the manifold protocol on all cores: one process with threads, or a process per core."""

from statistics import median

from benchmarks.crowd import at_once, cores, spread

LANES = 4
SECONDS = 6.0
PAIRS = 5


def together(processes: int, threads: int, lanes: int = LANES) -> float:
    """Train lanes in so many processes at once; return lane-steps per second of all."""
    call = f"stepping({lanes // processes}, {threads}, {SECONDS})"
    program = f"from benchmarks.ours import stepping; {call}"
    return at_once([program] * processes, keep_pages=True)


def measure() -> dict[str, object]:
    """Time both ways alternately and print the medians."""
    threaded, parted = [], []
    for _ in range(PAIRS):
        threaded.append(together(1, cores()))
        parted.append(together(cores(), 1))
    ratio = median(ours / theirs for ours, theirs in zip(parted, threaded, strict=True))
    for name, found in (
        (f"1 process, {cores()} threads", threaded),
        (f"{cores()} processes, 1 thread each", parted),
    ):
        print(f"{name:<28} {spread(found)} lane-steps/s  {1000 / median(found):6.1f} ms a lane-step")
    print(f"a process per core is {ratio:.2f} times as fast (median of {PAIRS} pairs, {LANES} lanes)")
    return {"threads": threaded, "processes": parted, "ratio": ratio, "lanes": LANES, "cores": cores()}
