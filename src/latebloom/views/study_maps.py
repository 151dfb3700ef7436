"""Maps of a study as plain data: an outcome over two settings, cell by cell; censored runs are never dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypedDict

from latebloom.errors import LatebloomError, StudyError, shown
from latebloom.statistics import finite, quartiles, rate, times
from latebloom.store import Lab, read_run
from latebloom.study import Axis, LeftOut, Map, RunEvidence, Time
from latebloom.study.guarding import guarded
from latebloom.views.settings import flattened

SEED = "seed"
WIDE = 10.0  # the ratio of highest to lowest median time from which colours are logarithmic

Kind = Literal["time", "share", "number"]


class MapPoint(TypedDict):
    """What was observed of one run, and the places of its cell in `xs` and `ys`.

    `happened` is false where `value` is a time until which it had not; `value` is None where the run was left out.
    """

    x: int
    y: int
    run: str
    arm: str
    seed: int
    value: float | None
    happened: bool
    left_out: str


class MapCell(TypedDict):
    """The runs of one cell: how many were observed, declared, censored, left out; and their outcome.

    `value` is the Kaplan-Meier median of times, None where fewer than half came to it; of truth values the share, of
    other numbers the median. `low` and `high` are the 95 % interval; of other numbers the middle half. `until` is the
    last step at which a censored run was seen without, None where none is censored.
    """

    x: int
    y: int
    n: int
    declared: int
    censored: int
    left_out: int
    value: float | None
    low: float | None
    high: float | None
    until: float | None


class MapView(TypedDict):
    """A map: names of its axes (`y` is empty where it has one row), the values on them, its cells, and its runs.

    `cells` has one for each pair of values that was declared; other pairs are blank. `log`: median times span so much
    that colours are logarithmic. `problem` says why nothing could be observed; empty where it could.
    """

    name: str
    title: str
    measured: str
    unit: str
    kind: Kind
    x: str
    y: str
    xs: list[str]
    ys: list[str]
    cells: list[MapCell]
    points: list[MapPoint]
    log: bool
    problem: str


def map_views(lab: Lab, document: Mapping[str, Any], maps: Sequence[Map]) -> list[MapView]:
    """Lay the judged runs of a study out over the axes of its maps.

    Args:
        lab: that holds the runs; one that is gone from it is not on a map.
        document: what is stored with the study's verdicts.
        maps: of the study; one without an arm at that scale is left out.
    """
    entries = {arm["name"]: arm for arm in document["arms"]}
    drawn = {one.name: _Laid(one, entries) for one in maps if any(name in entries for name in one.arms)}
    wanted = {name for laid in drawn.values() for name in laid.arms}
    known = set(lab.run_ids())
    for name, entry in entries.items():
        for run in entry["finished"] if name in wanted else ():
            if run in known:
                evidence = RunEvidence(name, read_run(lab, run, strict=False))
                for laid in drawn.values():
                    laid.see(evidence)
    return [laid.view() for laid in drawn.values()]


class _Laid:
    """One map while its runs are read, each once for all maps."""

    def __init__(self, shown_map: Map, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self.map = shown_map
        self.arms = [name for name in shown_map.arms if name in entries]
        self.kinds: set[Kind] = set()
        self.points: dict[str, MapPoint] = {}
        self.problem = ""
        self.places: dict[tuple[str, int], tuple[str, str]] = {}
        self.xs, self.ys = list[str](), [""]
        try:
            self._lay_out(entries)
        except StudyError as error:
            self.problem = str(error)

    def _lay_out(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        declared = [(name, seed) for name in self.arms for seed in entries[name]["seeds"]]
        specs = {name: flattened(entries[name]["spec"]) for name in self.arms}
        axes = (self.map.x, self.map.y)
        values = {
            (name, seed): tuple(_value(a, name, specs[name], seed) for a in axes) for name, seed in declared
        }
        self.xs, self.ys = (
            _ordered(axis, [value[i] for value in values.values()]) for i, axis in enumerate(axes)
        )
        self.places = {key: (_text(x), _text(y)) for key, (x, y) in values.items()}

    def see(self, run: RunEvidence) -> None:
        """Take what the statistic makes of a run, if it is on this map."""
        place = self.places.get((run.arm, run.seed))
        if place is None or self.problem:
            return
        try:
            point, kind = _observed(self.map, run)
        except LatebloomError as error:
            self.problem = str(error)
            return
        if kind:
            self.kinds.add(kind)
        x, y = place
        self.points[run.id] = MapPoint(x=self.xs.index(x), y=self.ys.index(y), **point)

    def view(self) -> MapView:
        """Sum the cells up."""
        kind = self.kinds.pop() if len(self.kinds) == 1 else "number"
        points = sorted(self.points.values(), key=lambda one: (one["y"], one["x"], one["arm"], one["seed"]))
        cells = [] if self.problem else list(self._cells(kind, points))
        middles = [cell["value"] for cell in cells if cell["value"]]
        return MapView(
            name=self.map.name,
            title=self.map.title,
            measured=self.map.measured,
            unit=self.map.unit,
            kind=kind,
            x=self.map.x.name,
            y=self.map.y.name if self.map.y else "",
            xs=self.xs,
            ys=self.ys,
            cells=cells,
            points=[] if self.problem else points,
            log=kind == "time" and bool(middles) and max(middles) >= WIDE * min(middles),
            problem=self.problem,
        )

    def _cells(self, kind: Kind, points: Sequence[MapPoint]) -> Iterator[MapCell]:
        counted: dict[tuple[int, int], int] = {}
        for x, y in self.places.values():
            place = (self.xs.index(x), self.ys.index(y))
            counted[place] = counted.get(place, 0) + 1
        for (x, y), declared in sorted(counted.items(), key=lambda item: (item[0][1], item[0][0])):
            own = [point for point in points if (point["x"], point["y"]) == (x, y)]
            yield _cell(x, y, declared, kind, own)


def _value(axis: Axis | None, arm: str, spec: Mapping[str, Any], seed: int) -> Any:
    if axis is None:
        return ""
    if axis.arms:
        return axis.arms[arm]
    if axis.setting == SEED:
        return seed
    if axis.setting not in spec:
        raise StudyError(
            f"axis {axis.name}: arm {arm} has no setting {axis.setting}; it has {', '.join(spec)}"
        )
    return spec[axis.setting]


def _ordered(axis: Axis | None, values: Sequence[Any]) -> list[str]:
    """List the values of an axis as texts: arms as the axis lists them, numbers by size and before texts."""
    if axis is not None and axis.arms:
        return [text for text in dict.fromkeys(axis.arms.values()) if text in values]
    numbers = sorted({value for value in values if isinstance(value, int | float)})
    others = sorted({_text(value) for value in values if not isinstance(value, int | float)})
    return [*map(_text, numbers), *others]


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _observed(shown_map: Map, run: RunEvidence) -> tuple[dict[str, Any], Kind | None]:
    value = guarded(lambda: shown_map.statistic(run), f"map {shown_map.name}, run {run.id}: its statistic")
    point = {"run": run.id, "arm": run.arm, "seed": run.seed, "happened": True, "left_out": ""}
    if isinstance(value, LeftOut):
        return point | {"value": None, "left_out": value.why}, None
    if isinstance(value, Time):
        return point | {"value": value.step, "happened": value.happened}, "time"
    if isinstance(value, tuple):
        raise StudyError(
            f"map {shown_map.name}: its statistic gave {shown(value)}; a cell shows one number a run"
        )
    if finite(float(value)) is None:
        return point | {"value": None, "left_out": "not a number"}, None
    return point | {"value": float(value)}, "share" if isinstance(value, bool) else "number"


def _cell(x: int, y: int, declared: int, kind: Kind, points: Sequence[MapPoint]) -> MapCell:
    kept = [(float(point["value"]), point["happened"]) for point in points if point["value"] is not None]
    without = [value for value, happened in kept if not happened]
    value, low, high = _summed(kind, [value for value, happened in kept if happened], without)
    return MapCell(
        x=x,
        y=y,
        n=len(kept),
        declared=declared,
        censored=len(without),
        left_out=len(points) - len(kept),
        value=value,
        low=low,
        high=high,
        until=max(without, default=None),
    )


def _summed(
    kind: Kind, values: Sequence[float], censored: Sequence[float]
) -> tuple[float | None, float | None, float | None]:
    if kind == "time":
        found = times(values, censored)
        return found["median"], found["low"], found["high"]
    if kind == "share":
        share = rate(sum(map(bool, values)), len(values))
        return share["share"], share["low"], share["high"]
    spread = quartiles(values)
    return spread["median"], spread["lower_quartile"], spread["upper_quartile"]
