"""Runs side by side: those that differ only in their seed make a group, which is what evidence is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal, Protocol, TypedDict, TypeVar

from latebloom.records import canonical_json
from latebloom.statistics import Quartiles, Rate, Times, finite, quartiles, rate, times
from latebloom.store import Lab
from latebloom.views import settings
from latebloom.views.listing import plain_events
from latebloom.views.page import ENVIRONMENT, known_to, plain_course
from latebloom.views.reading import CRITERIA, Member, read_members

Milestone = Literal["memorised", "grokked_first", "grokked_stable"]
MILESTONES: tuple[Milestone, ...] = ("memorised", "grokked_first", "grokked_stable")
UNFINISHED = ("running", "interrupted")
SHOWN_VALUES = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")


class Reached(TypedDict):
    """How many runs of a group came to a milestone, and after how many steps.

    `known_to` is the widest distance, over the runs that came to it, between the evaluation that saw it and
    the one before: the steps in `times` are known to within that. None where no run came to it.
    """

    rate: Rate
    times: Times
    known_to: int | None


class GroupRun(TypedDict):
    """One run in a comparison. `group` is the index of its group, None where its settings cannot be read.

    `course` and `events` are as in `RunView`; `values` are the newest accuracies and losses.
    """

    id: str
    seed: int | None
    group: int | None
    preset: str
    status: str
    problem: str
    step: int
    steps: int
    course: dict[str, Any]
    events: list[dict[str, Any]]
    values: dict[str, float | None]


class Group(TypedDict):
    """Runs whose specs differ in nothing but the seed.

    Attributes:
        label: the settings in which it differs from the other groups; task and model where it is alone.
        differs: these settings, by path.
        title: task and model.
        spec: its settings, without the seed; settings_toml: the same as a file, with the seeds.
        runs, seeds: which; of equal length.
        n: how many runs; evaluated: how many of them have at least one evaluation, which the rates are of.
        statuses: how many runs are done, stopped, diverged, running, interrupted, damaged.
        unfinished: how many of them may still train on.
        steps: how many steps were asked for.
        memorised, grokked_first, grokked_stable: how many came to it, and when.
        ratio: grokked_first / memorised, censored at last step / memorised where a run has not grokked.
        up_time: of the runs that were ever up.
        oscillated: runs with an oscillation; fell: runs that collapsed, whether or not they came back;
        collapsed: runs that are down now; diverged: runs whose loss was no longer finite.
        environment: every version, thread count and device that its runs were trained with.
        command: trains these runs again.
    """

    label: str
    differs: dict[str, Any]
    title: str
    spec: dict[str, Any]
    settings_toml: str
    runs: list[str]
    seeds: list[int | None]
    n: int
    evaluated: int
    statuses: dict[str, int]
    unfinished: int
    steps: int
    memorised: Reached
    grokked_first: Reached
    grokked_stable: Reached
    ratio: Times
    up_time: Quartiles
    oscillated: int
    fell: int
    collapsed: int
    diverged: int
    environment: list[dict[str, Any]]
    command: str


class GroupView(TypedDict):
    """A comparison of runs: the groups in the order of their settings, and every run.

    `left_out` names the runs that belong to no group because their settings cannot be read, and why.
    `differs` are the paths of the settings in which the groups differ.
    """

    lab: str
    criteria: dict[str, Any]
    differs: list[str]
    groups: list[Group]
    runs: list[GroupRun]
    left_out: list[dict[str, str]]


def group_view(lab: Lab, ids: Iterable[str]) -> GroupView:
    """Compare runs, grouped by their settings without the seed. Every run counts, and none twice.

    Raises:
        UnknownNameError: there is no such run.
    """
    return group_members(lab, read_members(lab, ids))


def group_members(lab: Lab, members: Sequence[Member]) -> GroupView:
    """Compare runs that were read already; see `group_view`."""
    parts, differs = parted(members)
    group_of = {member.id: index for index, part in enumerate(parts) for member in part}
    return GroupView(
        lab=lab.path.name,
        criteria=asdict(CRITERIA),
        differs=differs,
        groups=[_group(part, differs) for part in parts],
        runs=[_run(member, group_of.get(member.id)) for member in members],
        left_out=[{"id": member.id, "problem": member.problem} for member in members if not member.spec],
    )


class Told(Protocol):
    """A run of which is known what was asked for."""

    @property
    def spec(self) -> Mapping[str, Any]:
        """Its spec as plain data; empty where it cannot be read."""
        ...

    @property
    def seed(self) -> int | None:
        """The seed of its spec."""
        ...


Run = TypeVar("Run", bound=Told)


def parted(members: Sequence[Run]) -> tuple[list[list[Run]], list[str]]:
    """Part runs into groups, in the order of their settings; also return the paths that tell them apart."""
    parts: dict[str, list[Run]] = {}
    for member in members:
        if member.spec:
            parts.setdefault(canonical_json(settings.without_seed(member.spec)), []).append(member)
    specs = [settings.without_seed(part[0].spec) for part in parts.values()]
    differs = settings.differing(specs) if len(specs) > 1 else []
    ordered = sorted(parts.values(), key=lambda part: settings.order(part[0].spec, differs))
    return [sorted(part, key=lambda member: member.seed or 0) for part in ordered], differs


def _run(member: Member, group: int | None) -> GroupRun:
    newest = member.newest()
    return GroupRun(
        id=member.id,
        seed=member.seed,
        group=group,
        preset=member.preset,
        status=member.status,
        problem=member.problem,
        step=member.stored.step,
        steps=member.stored.steps,
        course=plain_course(member.course),
        events=plain_events(member.stored.events),
        values={name: finite(newest[name][1]) if name in newest else None for name in SHOWN_VALUES},
    )


def _group(part: Sequence[Member], differs: Sequence[str]) -> Group:
    spec = settings.without_seed(part[0].spec)
    flat = settings.flattened(spec)
    seeds = [member.seed for member in part]
    statuses = Counter(member.status for member in part)
    courses = [member.course for member in part]
    return Group(
        label=settings.label(spec, differs) or settings.title(spec),
        differs={path: flat[path] for path in differs if path in flat},
        title=settings.title(spec),
        spec=spec,
        settings_toml=settings.toml(spec, [seed for seed in seeds if seed is not None]),
        runs=[member.id for member in part],
        seeds=seeds,
        n=len(part),
        evaluated=sum(len(member.steps) > 0 for member in part),
        statuses=dict(sorted(statuses.items())),
        unfinished=sum(statuses[status] for status in UNFINISHED),
        steps=part[0].stored.steps,
        memorised=_reached(part, "memorised"),
        grokked_first=_reached(part, "grokked_first"),
        grokked_stable=_reached(part, "grokked_stable"),
        ratio=_ratio(part),
        up_time=quartiles([up for up in (finite(course.up_time) for course in courses) if up is not None]),
        oscillated=sum(course.oscillations > 0 for course in courses),
        fell=sum(course.collapses > 0 for course in courses),
        collapsed=sum(course.collapsed for course in courses),
        diverged=sum(member.stored.ended == "diverged" for member in part),
        environment=_environment(part),
        command=settings.training_command(part[0].preset, spec, [seed for seed in seeds if seed is not None]),
    )


def _reached(part: Sequence[Member], milestone: Milestone) -> Reached:
    evaluated = [member for member in part if len(member.steps)]
    happened = [(member, getattr(member.course, milestone)) for member in evaluated]
    steps = [step for _, step in happened if step is not None]
    last = [int(member.steps[-1]) for member, step in happened if step is None]
    known = [known_to(member).get(milestone, 0) for member, step in happened if step is not None]
    return Reached(
        rate=rate(len(steps), len(evaluated)), times=times(steps, last), known_to=max(known, default=None)
    )


def _ratio(part: Sequence[Member]) -> Times:
    """A run that has not grokked has a ratio above that of its last step, so it is censored there."""
    ratios: list[float] = []
    beyond: list[float] = []
    for course in (member.course for member in part):
        if course.ratio is not None:
            ratios.append(course.ratio)
        elif course.memorised and course.last_step and course.grokked_first is None:
            beyond.append(course.last_step / course.memorised)
    return times(ratios, beyond)


def _environment(part: Sequence[Member]) -> list[dict[str, Any]]:
    """List what the runs were trained with, each combination once; `created` is that of its first run."""
    found: dict[str, dict[str, Any]] = {}
    for member in part:
        entry = {name: member.stored.document.get(name) for name in ENVIRONMENT}
        key = canonical_json({name: value for name, value in entry.items() if name != "created"})
        found.setdefault(key, entry | {"runs": 0})["runs"] += 1
    return list(found.values())
