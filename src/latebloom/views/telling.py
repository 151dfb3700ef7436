"""Which settings tell runs apart, the most telling first: what a table shows, and a map is laid out over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
"""A number for each run, equal where they have the same; shape (run,)."""


def by_telling(flat: Sequence[Mapping[str, Any]], paths: Sequence[str]) -> list[str]:
    """Order settings by how many pairs of runs they tell apart that those before them do not.

    Settings that tell no more pairs apart follow: those that more of the runs have first, then as given.

    >>> by_telling([{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 3}], ["a", "b"])
    ['b', 'a']
    """
    codes = {path: _codes([settings.get(path) for settings in flat]) for path in paths}
    missing = {path: sum(path not in settings for settings in flat) for path in paths}
    rest = sorted(paths, key=missing.__getitem__)
    found: list[str] = []
    parts: Codes = np.zeros(len(flat), np.int64)
    while rest:
        joined = {path: _joined(parts, codes[path]) for path in rest}
        best = min(rest, key=lambda path: _together(joined[path]))
        if _together(joined[best]) == _together(parts):
            break
        rest.remove(best)
        found.append(best)
        parts = joined[best]
    return found + rest


def _codes(values: Sequence[Any]) -> Codes:
    known: dict[str, int] = {}
    return np.array(
        [known.setdefault(json.dumps(value, sort_keys=True), len(known)) for value in values], np.int64
    )


def _joined(left: Codes, right: Codes) -> Codes:
    """Number the pairs of both."""
    return np.unique(left * (right.max(initial=0) + 1) + right, return_inverse=True)[1]


def _together(parts: Codes) -> int:
    """Count the ordered pairs of runs that have the same."""
    return int((np.bincount(parts, minlength=1) ** 2).sum())
