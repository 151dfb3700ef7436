"""The verbs that train: demo, run, resume, verify."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from latebloom.cli.signals import Stop
from latebloom.errors import InputError

if TYPE_CHECKING:
    from latebloom.running.execute import Outcome
    from latebloom.running.plan import Options
    from latebloom.store import Lab

DEFAULT_LAB = Path("latebloom-lab")


def demo(*, lab: Path = DEFAULT_LAB, again: bool = False, workers: int = 0) -> int:
    """Watch ten small networks memorise, wait and grok, in less than a minute; then open the report.

    ```
    latebloom demo
    latebloom demo --again          watch it once more
    ```

    Parameters
    ----------
    lab:
        The directory that holds the runs.
    again:
        Forget the finished runs and train them anew.
    workers:
        Processes at once; 0 for one per core.
    """
    from latebloom.running.plan import Options

    return _train("demo", Options(again=again, workers=workers), lab, out=lab / "demo.html")


def run(
    source: str,
    /,
    *,
    seeds: str | None = None,
    set_: Annotated[list[str] | None, Parameter(name="--set", allow_leading_hyphen=True)] = None,
    steps: int | None = None,
    device: str = "auto",
    workers: int = 0,
    threads: int = 0,
    lab: Path = DEFAULT_LAB,
    again: bool = False,
    dry_run: bool = False,
    checkpoint_seconds: float = 30.0,
    json: bool = False,
) -> int:
    """Train the runs of a preset or a TOML file; finished ones are not trained twice.

    ```
    latebloom run manifold-addition --seeds 8
    latebloom run gromov --seeds 3,5,7 --set optimizer.weight_decay=1.0,5.0
    latebloom run my-experiment.toml --dry-run
    ```

    Parameters
    ----------
    source:
        A preset (`latebloom presets` lists them) or a TOML file.
    seeds:
        How many (8: seeds 0 to 7) or which (3,5,7).
    set_:
        Change a key: `--set training.batch=512`. Several values, parted by commas, make a grid.
    steps:
        Train for so many optimizer steps instead.
    device:
        auto, cpu, or a device of torch such as cuda.
    workers:
        Processes at once; 0 for one per core on a CPU, one on a GPU.
    threads:
        CPU threads per process; 0 for an equal share of the cores.
    lab:
        The directory that holds the runs.
    again:
        Forget finished runs and train them anew.
    dry_run:
        Only print the runs, their parameters, memory and time.
    checkpoint_seconds:
        Least time between two checkpoints.
    json:
        Print the result as JSON.
    """
    from latebloom.running.plan import Options

    options = Options(device, workers, threads, again, checkpoint_seconds)
    return _train(
        source, options, lab, seeds=seeds, overrides=set_ or (), steps=steps, dry_run=dry_run, json=json
    )


def resume(
    *runs: str,
    lab: Path = DEFAULT_LAB,
    device: str = "auto",
    workers: int = 0,
    checkpoint_seconds: float = 30.0,
    json: bool = False,
) -> int:
    """Go on with interrupted runs from their last checkpoints: those named, or all.

    ```
    latebloom resume
    latebloom resume addition-s3-1f3a9c02d4 --lab elsewhere
    ```

    Parameters
    ----------
    runs:
        Ids, or beginnings or endings of ids that only one run has; all unfinished runs if none is given.
    lab:
        The directory that holds the runs.
    device:
        auto, cpu, or a device of torch such as cuda.
    workers:
        Processes at once; 0 for one per core on a CPU, one on a GPU.
    checkpoint_seconds:
        Least time between two checkpoints.
    json:
        Print the result as JSON.
    """
    from latebloom.running.execute import carry_out_plan, choose_device, resume_plan
    from latebloom.running.plan import Options
    from latebloom.store import Lab

    opened = Lab.open(lab)
    options = Options(choose_device(device), workers, checkpoint_seconds=checkpoint_seconds)
    plan = resume_plan(opened, [opened.resolve(run) for run in runs], options)
    with Stop() as stop, _progress() as progress:
        outcome = carry_out_plan(
            plan, on_plan=progress.plan, on_message=progress.message, should_stop=stop.asked
        )
    return _conclude(opened, outcome, stop, json=json, out=None)


def verify(run: str, /, *, lab: Path = DEFAULT_LAB, json: bool = False) -> int:
    """Train the last checkpointed stretch of a run again and compare the result, bit by bit, with what is stored.

    ```
    latebloom verify addition-s3-1f3a9c02d4
    ```

    Parameters
    ----------
    run:
        Its id, or a beginning or ending of it that only one run has.
    lab:
        The directory that holds the runs.
    json:
        Print the result as JSON.
    """
    from dataclasses import asdict

    from latebloom.running.verify import verify as verify_run
    from latebloom.store import Lab

    opened = Lab.open(lab)
    found = verify_run(opened, opened.resolve(run))
    if json:
        _print_json({**asdict(found), "equal": found.equal})
    else:
        verdict = "equal to the last bit" if found.equal else f"different, by {found.farthest:.3g} at most"
        sys.stdout.write(f"{found.run}: steps {found.start:,} to {found.stop:,} trained again: {verdict}\n")
        sys.stdout.write(f"  stored  {found.stored}\n  trained {found.trained}\n")
    return 0 if found.equal else 4


def _train(
    source: str,
    options: Options,
    lab: Path,
    *,
    seeds: str | None = None,
    overrides: Sequence[str] = (),
    steps: int | None = None,
    dry_run: bool = False,
    json: bool = False,
    out: Path | None = None,
) -> int:
    from latebloom.spec import read_request

    _check_options(options)
    request = read_request(source, overrides=overrides, seeds=seeds, steps=steps)
    from dataclasses import replace

    from latebloom.running.execute import carry_out, choose_device
    from latebloom.running.plan import check_plan
    from latebloom.store import Lab

    options = replace(options, device=choose_device(options.device))
    check_plan(request.specs, options)
    if dry_run:
        from latebloom.cli.dry_run import print_dry_run

        return print_dry_run(request, options, json=json)
    opened = Lab.open(lab, create=True)
    with Stop() as stop, _progress() as progress:
        outcome = carry_out(
            opened, request.specs, request.preset, options,
            on_plan=progress.plan, on_message=progress.message, should_stop=stop.asked,
        )  # fmt: skip
    return _conclude(opened, outcome, stop, json=json, out=out)


def _check_options(options: Options) -> None:
    for name, value, most in (("workers", options.workers, 1024), ("threads", options.threads, 1024)):
        if not 0 <= value <= most:
            raise InputError(
                f"--{name} is {value}; give a number from 1 to {most}, or 0 to leave it to latebloom"
            )
    if not 0 < options.checkpoint_seconds <= 86_400:
        raise InputError(
            f"--checkpoint-seconds is {options.checkpoint_seconds}; give seconds, more than 0, up to a day"
        )


def _progress() -> Any:
    from latebloom.cli.progress import choose_progress

    return choose_progress(sys.stderr)


def _conclude(lab: Lab, outcome: Outcome, stop: Stop, *, json: bool, out: Path | None) -> int:
    """Say what came of it; write the report if asked; return the exit code."""
    from latebloom.report import write_report
    from latebloom.views import group_view, list_view, sentences

    runs = [*outcome.finished, *outcome.trained]
    if outcome.finished and not json:
        count = len(outcome.finished)
        sys.stderr.write(f"{count} run{'s are' if count > 1 else ' is'} done already; --again trains anew\n")
    if json:
        _print_json([entry for entry in list_view(lab) if entry["id"] in set(runs)])
    elif runs:
        sys.stdout.write("\n".join(sentences(group_view(lab, runs))) + "\n")
        if out:
            sys.stdout.write(f"report: {write_report(lab, runs, out)}\n")
        else:
            sys.stdout.write(f"next: latebloom report --lab {lab.path}\n")
    return _exit_code(lab, outcome, stop)


def _exit_code(lab: Lab, outcome: Outcome, stop: Stop) -> int:
    for failure in outcome.failures:
        sys.stderr.write(f"latebloom: {failure.message}\n")
    if outcome.interrupted:
        sys.stderr.write(f"stopped; everything is saved. Go on with: latebloom resume --lab {lab.path}\n")
        return stop.exit_code
    return max((failure.exit_code for failure in outcome.failures), default=0)


def _print_json(value: Any) -> None:
    sys.stdout.write(json_format.dumps(value, indent=2, allow_nan=False) + "\n")
