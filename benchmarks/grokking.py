"""Whether speed changes grokking: steps to the first test accuracy >= 0.9, ours against the plain loop.

Both sides draw initial weights, splits and batches from the same distributions, by different random streams. Equal
distributions of the steps are tested by Mann and Whitney's U; how large a difference that test would have found is
simulated beside it.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from benchmarks import contenders, crowd
from benchmarks.crowd import Call, cores
from benchmarks.rounds import spread, table

CASES = ("demo", "small-transformer")
SEEDS, QUICK_SEEDS = 16, 4
LEVEL, POWER = 0.05, 0.8
SIMULATIONS = 2000
SHIFTS = np.arange(0.05, 2.05, 0.05)


def measure(quick: bool) -> dict[str, Any]:
    """Train both sides, print steps, the test and its power."""
    seeds = QUICK_SEEDS if quick else SEEDS
    found = {protocol: compare(protocol, seeds) for protocol in CASES}
    for protocol, one in found.items():
        print(
            f"{protocol}, {seeds} seeds a side: steps to the first test accuracy >= 0.9, median (least to most)"
        )
        rows = [
            [side, _reached(one[side]), f"{_grokked(one[side])} of {seeds}"] for side in ("ours", "plain")
        ]
        table(["", "steps", "grokked"], rows)
        print(f"equal distributions: p = {one['p']:.3f} (Mann-Whitney, two-sided, level {LEVEL})")
        print(f"a shift of all by {_percent(one['detectable'])} would be found with probability {POWER}")
    return found


def compare(protocol: str, seeds: int) -> dict[str, Any]:
    """Train so many runs on either side and test; runs that never grok count as later than all others."""
    ours = crossings(contenders.ours(protocol, seeds, "first_crossings"))
    plain = crossings(_plain(protocol, seeds))
    return {
        "ours": [None if math.isinf(step) else step for step in ours],
        "plain": [None if math.isinf(step) else step for step in plain],
        "medians": [_finite(median(ours)), _finite(median(plain))],
        "p": p_value(ours, plain),
        "detectable": detectable_shift([*ours, *plain], seeds),
    }


def crossings(answers: Sequence[dict[str, Any]]) -> list[float]:
    """Gather the steps of all processes; inf where a run never crossed."""
    return [math.inf if step is None else float(step) for one in answers for step in one["steps"]]


def p_value(first: Sequence[float], second: Sequence[float]) -> float:
    """Test whether two samples come from one distribution; ties and infinite values are ranked as they are."""
    return float(mannwhitneyu(first, second).pvalue)


def detectable_shift(pooled: Sequence[float], size: int, level: float = LEVEL) -> float | None:
    """Simulate the smallest share by which all steps of one side must grow for the test to find it.

    Both sides are drawn, with replacement, from the pooled steps, `size` each; found means p < level with
    probability `POWER`. None if even threefold steps are not found.
    """
    generator = np.random.default_rng(0)
    shape = (SIMULATIONS, size)
    first, second = generator.choice(np.asarray(pooled), (2, *shape))
    for shift in SHIFTS:
        if _share_found(first, second * (1 + shift), level) >= POWER:
            return float(shift)
    return None


def _share_found(first: NDArray[np.float64], second: NDArray[np.float64], level: float) -> float:
    found = mannwhitneyu(first, second, axis=1, method="asymptotic").pvalue < level
    return float(found.mean())


def _plain(protocol: str, seeds: int) -> list[dict[str, Any]]:
    """Train run after run in a process per core."""
    calls = [
        Call(
            "benchmarks.plain:first_crossings",
            {"protocol": protocol, "seeds": list(range(number, seeds, cores())), "threads": 1},
        )
        for number in range(min(cores(), seeds))
    ]
    return crowd.at_once(calls)


def _grokked(steps: Sequence[float | None]) -> int:
    return sum(step is not None for step in steps)


def _reached(steps: Sequence[float | None]) -> str:
    reached = [step for step in steps if step is not None]
    return spread(reached) if reached else "-"


def _percent(shift: float | None) -> str:
    return f"more than {SHIFTS[-1]:.0%}" if shift is None else f"{shift:.0%}"


def _finite(step: float) -> float | None:
    return None if math.isinf(step) else step
