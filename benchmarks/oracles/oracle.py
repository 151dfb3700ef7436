"""What an oracle is, and how far a measure is from what it says."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor

from latebloom.measures.applying import apply

ABSOLUTE, RELATIVE, WRONG = "absolute", "relative", "wrong answers"

Arrays = Mapping[str, Any]
"""Inputs by the names of a measure's arguments, or true answers by the names of its results."""

Inputs = Callable[[], Arrays]
Truth = Callable[[Arrays], Arrays]


@dataclass(frozen=True)
class Oracle:
    """An input, and what a measure should answer to it."""

    known: str
    """A few words on the input, and on where the truth is from."""
    kind: str
    """How the error is told: ABSOLUTE; RELATIVE to the largest true number of the same result; or WRONG, how
    many numbers are not exactly the true ones."""
    tolerance: float
    """An error up to this is the rounding of float32, or what the oracle says that the estimate may deviate."""
    inputs: Inputs
    """Arrays in any precision; the measure gets them in float32. Options of the measure stand among them."""
    truth: Truth
    """The answers, from the inputs as the measure gets them."""
    needs: tuple[str, ...] = ()
    """Modules of which an installation may lack one; then nothing can be said."""

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(module for module in self.needs if find_spec(module) is None)


def answers(measure: str, oracle: Oracle) -> tuple[Mapping[str, Tensor], Arrays]:
    """Measure the oracle's input in float32; return what was found, and what is true of it."""
    given = {name: rounded(value) for name, value in oracle.inputs().items()}
    return apply(measure, given), oracle.truth(given)


def error_of(found: Mapping[str, Tensor], truth: Arrays, kind: str) -> float:
    """Return the largest error over all answers that are known."""
    return max(_difference(found[name], true, kind) for name, true in truth.items())


def rounded(value: object) -> object:
    """Round to float32 what is an array of floating point, and leave all else as it is."""
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value)
    return value.float() if isinstance(value, Tensor) and value.is_floating_point() else value


def exact(tensor: Tensor) -> np.ndarray:
    """Give the numbers of a tensor to numpy, in float64."""
    return tensor.double().numpy()


def _difference(found: Tensor, truth: object, kind: str) -> float:
    """Compare as `kind` says; a nan where none should be, or none where one should be, is infinitely wrong."""
    ours, true = np.asarray(found, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if ours.shape != true.shape:
        raise ValueError(f"the oracle expects the shape {true.shape}, and the measure gave {ours.shape}")
    equal = (ours == true) | (np.isnan(ours) & np.isnan(true))
    if kind == WRONG or equal.all():
        return float((~equal).sum())
    apart = np.abs(ours[~equal] - true[~equal])
    scale = np.abs(true[np.isfinite(true)]).max(initial=0.0) if kind == RELATIVE else 1.0
    return float(apart.max() / scale) if np.isfinite(apart).all() else math.inf
