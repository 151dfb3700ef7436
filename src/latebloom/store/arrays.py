"""Files of arrays: safetensors bytes, whose SHA-256 stands where they are named.

safetensors has no checksum of its own: nearly any flipped bit gives other numbers without a word.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from latebloom.errors import DamagedError, InputError, shown
from latebloom.records import ArrayRef, canonical_json
from latebloom.store import files, plain

ARRAYS = "arrays"
LARGEST = 8 * 1024**3  # bytes of one file
LARGEST_HEADER = 16 * 1024**2
METADATA = "latebloom"
STORED_NAME = re.compile(r"arrays/[a-z0-9][a-z0-9._-]{0,199}\.safetensors")


def pack(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> bytes:
    """Write arrays as safetensors bytes: the same arrays and metadata give the same bytes.

    `metadata` is plain data, stored as one JSON string. Arrays of any shape and memory order; booleans,
    integers, float16 to float64.

    Raises:
        InputError: an array of a type that cannot be stored, such as objects.
    """
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    try:
        return safetensors.numpy.save(contiguous, metadata={METADATA: canonical_json(dict(metadata))})
    except (safetensors.SafetensorError, ValueError) as error:
        raise InputError(f"the arrays {shown(sorted(arrays))} cannot be stored: {error}") from error


def unpack(data: bytes, where: object) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read what `pack` wrote: the arrays, which cannot be written to, and the metadata.

    Raises:
        DamagedError: these are no such bytes.
    """
    try:
        loaded = safetensors.numpy.load(data)
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError) as error:
        raise DamagedError(f"{where} is no file of arrays: {error}") from error
    return loaded, _metadata(data, where)


def _metadata(data: bytes, where: object) -> dict[str, Any]:
    size = int.from_bytes(data[:8], "little")
    if size > min(LARGEST_HEADER, len(data) - 8):
        raise DamagedError(f"{where}: its header is longer than it can be")
    stored = plain.parse_object(data[8 : 8 + size], where).get("__metadata__", {})
    if not isinstance(stored, dict) or not isinstance(stored.get(METADATA), str):
        raise DamagedError(f"{where} was not written by latebloom")
    return plain.parse_object(stored[METADATA].encode(), where)


def save(
    folder: Path, name: str, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any] | None = None
) -> ArrayRef:
    """Store arrays as `arrays/<name>.safetensors` in a run's folder, durably, and say how to find them again.

    Raises:
        InputError: not a name, or arrays that cannot be stored.
        ResourceError: the disk is full.
    """
    file = f"{ARRAYS}/{name}.safetensors"
    if not STORED_NAME.fullmatch(file):
        raise InputError(f"{shown(name)} is no name for arrays; use a-z, 0-9, '.', '_' and '-'")
    data = pack(arrays, metadata or {})
    if len(data) > LARGEST:
        raise InputError(f"{file} would take {len(data)} bytes; at most {LARGEST}")
    files.write_atomic(folder / file, data)
    return ArrayRef(file, hashlib.sha256(data).hexdigest(), len(data))


def load(folder: Path, ref: ArrayRef) -> dict[str, NDArray[Any]]:
    """Load the arrays that `ref` names in a run's folder, after checking every byte of them.

    Raises:
        DamagedError: missing, or not the bytes that were written.
    """
    return unpack(load_bytes(folder, ref), folder / ref.file)[0]


def load_bytes(folder: Path, ref: ArrayRef) -> bytes:
    """Read the bytes that `ref` names, checked against its size and SHA-256."""
    if not STORED_NAME.fullmatch(ref.file):
        raise DamagedError(f"{shown(ref.file)} is no name of stored arrays")
    data = files.read_bounded(folder / ref.file, min(ref.size, LARGEST))
    check_sha256(data, ref.sha256, folder / ref.file)
    return data


def check_sha256(data: bytes, expected: str, where: object) -> None:
    """Check bytes against the hash that names them.

    Raises:
        DamagedError: they differ.
    """
    if hashlib.sha256(data).hexdigest() != expected:
        raise DamagedError(f"{where} does not hold the bytes that were written (SHA-256 differs)")
