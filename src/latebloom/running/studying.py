"""Trains what a study needs and a lab lacks: arm after arm, in the order in which the study lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from latebloom.errors import InputError, InterruptionError, LatebloomError
from latebloom.executors import Failure
from latebloom.looks import parse_looks
from latebloom.running.execute import Message, Outcome, carry_out_plan, choose_looks
from latebloom.running.forecast import forecast, together
from latebloom.running.keyframes import looks_of
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
from latebloom.spec import Spec
from latebloom.store import Lab, StoredRun, read_run, snapshots
from latebloom.study.claim import Arm

TRIAL = 0.5  # seconds that each kind of population is tried for; a study may have many kinds


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
    """What a stage would take: runs that are done, begun, new; steps of those that are not done; seconds."""

    stage: str
    done: int
    begun: int
    new: int
    steps: int
    seconds: float
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


def expected(lab: Lab | None, stage: Stage, options: Options) -> Expected:
    """Estimate what a stage would take, by training each kind of its populations for a moment."""
    stored = _stored(lab, stage.specs) if lab else {}
    done = [name for name, run in stored.items() if run.status in FINISHED]
    left = [spec for spec in stage.specs if spec.id not in done]
    looks = parse_looks(dict.fromkeys(look for arm in stage.arms for look in arm.looks))
    workers = worker_count(options, options.device, len(left))
    parts = portions(left, workers, options.device) if left else []
    threads = options.threads or max(1, cores() // workers)
    populations = forecast(parts, options, threads, looks=looks, trial=TRIAL)
    shares = [_share_left(stored, population.runs, population.steps) for population in populations]
    seconds = [population.seconds * share for population, share in zip(populations, shares, strict=True)]
    return Expected(
        stage.name,
        len(done),
        sum(spec.id in stored for spec in left),
        sum(spec.id not in stored for spec in left),
        sum(spec.steps for spec in left),
        together(seconds, max(1, min(workers, len(parts)))),
        any(population.may_stop_early for population in populations),
    )


def train_stage(
    lab: Lab,
    study: str,
    stage: Stage,
    options: Options,
    *,
    on_plan: Callable[[Plan], None],
    on_message: Callable[[int, Message], None],
    should_stop: Callable[[], bool],
) -> Outcome:
    """Train what is missing of a stage, then take the looks of its snapshots that are to be taken afterwards.

    Raises:
        InputError: the runs cannot fit in memory, or the device is not there.
    """
    plan = _plan(lab, study, stage, options)
    outcome = carry_out_plan(plan, on_plan=on_plan, on_message=on_message, should_stop=should_stop)
    if outcome.interrupted:
        return outcome
    failures = list(outcome.failures)
    for arm in stage.arms:
        try:
            _measure(lab, arm, on_message, should_stop)
        except InterruptionError:
            return replace(outcome, failures=tuple(failures), interrupted=True)
        except LatebloomError as error:
            failures.append(Failure(-1, f"arm {arm.name}: {error}", error.exit_code))
    return replace(outcome, failures=tuple(failures))


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


def _measure(
    lab: Lab, arm: Arm, on_message: Callable[[int, Message], None], should_stop: Callable[[], bool]
) -> None:
    """Take looks of stored snapshots: those for afterwards, and live ones that a run was not trained with."""
    stored = _stored(lab, arm.specs)
    asked = {
        run.id: tuple(dict.fromkeys((*_not_taken_live(arm, run), *arm.afterwards)))
        for run in stored.values()
        if run.status in FINISHED and snapshots(run)
    }
    runs = [run for run, looks in asked.items() if looks]
    if not runs:
        return
    from latebloom.running.measuring import measure_snapshots  # loads torch

    for place, run in enumerate(runs):

        def report(_run: str, _step: int, left: int, others: int = len(runs) - place - 1) -> None:
            on_message(-1, {"kind": "keyframe", "left": left + others})
            if should_stop():
                raise InterruptionError("stopped while measuring", 130)

        measure_snapshots(lab, [run], asked[run], report=report, leave_out=True)


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
