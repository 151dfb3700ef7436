"""Numbers over steps, thinned for drawing: medians and quartiles of groups from all their points, and single runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypedDict

import numpy as np

from latebloom.errors import UnknownNameError
from latebloom.statistics import finite_list
from latebloom.store import RunColumns
from latebloom.views import settings
from latebloom.views.course_of_time import Span, spans
from latebloom.views.groups import parted
from latebloom.views.listing import first_steps
from latebloom.views.quantiles import Bands, Points, bands_of
from latebloom.views.thinning import Thinned, places, thinned

Origin = Literal["step", "memorised", "grokked_first"]
ORIGINS: tuple[Origin, ...] = ("step", "memorised", "grokked_first")
DEFAULT_NAMES = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")
FEW_NAMES = 4  # numbers that are shown of runs that have recorded none of the above
FEW = 8  # runs, up to which each is drawn beside the medians


class ThinnedBand(TypedDict):
    """Median and quartiles over the runs of a group that have the number, computed of all points and then thinned."""

    steps: list[int]
    n: list[int]
    median: list[float | None]
    low: list[float | None]
    high: list[float | None]
    of: int


class TrainingRun(TypedDict):
    """A run, the index of its group, what happened to it, and its curves by name where single runs are drawn."""

    id: str
    seed: int | None
    group: int
    events: list[dict[str, Any]]
    curves: dict[str, Thinned]


class TrainingGroup(TypedDict):
    """Runs that differ in the seed alone, and their bands by name."""

    label: str
    n: int
    runs: list[str]
    bands: dict[str, ThinnedBand]


class RunStages(TypedDict):
    """The stages of a run, over steps counted from the origin."""

    run: str
    spans: list[Span]


class TrainingView(TypedDict):
    """Curves of runs and bands of groups.

    `names` are shown, `known` could be asked for. Steps are counted from `origin`; runs in which that has not
    happened have no curves then, and are not in the bands.
    """

    names: list[str]
    known: list[str]
    origin: str
    runs: list[TrainingRun]
    groups: list[TrainingGroup]
    stages: list[RunStages]


@dataclass(frozen=True, slots=True)
class Cut:
    """Which part of the curves is shown: from which origin, which steps from there, how many points, whether singly."""

    origin: Origin = "step"
    first: int | None = None
    last: int | None = None
    points: int = 800
    members: bool = False


def training_view(
    runs: Sequence[RunColumns], names: Sequence[str] = (), cut: Cut | None = None
) -> TrainingView:
    """Give the curves of runs and the bands of their groups.

    Args:
        runs: those that are compared; damaged ones whose settings cannot be read are left out.
        names: the numbers to show; none: accuracies and losses, as far as the runs have them, or else the first few
            that they have.
        cut: which part of the curves.

    Raises:
        UnknownNameError: none of the runs has that number, though there are records.
    """
    cut = cut or Cut()
    parts, differs = parted([run for run in runs if run.spec])
    known = sorted({name for run in runs for name in run.points})
    shown = list(names) or [name for name in DEFAULT_NAMES if name in known] or known[:FEW_NAMES]
    for name in shown:
        if known and name not in known:
            raise UnknownNameError("number", name, known)
    singly = cut.members or len(runs) <= FEW
    placed = [(run, index) for index, part in enumerate(parts) for run in part]
    return TrainingView(
        names=shown,
        known=known,
        origin=cut.origin,
        runs=[_run(run, index, shown if singly else [], cut) for run, index in placed],
        groups=[_group(part, differs, shown, cut) for part in parts],
        stages=[_stages(run, cut) for run, _ in placed] if singly else [],
    )


def _run(run: RunColumns, group: int, names: Sequence[str], cut: Cut) -> TrainingRun:
    found = {name: _points(run, name, cut) for name in names}
    curves = {name: thinned(*points, cut.points) for name, points in found.items() if points is not None}
    events = [asdict(event) for event in run.events]
    return TrainingRun(id=run.id, seed=run.seed, group=group, events=events, curves=curves)


def _group(
    part: Sequence[RunColumns], differs: Sequence[str], names: Sequence[str], cut: Cut
) -> TrainingGroup:
    label = settings.label(part[0].spec, differs) or settings.title(part[0].spec)
    bands: dict[str, ThinnedBand] = {}
    for name in names:
        curves = [points for run in part if (points := _points(run, name, cut)) is not None]
        if curves:
            bands[name] = _thinned_band(bands_of(curves), cut.points)
    return TrainingGroup(label=label, n=len(part), runs=[run.id for run in part], bands=bands)


def _points(run: RunColumns, name: str, cut: Cut) -> Points | None:
    """Give a curve from its origin, cut to what is shown; None where it is missing or its origin has not happened."""
    begin = _origin(run, cut)
    steps, values = run.curve(name)
    if begin is None or not len(steps):
        return None
    steps = steps - begin if begin else steps
    if cut.first is None and cut.last is None:
        return steps, values
    left = 0 if cut.first is None else int(np.searchsorted(steps, cut.first, "left"))
    right = len(steps) if cut.last is None else int(np.searchsorted(steps, cut.last, "right"))
    return steps[left:right], values[left:right]


def _origin(run: RunColumns, cut: Cut) -> int | None:
    return 0 if cut.origin == "step" else first_steps(run.events).get(cut.origin)


def _stages(run: RunColumns, cut: Cut) -> RunStages:
    begin = _origin(run, cut)
    if begin is None or not len(run.seen):
        return RunStages(run=run.id, spans=[])
    found = spans(run.events, int(run.seen[0]), run.step)
    return RunStages(
        run=run.id,
        spans=[{"from": s["from"] - begin, "to": s["to"] - begin, "stage": s["stage"]} for s in found],
    )


def _thinned_band(bands: Bands, points: int) -> ThinnedBand:
    shares = ((bands.median, points // 2), (bands.low, points // 4), (bands.high, points // 4))
    kept = np.unique(np.concatenate([places(values, share) for values, share in shares]))
    return ThinnedBand(
        steps=bands.steps[kept].tolist(),
        n=bands.n[kept].tolist(),
        median=finite_list(bands.median[kept]),
        low=finite_list(bands.low[kept]),
        high=finite_list(bands.high[kept]),
        of=len(bands.steps),
    )
