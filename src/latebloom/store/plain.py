"""JSON from disk, read with suspicion: bounded, without NaN, and of the expected types."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from latebloom.errors import DamagedError

NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def parse_json(data: bytes, where: object) -> Any:
    """Parse JSON that has no NaN or Infinity in it; `where` is named when that fails.

    Raises:
        DamagedError: it is no JSON, or nested too deeply.
    """
    try:
        return DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{where} is not the JSON that was written: {error}") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


DECODER = json.JSONDecoder(parse_constant=_refuse)
"""Made once: to make one for each record of a log took a tenth of the time in which it is read."""


def parse_object(data: bytes, where: object) -> dict[str, Any]:
    """Parse JSON that is an object.

    Raises:
        DamagedError: it is something else.
    """
    value = parse_json(data, where)
    if not isinstance(value, dict):
        raise DamagedError(f"{where} does not hold a JSON object")
    return value


def write_number(value: float) -> float | str:
    """Put a float in a form JSON has: itself, or "nan", "inf", "-inf".

    >>> write_number(float("-inf"))
    '-inf'
    """
    number = float(value)
    if math.isfinite(number):
        return number
    return "nan" if math.isnan(number) else ("inf" if number > 0 else "-inf")


def read_number(value: object) -> float:
    """Undo `write_number`, exactly.

    Raises:
        DamagedError: neither a finite number nor one of the three words.
    """
    if type(value) is float and -math.inf < value < math.inf:  # nearly all; a log has millions
        return value
    if isinstance(value, str) and value in NON_FINITE:
        return NON_FINITE[value]
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise DamagedError(f"{value!r:.60} is no number")


def read_count(value: object) -> int:
    """Take an integer from 0 to 2**63 - 1.

    Raises:
        DamagedError: anything else.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    raise DamagedError(f"{value!r:.60} is no count")


def read_text(value: object) -> str:
    """Take a string.

    Raises:
        DamagedError: anything else.
    """
    if isinstance(value, str):
        return value
    raise DamagedError(f"{value!r:.60} is no text")
