"""A study being run: the plan with its estimate, then stage after stage, and what can be judged after each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latebloom.cli.board import duration
from latebloom.cli.printing import print_json, print_text
from latebloom.cli.watching import tell_failures, watch
from latebloom.errors import LabError
from latebloom.running.execute import choose_device, hired
from latebloom.running.following import measurers
from latebloom.running.judgement import declare, end_session, judge_study
from latebloom.running.studying import Expected, Stage, check_arms, expected, stages_of, train_stage
from latebloom.running.trials import LIMIT
from latebloom.store import Lab
from latebloom.views.wording import counted

if TYPE_CHECKING:
    from latebloom.running.plan import Options
    from latebloom.study import Arm
    from latebloom.study.loading import Opened


def run_study(
    lab: Path,
    opened: Opened,
    scale: str,
    arms: Sequence[Arm],
    options: Options,
    *,
    dry_run: bool,
    json: bool,
    resume: str,
) -> tuple[dict[str, Any], int] | None:
    """Train a study and judge it; return what is stored of its verdicts, or None where it was only planned.

    Beside the verdicts comes the exit code of what went wrong while training; 0 where nothing did.

    Raises:
        InterruptionError: asked to stop; what was done is saved.
        InputError: arms that cannot be trained here.
    """
    options = replace(options, device=choose_device(options.device))
    arms = check_arms(arms, options)
    stages = stages_of(arms)
    plan = _plan(_held(lab), stages, options)
    if dry_run:
        _print_plan(opened, scale, plan, json=json)
        return None
    found = Lab.open(lab, create=True)
    found.writable()
    _say(_plan_lines(opened, scale, plan))
    declare(found, opened, scale, arms, options.device)
    return _train_all(found, opened, scale, arms, stages, options, resume)


def _train_all(
    lab: Lab,
    opened: Opened,
    scale: str,
    arms: Sequence[Arm],
    stages: Sequence[Stage],
    options: Options,
    resume: str,
) -> tuple[dict[str, Any], int]:
    """Train stage after stage and judge after each; verdicts are stored also where it is stopped."""
    known: dict[str, str] = {}
    code = 0
    try:
        with hired() as workers, measurers() as measuring:
            for place, stage in enumerate(stages, 1):
                _say([f"stage {place} of {len(stages)}: {stage.name}"])
                outcome = watch(
                    lab,
                    lambda progress, asked, stage=stage: train_stage(
                        lab, opened.study.name, stage, options, workers=workers, measuring=measuring,
                        on_plan=progress.plan, on_message=progress.message, should_stop=asked,
                    ),
                    resume,
                )  # fmt: skip
                tell_failures(outcome)
                code = max([code, *(failure.exit_code for failure in outcome.failures)])
                known = _tell_claims(judge_study(lab, opened, scale, arms), known)
    finally:
        end_session(lab, opened.study.name, scale)
        document = judge_study(lab, opened, scale, arms)
    return document, code


def _tell_claims(document: dict[str, Any], known: dict[str, str]) -> dict[str, str]:
    """Say which claims can be judged now that could not before, or are judged otherwise; return all of them."""
    now = {one["claim"]: one["verdict"] for one in document["verdicts"] if one["verdict"] != "not run"}
    fresh = [f"  {claim}: {word}" for claim, word in now.items() if known.get(claim) != word]
    _say([f"{len(now)} of {counted(len(document['verdicts']), 'claim')} can be judged", *fresh])
    return now


def _held(lab: Path) -> Lab | None:
    """Open the lab if there is one already."""
    with suppress(LabError):
        return Lab.open(lab)
    return None


def _plan(lab: Lab | None, stages: Sequence[Stage], options: Options) -> list[Expected]:
    """Estimate what is left, and tell meanwhile how far that is."""
    shown = sys.stderr.isatty()

    def on_trial(done: int, most: int) -> None:
        text = f"trying kinds of populations for a moment, at most about {LIMIT:.0f} s: {done} of {most}"
        if shown:
            sys.stderr.write(f"\r\x1b[2K{text}")
        elif done == 0:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    found = expected(lab, stages, options, on_trial=on_trial)
    if shown:
        sys.stderr.write("\r\x1b[2K")
    return found


def _print_plan(opened: Opened, scale: str, plan: Sequence[Expected], *, json: bool) -> None:
    if json:
        seconds = sum(stage.seconds for stage in plan)
        stages = [asdict(stage) for stage in plan]
        print_json({"study": opened.study.name, "scale": scale, "seconds": seconds, "stages": stages})
    else:
        print_text("\n".join(_plan_lines(opened, scale, plan)))


def _plan_lines(opened: Opened, scale: str, plan: Sequence[Expected]) -> list[str]:
    runs = sum(stage.begun + stage.new for stage in plan)
    steps, seconds = sum(stage.steps for stage in plan), sum(stage.seconds for stage in plan)
    early = " at most" if any(stage.may_stop_early for stage in plan) else ""
    head = f"{opened.study.name} at {scale}: {counted(len(opened.study.claims_at(scale)), 'claim')}"
    if not runs:
        return [f"{head}, nothing to train"]
    keyframes = sum(stage.keyframes for stage in plan)
    measured = f", {counted(keyframes, 'snapshot')} measured beside it" if keyframes else ""
    lacking = dict.fromkeys(name for stage in plan for name in stage.not_counted)
    without = [f"  not counted, since trying takes long: {', '.join(lacking)}"] if lacking else []
    return [
        f"{head}, {counted(runs, 'run')} to train, {steps:,} steps: about {duration(seconds)}{early}{measured}",
        *without,
        *(f"  {_stage_line(stage)}" for stage in plan),
    ]


def _stage_line(stage: Expected) -> str:
    parts = [
        f"{count} {word}"
        for count, word in ((stage.done, "done"), (stage.begun, "begun"), (stage.new, "new"))
        if count
    ]
    time = f", about {duration(stage.seconds)} ({_how(stage)})" if stage.begun + stage.new else ""
    return f"{stage.stage}: {', '.join(parts)}{time}"


def _how(stage: Expected) -> str:
    """Say whether a stage's time was measured, or scaled by counted operations from what was."""
    if not stage.scaled:
        return "measured"
    if not stage.tried:
        return "scaled from others"
    return f"{stage.scaled} of {counted(stage.tried + stage.scaled, 'population')} scaled from others"


def _say(lines: Sequence[str]) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()
