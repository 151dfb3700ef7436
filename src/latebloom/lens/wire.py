"""Lines between the lens and whoever asks it: JSON, in which an array of float32 stands as its bytes in base64."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np

ARRAY = "float32"


def encode(message: Mapping[str, Any]) -> str:
    """Write a message as one line."""
    return json.dumps(message, default=_packed, allow_nan=False, separators=(",", ":"))


def decode(line: str) -> dict[str, Any]:
    """Read a message back; arrays are flat.

    Raises:
        ValueError: the line is none.
    """
    message = json.loads(line, object_hook=_unpacked)
    if not isinstance(message, dict):
        raise ValueError(f"{line[:80]!r} is no message")
    return message


def _packed(value: object) -> dict[str, str]:
    assert isinstance(value, np.ndarray), type(value)
    return {ARRAY: b64encode(value.astype("<f4").tobytes()).decode("ascii")}


def _unpacked(value: dict[str, Any]) -> Any:
    if value.keys() == {ARRAY}:
        return np.frombuffer(b64decode(value[ARRAY]), "<f4")
    return value
