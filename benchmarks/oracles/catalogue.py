"""Every measure's oracles, by its name."""

from collections.abc import Mapping

from benchmarks.oracles import (
    activations,
    classes,
    dimension,
    fourier,
    functions,
    representations,
    rings,
    theories,
    topology,
    weights,
)
from benchmarks.oracles.oracle import Oracle

ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    **dimension.ORACLES,
    **topology.ORACLES,
    **classes.ORACLES,
    **rings.ORACLES,
    **representations.ORACLES,
    **fourier.ORACLES,
    **activations.ORACLES,
    **weights.ORACLES,
    **theories.ORACLES,
    **functions.ORACLES,
}
