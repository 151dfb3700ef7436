"""Arrays from files that strangers made: never unpickled, and bounded before memory is taken.

A file may lie about its sizes, be cut off, or hold Python objects that run code when they are loaded. What
is not as it should be becomes one line that names the file. No checksum protects `.npy` and `.safetensors`:
a flipped bit among their numbers gives other numbers.
"""

from __future__ import annotations

import io
import json
import math
import stat
import tokenize
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.clouds.archives import members, one_line
from latebloom.errors import InputError, shown

Arrays = dict[str, NDArray[Any]]

LARGEST = 2 * 1024**3
"""Bytes of a file, and of all arrays in it once they are inflated."""
LARGEST_HEADER = 1024**2
"""Bytes in which a safetensors file says what is in it."""
LARGEST_NUMPY_HEADER = 10_000
"""Letters in which an .npy file says what is in it; numpy's own bound."""
ALONE = "points"
"""What the one array of an .npy file is called."""
TYPES: Mapping[str, str] = {
    "BOOL": "?",
    "U8": "<u1",
    "U16": "<u2",
    "U32": "<u4",
    "U64": "<u8",
    "I8": "<i1",
    "I16": "<i2",
    "I32": "<i4",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
    "C64": "<c8",
}
"""The types of safetensors that numpy has too; BF16 is widened to float32."""


def read_arrays(path: Path) -> Arrays:
    """Read all arrays of an .npz, .npy or .safetensors file, by their names, in the order of the file.

    Booleans, whole numbers, floating point and complex numbers, dates and texts are returned as they are;
    nothing is ever unpickled. The arrays may be read-only. The one array of an .npy file is called "points".

    Raises:
        InputError: no such file, another ending, over 2 GiB (also once inflated), damaged, cut off, no
            arrays in it, two of one name, or arrays of Python objects.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path}: got a file that ends in {shown(path.suffix)}; one that ends in {', '.join(SUFFIXES)} is "
            "needed, such as numpy.savez(file, hidden=..., labels=...) writes"
        )
    _check_file(path)
    arrays = reader(path)
    if not arrays:
        raise InputError(f"{path}: there is no array in it")
    return arrays


def _check_file(path: Path) -> None:
    if not path.exists():
        raise InputError(f"there is no file {path}")
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is no file of data")
    if status.st_size > LARGEST:
        raise InputError(f"{path} has {status.st_size:,} bytes; at most {LARGEST:,} are read")
    if not status.st_size:
        raise InputError(f"{path} is empty")


def _read_npz(path: Path) -> Arrays:
    return {name: _array(data, f"{path}: {shown(name)}") for name, data in members(path, LARGEST)}


def _read_npy(path: Path) -> Arrays:
    return {ALONE: _array(_bytes(path), str(path))}


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"{path} grew beyond {LARGEST:,} bytes while it was read")
    return data


def _array(data: bytes, where: str) -> NDArray[Any]:
    """Read the bytes of an .npy file: the header says the type and shape, and the length must agree."""
    shape, in_columns, kind, start = _header(data, where)
    if kind.hasobject:
        raise InputError(
            f"{where} holds Python objects, which are never unpickled; save it as numbers, or leave it out"
        )
    expected, there = kind.itemsize * math.prod(shape), len(data) - start
    if expected != there:
        right = "the file is cut off or damaged" if there < expected else "the file is damaged"
        raise InputError(
            f"{where} has {there:,} bytes where shape {shown(shape)} of {kind} needs {shown(expected)}; {right}"
        )
    try:
        flat = np.frombuffer(data, kind, offset=start) if expected else np.zeros(0, kind)
        return flat.reshape(shape, order="F" if in_columns else "C")
    except (ValueError, OverflowError) as error:
        raise InputError(f"{where} is no array of numbers: {one_line(error)}") from error


def _header(data: bytes, where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        if version not in READ_HEADER:
            raise InputError(f"{where} is of .npy version {version}, in which no numbers are stored")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that Python 2 wrote it; names of types that numpy gives up
            shape, in_columns, kind = READ_HEADER[version](stream, max_header_size=LARGEST_NUMPY_HEADER)
    except UNREADABLE_HEADER as error:
        raise InputError(f"{where} is no array as numpy writes it: {one_line(error)}") from error
    return shape, in_columns, kind, stream.tell()


READ_HEADER: Mapping[tuple[int, int], Callable[..., Any]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
UNREADABLE_HEADER = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    SyntaxError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
)
"""What numpy raises at headers that it did not write; found by flipping bits."""


def _read_safetensors(path: Path) -> Arrays:
    from safetensors import SafetensorError, deserialize

    data = _bytes(path)
    _check_names(data, path)
    try:
        found = deserialize(data)
    except (SafetensorError, ValueError) as error:
        raise InputError(f"{path} is no safetensors file, or a damaged one: {one_line(error)}") from error
    return {name: _tensor(entry, f"{path}: {shown(name)}") for name, entry in found}


def _check_names(data: bytes, path: Path) -> None:
    """See that the header is of a sensible length and no name stands in it twice, which the library allows."""
    length = int.from_bytes(data[:8], "little")
    if length > min(LARGEST_HEADER, len(data) - 8):
        raise InputError(
            f"{path}: its header should have {length:,} bytes; at most {min(LARGEST_HEADER, len(data)):,} are "
            "read: no safetensors file, or a damaged one"
        )
    try:
        json.loads(data[8 : 8 + length], object_pairs_hook=lambda pairs: _named_once(pairs, path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no safetensors file, or a damaged one: {one_line(error)}") from error


def _named_once(pairs: list[tuple[str, Any]], path: Path) -> None:
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            raise InputError(
                f"{path}: {count} entries are called {shown(name)}; each needs a name of its own"
            )


def _tensor(entry: Mapping[str, Any], where: str) -> NDArray[Any]:
    kind, shape, data = entry["dtype"], entry["shape"], entry["data"]
    if kind == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    if kind not in TYPES:
        raise InputError(f"{where} is of type {shown(kind)}; one of {', '.join(TYPES)} and BF16 is needed")
    return np.frombuffer(data, TYPES[kind]).reshape(shape)


READERS: Mapping[str, Callable[[Path], Arrays]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".safetensors": _read_safetensors,
}
SUFFIXES = tuple(READERS)
"""How files end that can be read."""
