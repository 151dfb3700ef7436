"""Steps of the manifold protocol, evaluation every 1000 steps included: ours against the plain loop, on all cores."""

from statistics import median

from benchmarks.crowd import at_once, cores, spread
from benchmarks.plain import operations_of_a_step

LANES = (1, 4, 8)
SECONDS = 6.0
PAIRS = 5


def ours(lanes: int) -> float:
    """Train lanes in as many processes as there are cores; return lane-steps per second."""
    processes = min(lanes, cores())
    call = f"stepping({lanes // processes}, {cores() // processes}, {SECONDS})"
    return at_once([f"from benchmarks.ours import stepping; {call}"] * processes, keep_pages=True)


def plain(lanes: int) -> float:
    """Train one run in each of as many processes as there are cores; return steps per second of all."""
    processes = min(lanes, cores())
    call = f"stepping({cores() // processes}, {SECONDS}, seed)"
    programs = [f"seed = {seed}; from benchmarks.plain import stepping; {call}" for seed in range(processes)]
    return at_once(programs, keep_pages=False)


def limit() -> float:
    """Multiply matrices on all cores; return the lane-steps per second that this speed would allow."""
    program = "from benchmarks.plain import matrix_speed; matrix_speed(2.0)"
    return at_once([program] * cores(), keep_pages=True) / operations_of_a_step()


def measure() -> dict[str, object]:
    """Time both alternately, with the limit in each round, and print medians, ratios and distance."""
    found: dict[str, object] = {}
    for lanes in LANES:
        rounds = [(ours(lanes), plain(lanes), limit()) for _ in range(PAIRS)]
        fast, slow, most = zip(*rounds, strict=True)
        ratio = median(a / b for a, b, _ in rounds)
        distance = median(c / a for a, _, c in rounds)
        print(f"{lanes} lanes  ours {spread(fast)}  plain {spread(slow)} lane-steps/s  ratio {ratio:.2f}")
        print(f"         matrix products alone, of the plain form {spread(most)}: {distance:.2f} times ours")
        found[str(lanes)] = {"ours": fast, "plain": slow, "limit": most, "ratio": ratio}
    return found
