"""Steps of the stages protocol: an embedding MLP, batches of 128, evaluated every epoch."""

from typing import Any

from benchmarks import stepping

LANES = (8, 32)


def measure(quick: bool) -> dict[str, Any]:
    return stepping.measure("stages", LANES, quick)
