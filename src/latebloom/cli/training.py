"""The verbs that train: demo, run, resume, verify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from latebloom.cli.printing import print_json, print_text
from latebloom.cli.words import Whole, check_options

if TYPE_CHECKING:
    from latebloom.running.plan import Options

DEFAULT_LAB = Path("latebloom-lab")


def demo(*, lab: Path = DEFAULT_LAB, again: bool = False, workers: Whole = 0) -> int:
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
    steps: Whole | None = None,
    look: list[str] | None = None,
    device: str = "auto",
    workers: Whole = 0,
    threads: Whole = 0,
    lab: Path = DEFAULT_LAB,
    again: bool = False,
    dry_run: bool = False,
    checkpoint_seconds: float = 30.0,
    serve: bool = False,
    json: bool = False,
) -> int:
    """Train the runs of a preset or a TOML file; finished ones are not trained twice.

    ```
    latebloom run manifold-addition --seeds 8
    latebloom run gromov --seeds 3,5,7 --set optimizer.weight_decay=1.0,5.0
    latebloom run manifold-addition --look ring_scan@final:5000
    latebloom run my-experiment.toml --dry-run
    latebloom run demo --serve
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
    look:
        A measure to take along training, as MEASURE@SITE:EVERY; several are given one by one.
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
    serve:
        Show the lab in the browser meanwhile: the address is printed, and a process of its own serves it.
    json:
        Print the result as JSON.
    """
    from latebloom.running.plan import Options

    options = Options(device, workers, threads, again, checkpoint_seconds, looks=tuple(look or ()))
    return _train(
        source,
        options,
        lab,
        seeds=seeds,
        overrides=set_ or (),
        steps=steps,
        dry_run=dry_run,
        json=json,
        serve=serve,
    )


def resume(
    *runs: str,
    lab: Path = DEFAULT_LAB,
    device: str = "auto",
    workers: Whole = 0,
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
    from latebloom.cli.watching import conclude, watch
    from latebloom.running.execute import carry_out_plan, choose_device, resume_plan
    from latebloom.running.plan import Options, refuse_watched
    from latebloom.store import Lab

    check_options(Options(device, workers, checkpoint_seconds=checkpoint_seconds))
    opened = Lab.open(lab)
    ids = [opened.resolve(run) for run in runs] or opened.run_ids()
    refuse_watched(opened, ids if runs else [])
    options = Options(choose_device(device), workers, checkpoint_seconds=checkpoint_seconds)
    plan = resume_plan(opened, ids, options)
    if plan.jobs or plan.keyframes:
        opened.writable()
    outcome = watch(
        opened,
        lambda progress, asked: carry_out_plan(
            plan, on_plan=progress.plan, on_message=progress.message, should_stop=asked
        ),
    )
    return conclude(opened, outcome, hint="", json=json)


def verify(run: str, /, *, lab: Path = DEFAULT_LAB, json: bool = False) -> int:
    """Train the last checkpointed stretch of a run again and compare it with what is stored, bit by bit.

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

    from latebloom.store import Lab

    opened = Lab.open(lab)
    known = opened.resolve(run)  # before torch is loaded
    from latebloom.running.verify import verify as verify_run

    found = verify_run(opened, known)
    if json:
        print_json({**asdict(found), "equal": found.equal})
    else:
        verdict = "equal to the last bit" if found.equal else f"different, by {found.farthest:.3g} at most"
        print_text(f"{found.run}: steps {found.start:,} to {found.stop:,} trained again: {verdict}")
        print_text(f"  stored  {found.stored}\n  trained {found.trained}")
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
    serve: bool = False,
) -> int:
    from dataclasses import replace

    from latebloom.cli.beside import Beside
    from latebloom.cli.watching import conclude, watch
    from latebloom.running.execute import carry_out, choose_device, choose_looks
    from latebloom.running.plan import check_plan
    from latebloom.spec import read_request
    from latebloom.store import Lab

    check_options(options)
    request = read_request(source, overrides=overrides, seeds=seeds, steps=steps)
    check_plan(request.specs, options)  # before torch is loaded to find the device
    looks = choose_looks(request.specs, (*request.looks, *options.looks))
    options = replace(options, device=choose_device(options.device), looks=looks)
    check_plan(request.specs, options)
    if dry_run:
        from latebloom.cli.dry_run import print_dry_run

        return print_dry_run(request, options, json=json)
    opened = Lab.open(lab, create=True)
    with Beside(opened, wanted=serve) as beside:
        outcome = watch(
            opened,
            lambda progress, asked: carry_out(
                opened,
                request.specs,
                request.preset,
                options,
                on_plan=progress.plan,
                on_message=progress.message,
                should_stop=asked,
            ),
        )
        code = conclude(opened, outcome, hint=_hint(options), json=json, out=out)
        beside.stay()
    return code


def _hint(options: Options) -> str:
    """Say what could be done with runs that are finished already."""
    looks = "; latebloom measure takes looks that they lack at their snapshots" if options.looks else ""
    return f"; --again trains anew{looks}"
