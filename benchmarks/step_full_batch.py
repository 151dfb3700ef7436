"""Steps of full batches: a one-layer transformer on 3830 examples, evaluated every 100 steps."""

from typing import Any

from benchmarks import stepping

LANES = (1, 4)


def measure(quick: bool) -> dict[str, Any]:
    return stepping.measure("full-batch", LANES, quick)
