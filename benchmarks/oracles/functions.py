"""Oracles of measures of a loss around the parameters: bowls whose curvatures are known."""

from collections.abc import Mapping

import torch
from torch import Tensor

from benchmarks.oracles.oracle import RELATIVE, Arrays, Oracle

CURVATURES = (3.0, 1.0, 0.5, -2.0)
DIRECTIONS, LEFT_TO_ITSELF = 6, 2


def _saddle(parameters: Tensor) -> Tensor:
    return (torch.tensor(CURVATURES, dtype=parameters.dtype) * parameters.square()).sum(-1) / 2


def _bowl(parameters: Tensor) -> Tensor:
    """A minimum of so many directions, and others that the loss does not feel."""
    return parameters[..., :DIRECTIONS].square().sum(-1)


def _minimum() -> Arrays:
    parameters = torch.zeros(DIRECTIONS + LEFT_TO_ITSELF)
    return {
        "loss": _bowl,
        "parameters": parameters,
        "samples": 1000,
        "chains": 50,
        "draws": 200,
        "burn_in": 100,
    }


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "sharpness": (
        Oracle(
            f"saddle of curvatures {', '.join(f'{one:g}' for one in CURVATURES)}",
            RELATIVE,
            1e-6,
            lambda: {"loss": _saddle, "parameters": torch.ones(len(CURVATURES))},
            lambda _: {"sharpness": max(CURVATURES)},
        ),
    ),
    "local_learning_coefficient": (
        Oracle(
            f"bowl of {DIRECTIONS} directions among {DIRECTIONS + LEFT_TO_ITSELF}: half of the {DIRECTIONS}",
            RELATIVE,
            0.05,
            _minimum,
            lambda _: {"local_learning_coefficient": DIRECTIONS / 2},
        ),
    ),
}
