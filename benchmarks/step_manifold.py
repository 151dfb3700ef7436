"""Steps of the manifold protocol: a two-layer transformer, batches of 512, evaluated every 1000 steps."""

from typing import Any

from benchmarks import stepping

LANES = (1, 4, 8)


def measure(quick: bool) -> dict[str, Any]:
    return stepping.measure("manifold", LANES, quick)
