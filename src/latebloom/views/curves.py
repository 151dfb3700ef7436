"""Numbers over steps: every run's, and over the runs of a group the median and the middle half."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import UnknownNameError
from latebloom.statistics import finite_list
from latebloom.store import Lab
from latebloom.views import settings
from latebloom.views.groups import parted
from latebloom.views.quantiles import Points, bands_of
from latebloom.views.reading import Member, read_members


class Curve(TypedDict):
    """One number of one run: `values[i]` was seen at `steps[i]`; None where it was not finite."""

    steps: list[int]
    values: list[float | None]


class Band(TypedDict):
    """One number over the runs of a group, at every step at which any of them was evaluated.

    `n[i]` runs have it at `steps[i]`; `median`, `low` and `high` (the quartiles) are over those alone, so
    where `n` falls, runs have ended and the median is of the others.
    """

    steps: list[int]
    n: list[int]
    median: list[float | None]
    low: list[float | None]
    high: list[float | None]


class RunCurves(TypedDict):
    """The curves of a run by name; names that it does not have are missing."""

    id: str
    seed: int | None
    group: int
    curves: dict[str, Curve]


class GroupCurves(TypedDict):
    """The bands of a group by name."""

    label: str
    n: int
    bands: dict[str, Band]


class CurvesView(TypedDict):
    """Curves of runs and of groups; groups are those of `group_view`, in the same order."""

    names: list[str]
    runs: list[RunCurves]
    groups: list[GroupCurves]


def curves_view(lab: Lab, ids: Iterable[str], names: Sequence[str] | None = None) -> CurvesView:
    """Give the curves of runs and the bands of their groups: of these names, or of all.

    Raises:
        UnknownNameError: no such run, or none of the runs has that number.
    """
    return member_curves(read_members(lab, ids), names)


def member_curves(members: Sequence[Member], names: Sequence[str] | None = None) -> CurvesView:
    """Give the curves of runs that were read already; see `curves_view`."""
    parts, differs = parted(members)
    known = sorted({name for member in members for look in member.stored.looks for name in look.values})
    for name in names or ():
        if name not in known:
            raise UnknownNameError("number", name, known)
    wanted = list(known if names is None else names)
    arrays = [[_arrays(member, wanted) for member in part] for part in parts]
    return CurvesView(
        names=wanted,
        runs=[
            RunCurves(
                id=member.id, seed=member.seed, group=index, curves={n: _curve(*c) for n, c in own.items()}
            )
            for index, (part, curves) in enumerate(zip(parts, arrays, strict=True))
            for member, own in zip(part, curves, strict=True)
        ],
        groups=[
            GroupCurves(
                label=settings.label(part[0].spec, differs) or settings.title(part[0].spec),
                n=len(part),
                bands={name: band([own[name] for own in curves if name in own]) for name in wanted},
            )
            for part, curves in zip(parts, arrays, strict=True)
        ],
    )


def _arrays(member: Member, names: Sequence[str]) -> dict[str, Points]:
    """Give steps and values, each of shape (look that has it,), by name."""
    looks = member.stored.looks
    found: dict[str, Points] = {}
    for name in names:
        points = [(look.step, look.values[name]) for look in looks if name in look.values]
        if points:
            steps, values = zip(*points, strict=True)
            found[name] = np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64)
    return found


def _curve(steps: NDArray[np.int64], values: NDArray[np.float64]) -> Curve:
    return Curve(steps=steps.tolist(), values=finite_list(values))


def band(curves: Sequence[Points]) -> Band:
    """Give median and quartiles over runs at every step at which any has the number; nan does not count."""
    found = bands_of(curves)
    return Band(
        steps=found.steps.tolist(),
        n=found.n.tolist(),
        median=finite_list(found.median),
        low=finite_list(found.low),
        high=finite_list(found.high),
    )
