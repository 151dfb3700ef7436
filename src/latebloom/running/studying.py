"""Trains what a study needs and a lab lacks: arm after arm, in the order in which the study lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from latebloom.errors import InputError
from latebloom.executors import Workers
from latebloom.looks import Look, parse_looks
from latebloom.running.execute import Message, Outcome, carry_out_plan, choose_looks
from latebloom.running.following import Follower
from latebloom.running.forecast import together
from latebloom.running.keyframes import Keyframes, looks_of
from latebloom.running.look_trials import (
    Seconds,
    busy_cores,
    looked,
    not_counted,
    seconds_of,
    seconds_of_looks,
    with_measuring,
)
from latebloom.running.plan import (
    FINISHED,
    Options,
    Plan,
    check_plan,
    cores,
    make_plan,
    portions,
    worker_count,
)
from latebloom.running.trials import LIMIT, Kind, Paces, paces
from latebloom.spec import Spec
from latebloom.store import Lab, StoredRun, read_run, snapshots
from latebloom.study.claim import Arm


@dataclass(frozen=True)
class Stage:
    """Arms that are trained at once."""

    arms: tuple[Arm, ...]

    @property
    def name(self) -> str:
        """The names of its arms."""
        return ", ".join(arm.name for arm in self.arms)

    @property
    def specs(self) -> tuple[Spec, ...]:
        """Every run of it, each once."""
        return tuple({spec.id: spec for arm in self.arms for spec in arm.specs}.values())


@dataclass(frozen=True)
class Expected:
    """What a stage would take.

    Args:
        stage: its arms.
        done, begun, new: runs.
        steps: of those that are not done.
        seconds: until it is trained and measured, but for what is not counted.
        keyframes: how many snapshots are measured beside training.
        not_counted: looks whose time is not known beforehand, since trying them would take too long.
        tried, scaled: how many of its populations are of a kind that was tried, and of one that was scaled.
        may_stop_early: whether its runs may need fewer steps.
    """

    stage: str
    done: int
    begun: int
    new: int
    steps: int
    seconds: float
    keyframes: int
    not_counted: tuple[str, ...]
    tried: int
    scaled: int
    may_stop_early: bool


def stages_of(arms: Sequence[Arm]) -> list[Stage]:
    """Part the arms, in their order, into those that are trained at once."""
    keyed = [(arm.together or f"{place} alone", arm) for place, arm in enumerate(arms)]
    return [Stage(tuple(arm for _, arm in group)) for _, group in groupby(keyed, key=lambda pair: pair[0])]


def check_arms(arms: Sequence[Arm], options: Options) -> list[Arm]:
    """Make sure, before anything is written, that all can be trained here and looked at as asked.

    Returns the arms with their looks in the shortest form.

    Raises:
        InputError: a look that cannot be taken, or runs that do not fit; names the arm.
    """
    checked: list[Arm] = []
    for arm in arms:
        try:
            check_plan(arm.specs, options)
            live = choose_looks(arm.specs, arm.looks)
            later = _checked_afterwards(arm)
        except InputError as error:
            raise InputError(f"arm {arm.name}: {error}") from None
        checked.append(replace(arm, looks=live, afterwards=later))
    return checked


@dataclass(frozen=True)
class _Left:
    """What is left to be done of a stage.

    Args:
        stored: what the lab has of it. done: the runs that are finished.
        specs: of those that are not. workers: how many processes train them.
        populations: each with its kind.
        measured: each run that is not done, with the looks of its snapshots that training does not wait for.
    """

    stored: dict[str, StoredRun]
    done: tuple[str, ...]
    specs: tuple[Spec, ...]
    workers: int
    populations: tuple[tuple[tuple[Spec, ...], Kind], ...]
    measured: tuple[tuple[Spec, tuple[Look, ...]], ...]

    def share(self, part: Sequence[Spec]) -> float:
        return _share_left(self.stored, [spec.id for spec in part], part[0].steps)


def expected(
    lab: Lab | None,
    stages: Sequence[Stage],
    options: Options,
    *,
    limit: float = LIMIT,
    on_trial: Callable[[int, int], None] = lambda _done, _most: None,
) -> list[Expected]:
    """Estimate what each stage would take, by training some kinds of populations for a moment; see `trials.paces`.

    The processes that train load once, which counts to the first stage that has something to train. Looks that training
    does not wait for are tried too, each of the first runs that have it; see `look_trials`.
    """
    left = [_left(lab, stage, options) for stage in stages]
    demand = {kind: kind.operations(part[0]) for own in left for part, kind in own.populations}
    known = paces(demand, limit=limit, on_trial=on_trial)
    wanted: dict[Look, list[Spec]] = {}
    for own in left:
        for spec, looks in own.measured:
            for look in looks:
                wanted.setdefault(look, []).append(spec)
    dear = seconds_of_looks(wanted, limit=limit)
    found = [_expected(stage, own, known, dear) for stage, own in zip(stages, left, strict=True)]
    first = next((place for place, own in enumerate(left) if own.populations), None)
    if first is not None:
        loading = max(pace.loading for pace in known.by_kind.values())
        found[first] = replace(found[first], seconds=found[first].seconds + loading)
    return found


def _left(lab: Lab | None, stage: Stage, options: Options) -> _Left:
    stored = _stored(lab, stage.specs) if lab else {}
    done = tuple(name for name, run in stored.items() if run.status in FINISHED)
    specs = tuple(spec for spec in stage.specs if spec.id not in done)
    workers = worker_count(options, options.device, len(specs))
    threads, device = options.threads or max(1, cores() // workers), options.device.split(",")[0]
    populations: list[tuple[tuple[Spec, ...], Kind]] = []
    for texts, group in groupby(stage.arms, key=lambda arm: arm.looks):
        wanted = {spec.id for spec in Stage(tuple(group)).specs}
        own, looks = [spec for spec in specs if spec.id in wanted], tuple(parse_looks(texts))
        for part in portions(own, workers, options.device) if own else ():
            populations.append((tuple(part), Kind(tuple(part), looks, threads, device)))
    return _Left(stored, done, specs, workers, tuple(populations), _measured(stage, done))


def _measured(stage: Stage, done: Sequence[str]) -> tuple[tuple[Spec, tuple[Look, ...]], ...]:
    """List the runs that are not done, each once, with the looks that are taken of their snapshots."""
    looks: dict[Spec, dict[Look, None]] = {}
    for arm in stage.arms:
        beside = [look for look in parse_looks(arm.looks) if look.dear]
        for spec in arm.specs:
            if spec.id not in done:
                looks.setdefault(spec, {}).update(dict.fromkeys((*beside, *parse_looks(arm.afterwards))))
    return tuple((spec, tuple(own)) for spec, own in looks.items() if own)


def _expected(stage: Stage, left: _Left, known: Paces, dear: Seconds) -> Expected:
    seconds = [known.by_kind[kind.key].seconds(part[0]) * left.share(part) for part, kind in left.populations]
    tried = sum(kind.key in known.tried for _, kind in left.populations)
    begun = sum(spec.id in left.stored for spec in left.specs)
    training = together(seconds, max(1, min(left.workers, len(seconds))))
    threads = max((busy_cores(kind.device, kind.threads) for _, kind in left.populations), default=1)
    counts = [looked([spec], looks) for spec, looks in left.measured]
    measuring = sum(
        seconds_of(each, dear) * left.share([spec])
        for each, (spec, _) in zip(counts, left.measured, strict=True)
    )
    return Expected(
        stage=stage.name,
        done=len(left.done),
        begun=begun,
        new=len(left.specs) - begun,
        steps=sum(spec.steps for spec in left.specs),
        seconds=with_measuring(training, threads * sum(seconds), measuring, cores()),
        keyframes=sum(_keyframes(part[0], kind.looks) * len(part) for part, kind in left.populations),
        not_counted=tuple(dict.fromkeys(name for each in counts for name in not_counted(each, dear))),
        tried=tried,
        scaled=len(left.populations) - tried,
        may_stop_early=any(part[0].training.stop != "never" for part, _ in left.populations),
    )


def _keyframes(spec: Spec, looks: Sequence[Look]) -> int:
    """Count the snapshots of a run that dear looks are taken of."""
    dear = [look for look in looks if look.dear]
    return sum(any(look.due(step) for look in dear) for step in spec.snapshot_steps)


def train_stage(
    lab: Lab,
    study: str,
    stage: Stage,
    options: Options,
    *,
    on_plan: Callable[[Plan], None],
    on_message: Callable[[int, Message], None],
    should_stop: Callable[[], bool],
    workers: Workers | None = None,
    measuring: Workers | None = None,
) -> Outcome:
    """Train what is missing of a stage, then take the looks of its snapshots that are to be taken afterwards.

    `workers`, and `measuring` processes, that are kept for all stages spare each of them the start of its own.

    Raises:
        InputError: the runs cannot fit in memory, or the device is not there.
    """
    plan = _plan(lab, study, stage, options)
    outcome = carry_out_plan(
        plan,
        on_plan=on_plan,
        on_message=on_message,
        should_stop=should_stop,
        workers=workers,
        measuring=measuring,
    )
    if outcome.interrupted:
        return outcome
    with Follower(_afterwards(lab, stage), on_message, measuring) as follower:
        whole = follower.finish(should_stop)
    failures = (*outcome.failures, *follower.failures)
    return replace(outcome, failures=failures, interrupted=not whole)


def _plan(lab: Lab, study: str, stage: Stage, options: Options) -> Plan:
    """Plan the stage's runs: those of equal looks together; begun ones go on with the looks they were begun with."""
    plans: list[Plan] = []
    for looks, group in groupby(stage.arms, key=lambda arm: arm.looks):
        specs = Stage(tuple(group)).specs
        stored = _stored(lab, specs)
        apart = [
            spec
            for spec in specs
            if spec.id in stored and set(looks_of(stored[spec.id].document)) != set(looks)
        ]
        own = [spec for spec in specs if spec not in apart]
        for part, asked in ((own, looks), (apart, ())):
            if part:
                plans.append(make_plan(lab, part, study, replace(options, looks=asked), options.device))
    return Plan(
        jobs=tuple(job for plan in plans for job in plan.jobs),
        workers=max(plan.workers for plan in plans),
        finished=tuple(run for plan in plans for run in plan.finished),
        obstacles=tuple(error for plan in plans for error in plan.obstacles),
        keyframes=tuple(one for plan in plans for one in plan.keyframes),
    )


