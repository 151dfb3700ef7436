"""Arrays as people have them, of numpy, torch or plain lists, turned into what measures take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latebloom.errors import InputError, shown
from latebloom.measures.contract.vocabulary import AXES

MOST_NUMBERS = 2**25
"""Numbers in a cloud: 262,144 samples of 128 features, or 256 MB in float64. Measures hold a few copies."""
FEWEST_SAMPLES = 3
OURS = frozenset({"points", "labels", "centroids"})
WHOLE = frozenset({"table_labels"})


def cloud_tensor(points: object) -> Tensor:
    """Turn points into a (sample, feature) tensor of floating point on the CPU.

    Raises:
        InputError: no real numbers, not two axes, fewer than three samples, no feature, or over 2^25 numbers.
    """
    if not isinstance(points, Tensor):
        points = _floats(_array("points", points))
    if points.is_complex():
        raise InputError(f"points: got numbers of type {points.dtype}; real numbers are needed")
    if points.ndim != 2:
        raise InputError(
            f"points: got shape {tuple(points.shape)}; two axes are needed, (sample, feature); "
            "reshape or choose among the others beforehand"
        )
    samples, features = points.shape
    if samples < FEWEST_SAMPLES or features < 1:
        raise InputError(
            f"points: got shape {tuple(points.shape)}; at least {FEWEST_SAMPLES} samples and a feature are needed"
        )
    if points.numel() > MOST_NUMBERS:
        raise InputError(
            f"points: got {samples:,} x {features:,} numbers; at most {MOST_NUMBERS:,} can be measured: "
            "draw samples beforehand"
        )
    cloud = points.detach().cpu()
    return cloud if cloud.is_floating_point() else cloud.double()


def label_array(labels: object, samples: int) -> NDArray[np.int64]:
    """Turn labels into whole numbers, one for each sample.

    Raises:
        InputError: no whole numbers of 64 bits, not one axis, or another number of them.
    """
    array = labels.detach().cpu().numpy() if isinstance(labels, Tensor) else _array("labels", labels)
    if array.dtype.kind not in "iu":
        raise InputError(
            f"labels: got numbers of type {array.dtype}; whole numbers are needed, a class for each"
        )
    if array.shape != (samples,):
        raise InputError(
            f"labels: got shape {array.shape}; ({samples},) is needed, one for each of the {samples:,} samples"
        )
    if array.dtype.kind == "u" and int(array.max()) >= 2**63:
        raise InputError(f"labels: got {int(array.max())}; at most {2**63 - 1} can be counted")
    return array.astype(np.int64)


def other_arrays(others: Mapping[str, object]) -> dict[str, Tensor]:
    """Take those arrays that measures know by name, with the axes that they give to it; leave out the rest."""
    found: dict[str, Tensor] = {}
    for name in sorted(AXES.keys() & others.keys() - OURS):
        value = others[name]
        array = value.detach().cpu() if isinstance(value, Tensor) else _real(name, value)
        if array is None or array.ndim != len(AXES[name]) or array.is_complex():
            continue
        if array.numel() <= MOST_NUMBERS:
            found[name] = array if name in WHOLE or array.is_floating_point() else array.double()
    return found


def _real(name: str, value: object) -> Tensor | None:
    array = _array(name, value)
    if array.dtype.kind not in "fiu":
        return None
    return torch.from_numpy(array.astype(np.int64)) if name in WHOLE else _floats(array)


def _array(name: str, value: object) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}: got {shown(value)}; an array of numbers is needed") from error
    if array.dtype.kind not in "fiubc":
        raise InputError(f"{name}: got {shown(str(array.dtype))}; an array of numbers is needed")
    return array


def _floats(array: NDArray[Any]) -> Tensor:
    """Make a tensor; floating point of up to 64 bits keeps its type, all else becomes float64."""
    if array.dtype.kind == "c":
        raise InputError(f"points: got numbers of type {array.dtype}; real numbers are needed")
    small = array.dtype.kind == "f" and array.dtype.itemsize <= 8
    kind = array.dtype.newbyteorder("=") if small else np.dtype(np.float64)
    return torch.from_numpy(np.array(array, dtype=kind, order="C"))
