"""Oracles of pieces and loops."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from tests.measures.clouds import clifford_torus, clusters, lattice, noisy_circle, polygon

from benchmarks.oracles.oracle import ABSOLUTE, RELATIVE, WRONG, Arrays, Inputs, Oracle, exact

CORNERS, BARS = 97, 400


def _torus() -> Arrays:
    """A grid of 20 x 20 points, whose square meshes are loops shorter than the threshold."""
    return {"points": clifford_torus(20), "threshold": 2.02 * math.sin(math.pi / 20)}


def _two_circles() -> Arrays:
    return {"points": torch.cat([polygon(40), polygon(40) + 10.0]), "threshold": 0.5}


def _ripser(given: Arrays) -> list[np.ndarray]:
    """List the bars, the longest first, up to what ripser's float32 makes of equal numbers."""
    from ripser import ripser

    found = [diagram[np.diff(diagram)[:, 0] > 1e-6] for diagram in ripser(exact(given["points"]))["dgms"]]
    ordered = [diagram[np.argsort(diagram[:, 0] - diagram[:, 1], kind="stable")] for diagram in found]
    return [np.concatenate([diagram, np.zeros((BARS - len(diagram), 2))]) for diagram in ordered]


def _diagrams(given: Arrays) -> Arrays:
    pieces, loops = _ripser(given)
    return {"diagram_h0": pieces, "diagram_h1": loops}


def _loop_of_a_polygon(_: Arrays) -> Arrays:
    """One loop, which opens at the side and closes at a third of the circle."""
    side, third = (2 * math.sin(math.pi * steps / CORNERS) for steps in (1, math.ceil(CORNERS / 3)))
    pieces = [[0.0, math.inf], *[[0.0, side]] * (CORNERS - 1)]
    return {"diagram_h0": pieces, "diagram_h1": [[side, third], *[[0.0, 0.0]] * (CORNERS - 1)]}


def _strengths(given: Arrays) -> Arrays:
    pieces, loops = (np.diff(diagram)[:, 0] for diagram in _ripser(given))
    return {"loop_dominance": loops[0] / loops[1], "loop_prominence": loops[0] / pieces[1]}


def _counted(name: str, truth: Mapping[str, int], inputs: Inputs) -> Oracle:
    return Oracle(name, WRONG, 0, inputs, lambda _: truth)


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "betti_numbers": (
        _counted("flat torus: 1 piece, 2 loops", {"betti_0": 1, "betti_1": 2}, _torus),
        _counted(
            "two circles: 2 pieces, 2 loops at either threshold",
            {"betti_0": 2, "betti_1": 2, "betti_0_relative": 2, "betti_1_relative": 2},
            _two_circles,
        ),
        _counted(
            "12 clusters: 12 pieces",
            {"betti_0_relative": 12},
            lambda: {"points": clusters(12, 200, radius=0.01)},
        ),
    ),
    "persistence_diagrams": (
        Oracle(
            "noisy circle of 100 points: ripser, bar by bar",
            ABSOLUTE,
            1e-6,
            lambda: {"points": noisy_circle(100, 0.1), "bars": BARS},
            _diagrams,
            ("ripser",),
        ),
        Oracle(
            "7 clusters of 100 points: ripser, bar by bar",
            ABSOLUTE,
            1e-6,
            lambda: {"points": clusters(7, 100, 0.01), "bars": BARS},
            _diagrams,
            ("ripser",),
        ),
        Oracle(
            f"polygon of {CORNERS} corners: its side, and a third of the circle",
            ABSOLUTE,
            1e-6,
            lambda: {"points": polygon(CORNERS), "bars": CORNERS},
            _loop_of_a_polygon,
        ),
    ),
    "persistence_summary": (
        Oracle(
            "lattice of 5 x 6 points: 29 gaps, 20 meshes",
            ABSOLUTE,
            1e-12,
            lambda: {"points": lattice(5, 6)},
            lambda _: {
                "longest_h0_bar": 1.0,
                "longest_h1_bar": math.sqrt(2) - 1,
                "h0_bars": 29,
                "h1_bars": 20,
            },
        ),
    ),
    "loop_strength": (
        Oracle(
            "noisy circle of 100 points: ripser's bars",
            RELATIVE,
            1e-5,
            lambda: {"points": noisy_circle(100, 0.1), "draws": 5},
            _strengths,
            ("ripser",),
        ),
        Oracle(
            "lattice of 4 x 5 points: meshes alike, none longer",
            RELATIVE,
            1e-12,
            lambda: {"points": lattice(4, 5), "draws": 5},
            lambda _: {"loop_dominance": 1.0, "loop_prominence": math.sqrt(2) - 1},
        ),
        Oracle(
            "clear circle of 60 points: stronger than each of 100 Gaussian clouds",
            WRONG,
            0,
            lambda: {"points": noisy_circle(60, 0.03), "draws": 100},
            lambda _: {"loop_dominance_p_value": 1 / 101, "loop_prominence_p_value": 1 / 101},
        ),
    ),
}
