"""Binary answers: a JSON header in which long lists of numbers are replaced by where they lie behind it.

    <length of the header: uint32> <header> <padding to 4 bytes> <columns>

All little-endian. A column stands in the header as ``{"offset": bytes, "count": numbers}``, counted from the end of the
padding; columns are float32, or float64 where the header adds ``"kind": "f8"``, as steps need. nan stands for null.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from latebloom.web.answers import json_bytes

KIND = "application/octet-stream"
SHORTEST = 8  # numbers, from which a list becomes a column
EXACT = frozenset({"steps"})  # float32 is exact up to 16,777,216 only


def pack(view: Mapping[str, Any]) -> bytes:
    """Write plain data as a container."""
    columns = Columns()
    header = json_bytes(columns.replaced(view, ""))
    padding = bytes(-(4 + len(header)) % 4)
    return b"".join([struct.pack("<I", len(header)), header, padding, *columns.parts])


class Columns:
    """The columns of a container that is being made."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._size = 0

    def add(self, numbers: Any, *, exact: bool = False) -> dict[str, Any]:
        """Put numbers behind the others; say where they lie."""
        data = np.asarray(numbers, dtype="<f8" if exact else "<f4").tobytes()
        place = {"offset": self._size, "count": len(data) // (8 if exact else 4)}
        self.parts.append(data)
        self._size += len(data)
        return {**place, "kind": "f8"} if exact else place

    def replaced(self, value: Any, name: str) -> Any:
        """Replace every long list of numbers in plain data by where it lies now."""
        if isinstance(value, np.ndarray):
            return self.add(value, exact=name in EXACT)
        if isinstance(value, Mapping):
            return {key: self.replaced(inner, str(key)) for key, inner in value.items()}
        if not isinstance(value, list):
            return value
        if len(value) >= SHORTEST and all(_is_number(item) for item in value):
            return self.add([math.nan if item is None else item for item in value], exact=name in EXACT)
        return [self.replaced(item, name) for item in value]


def _is_number(item: object) -> bool:
    return item is None or (isinstance(item, int | float) and not isinstance(item, bool))