def _afterwards(lab: Lab, stage: Stage) -> tuple[Keyframes, ...]:
    """List what is taken of stored snapshots: looks for afterwards, and live ones that a run was trained without."""
    looks: dict[str, dict[str, None]] = {}
    for arm in stage.arms:
        for run in _stored(lab, arm.specs).values():
            if run.status in FINISHED and snapshots(run):
                asked = (*_not_taken_live(arm, run), *arm.afterwards)
                looks.setdefault(run.id, {}).update(dict.fromkeys(asked))
    place = str(lab.path.absolute())
    return tuple(Keyframes(place, run, tuple(own)) for run, own in looks.items() if own)


def _not_taken_live(arm: Arm, run: StoredRun) -> list[str]:
    """List the live looks that a run was begun without, where its snapshots can make up for it."""
    own = set(looks_of(run.document))
    steps = [step for step, _ in snapshots(run)]
    missing = parse_looks(look for look in arm.looks if look not in own)
    return [look.text for look in missing if any(map(look.due, steps))]


def _checked_afterwards(arm: Arm) -> tuple[str, ...]:
    if not arm.afterwards:
        return ()
    from latebloom.running.looking import checked_looks  # loads torch

    return tuple(look.text for look in checked_looks(arm.specs[:1], arm.afterwards, live=False))


def _stored(lab: Lab, specs: Sequence[Spec]) -> dict[str, StoredRun]:
    known = set(lab.run_ids())
    return {spec.id: read_run(lab, spec.id, strict=False) for spec in specs if spec.id in known}


def _share_left(stored: dict[str, StoredRun], runs: Sequence[str], steps: int) -> float:
    """The share of steps that the least trained of these runs has before it."""
    return 1 - min(stored[run].step if run in stored else 0 for run in runs) / steps
