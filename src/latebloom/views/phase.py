"""The phase map: any outcome over any two settings, a cell for each pair of values; censored runs count too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from latebloom.errors import UnknownNameError
from latebloom.statistics import quartiles, times
from latebloom.store import RunColumns
from latebloom.views.listing import first_steps
from latebloom.views.live_runs import Setting, differing_paths, plain_setting, up_time
from latebloom.views.settings import flattened, written
from latebloom.views.telling import by_telling

TIMES = ("grokked_first", "grokked_stable", "memorised")
SHARES = ("up_time", "test_accuracy", "train_accuracy")
SEED = "seed"
WIDE = 100.0  # the ratio of highest to lowest value from which colours are logarithmic


class Axis(TypedDict):
    """A setting that could be an axis, and the values that runs have of it, in order."""

    path: str
    values: list[Setting]


class Cell(TypedDict):
    """The runs with one pair of values: places in `xs` and `ys`, how many, how many censored, and their outcome.

    Of an event, `value` is the Kaplan-Meier median with its 95% interval, None where too few came to it; of any other
    number it is the median and the middle half of the newest values.
    """

    x: int
    y: int
    n: int
    censored: int
    value: float | None
    low: float | None
    high: float | None
    runs: list[str]


class PhaseView(TypedDict):
    """An outcome over one or two settings. `y` is None where runs differ in one alone; `ys` has one value then.

    `settings` and `outcomes` could be asked for; `log`: values span so much that a logarithmic scale shows more.
    """

    settings: list[Axis]
    outcomes: list[str]
    x: str
    y: str | None
    outcome: str
    xs: list[Setting]
    ys: list[Setting]
    cells: list[Cell]
    log: bool
    unit: str


def phase_view(runs: Sequence[RunColumns], x: str = "", y: str = "", outcome: str = "") -> PhaseView:
    """Lay runs out over two settings.

    Args:
        runs: those that are compared; one whose settings cannot be read, or that was never evaluated, is left out.
        x, y: the paths of settings; empty: those that tell most runs apart, the seed last.
        outcome: an event, `up_time`, or a recorded number; empty: the step at which runs grokked first.

    Raises:
        UnknownNameError: runs do not differ in that setting, or have no such outcome.
    """
    told = [run for run in runs if run.spec and len(run.seen)]
    flat = [flattened(run.spec) for run in told]
    axes = _axes(flat)
    outcomes = [*TIMES, *SHARES, *sorted({name for run in told for name in run.points} - {*SHARES})]
    first, second = _chosen(x, y, list(axes))
    chosen = outcome or TIMES[0]
    if chosen not in outcomes:
        raise UnknownNameError("outcome", chosen, outcomes)
    alone: list[Setting] = [""]
    xs, ys = axes.get(first, []), axes[second] if second else alone
    cells = _cells(
        told, [_place(own, first, xs) for own in flat], [_place(own, second, ys) for own in flat], chosen
    )
    return PhaseView(
        settings=[Axis(path=path, values=values) for path, values in axes.items()],
        outcomes=outcomes,
        x=first,
        y=second or None,
        outcome=chosen,
        xs=xs,
        ys=ys,
        cells=cells,
        log=_spans_much([cell["value"] for cell in cells]),
        unit="steps" if chosen in TIMES else "share" if chosen in SHARES else "",
    )


def _axes(flat: Sequence[Mapping[str, Any]]) -> dict[str, list[Setting]]:
    """List the settings in which runs differ, the most telling first and the seed last, and their values in order."""
    differing = differing_paths(flat)
    seed = [SEED] if SEED in differing or (flat and not differing) else []
    paths = by_telling(flat, [path for path in differing if path != SEED]) + seed
    return {path: _values(flat, path) for path in paths}


def _values(flat: Sequence[Mapping[str, Any]], path: str) -> list[Setting]:
    known = {written(own[path]): plain_setting(own[path]) for own in flat if own.get(path) is not None}
    return sorted(known.values(), key=_order)


def _order(value: Setting) -> tuple[bool, float, str]:
    return (True, 0.0, value) if isinstance(value, str) else (False, float(value), "")


def _chosen(x: str, y: str, paths: Sequence[str]) -> tuple[str, str]:
    for given in (x, y):
        if given and given not in paths:
            raise UnknownNameError("setting in which these runs differ", given, paths)
    first = x or next((path for path in paths if path != y), y)
    second = y or next((path for path in paths if path != first), "")
    return first, second if second != first else ""


def _place(flat: Mapping[str, Any], path: str, values: Sequence[Setting]) -> int | None:
    """Say where among the values a run's own stands; None where it has no such setting."""
    if not path:
        return 0
    own = flat.get(path)
    if own is None:
        return None
    return next((i for i, value in enumerate(values) if written(value) == written(plain_setting(own))), None)


def _cells(
    runs: Sequence[RunColumns], xs: Sequence[int | None], ys: Sequence[int | None], outcome: str
) -> list[Cell]:
    parts: dict[tuple[int, int], list[RunColumns]] = {}
    for run, x, y in zip(runs, xs, ys, strict=True):
        if x is not None and y is not None:
            parts.setdefault((x, y), []).append(run)
    return [_cell(*place, part, outcome) for place, part in sorted(parts.items())]


def _cell(x: int, y: int, runs: Sequence[RunColumns], outcome: str) -> Cell:
    ids = [run.id for run in runs]
    if outcome in TIMES:
        steps = [(first_steps(run.events).get(outcome), run.step) for run in runs]
        found = times([s for s, _ in steps if s is not None], [last for s, last in steps if s is None])
        value, low, high = found["median"], found["low"], found["high"]
        return Cell(
            x=x, y=y, n=len(runs), censored=found["censored"], value=value, low=low, high=high, runs=ids
        )
    known = [value for run in runs if (value := _newest(run, outcome)) is not None]
    spread = quartiles(known)
    low, high = spread["lower_quartile"], spread["upper_quartile"]
    missing = len(runs) - len(known)
    return Cell(x=x, y=y, n=len(runs), censored=missing, value=spread["median"], low=low, high=high, runs=ids)


def _newest(run: RunColumns, outcome: str) -> float | None:
    if outcome == "up_time":
        return up_time(run.curve("test_accuracy")[1])
    _, value = run.newest.get(outcome, (0, np.nan))
    return value if np.isfinite(value) else None


def _spans_much(values: Sequence[float | None]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and min(known) > 0 and max(known) >= WIDE * min(known)
