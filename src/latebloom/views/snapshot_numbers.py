"""The numbers that were recorded of a run at one step, at one site."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from latebloom.statistics import finite
from latebloom.store import RunColumns

OWN = "final"  # numbers without a site in their name are of this one, or of the whole network


class Number(TypedDict):
    """A recorded number."""

    name: str
    value: float | None


class SnapshotNumbers(TypedDict):
    """The numbers recorded at a site at the last evaluation up to a step, by name."""

    step: int
    site: str
    values: list[Number]


def snapshot_numbers(run: RunColumns, step: int | None, site: str = OWN) -> SnapshotNumbers:
    """List what was recorded at a site at `step`, or at the last evaluation before it; of the last for None.

    Numbers that were not recorded at that very evaluation are left out.
    """
    last = run.step if step is None else step
    place = int(np.searchsorted(run.seen, last, side="right")) - 1
    at = int(run.seen[place]) if place >= 0 else last
    found: list[Number] = []
    for name in run.names:
        if _site_of(name) != site:
            continue
        steps, values = run.curve(name)
        where = int(np.searchsorted(steps, at))
        if where < len(steps) and int(steps[where]) == at:
            found.append(Number(name=name, value=finite(float(values[where]))))
    return SnapshotNumbers(step=at, site=site, values=found)


def _site_of(name: str) -> str:
    """Read the site off a number's name, such as ``ring_best_score@block0/train``.

    >>> _site_of("ring_best_score@block0/train"), _site_of("participation_ratio")
    ('block0', 'final')
    """
    return name.partition("@")[2].partition("/")[0] or OWN
