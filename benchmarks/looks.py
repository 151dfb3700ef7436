"""What looking costs every 1000 steps of four lanes of the manifold protocol: default looks, and all cheap ones."""

from statistics import median
from typing import Any

from benchmarks import contenders
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import alternate, effort, spread, table

PROTOCOL, LANES = "manifold", 4
LOOKINGS = 4


def measure(quick: bool) -> dict[str, Any]:
    """Time training, evaluations and looks; print the share of the training time that each of the latter takes."""
    looking = 3 if quick else LOOKINGS
    seconds = effort(quick).seconds
    rounds = alternate(
        {"ours": lambda: contenders.ours(PROTOCOL, LANES, seconds=seconds, looking=looking, all_looks=True)},
        effort(quick).rounds,
    )["ours"]
    every = PROTOCOLS[PROTOCOL].every
    found = {
        name: [_mean(one[name] for one in answers) for answers in rounds]
        for name in ("evaluation", "looks", "cheap_looks")
    }
    training = [every * _mean(one["step"] for one in answers) for answers in rounds]
    shares = {
        name: [part / whole for part, whole in zip(values, training, strict=True)]
        for name, values in found.items()
    }
    print(f"{LANES} lanes on all cores; {every} steps take {spread(training)} s, median (least to most)")
    rows = [
        [name, spread([1000 * value for value in found[name]]), spread([100 * value for value in values])]
        for name, values in shares.items()
    ]
    table(["", "ms", "% of the training time"], rows)
    return {
        "seconds": found,
        "training": training,
        "shares": shares,
        "share": {name: median(values) for name, values in shares.items()},
    }


def _mean(values: Any) -> float:
    listed = list(values)
    return sum(listed) / len(listed)
