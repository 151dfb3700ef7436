"""The verbs of `latebloom study`: list, show, run, judge, report, new. All but run load no torch."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from latebloom.cli.printing import print_drawn, print_json, print_text
from latebloom.cli.training import DEFAULT_LAB
from latebloom.cli.words import Whole, check_options

if TYPE_CHECKING:
    from latebloom.store import Lab
    from latebloom.study.loading import Opened

SCALE = "laptop"
NOT_REPRODUCED = 3
VERBS = ("list", "show", "run", "judge", "report", "new")
app = App(
    name="study",
    help="Put published claims to the test: declared studies, their runs, their verdicts.",
    default_parameter=Parameter(negative=()),
    help_format="markdown",
)


@app.command(name="list")
def list_(*, json: bool = False) -> int:
    """List the studies that come along, with their scales: claims, arms, runs, steps.

    ```
    latebloom study list
    ```

    Parameters
    ----------
    json:
        Print as JSON.
    """
    from latebloom.studies import STUDIES, open_study
    from latebloom.views.studies import study_entry

    entries = [study_entry(open_study(name).study) for name in STUDIES]
    if json:
        print_json(entries)
    else:
        from latebloom.report.study_terminal import study_list

        print_drawn(study_list(entries))
    return 0


@app.command
def show(study: str, /, *, scale: str = "", claim: str = "", json: bool = False) -> int:
    """Show all that a study declares: its protocol, its arms, every claim with its rule, before anything has run.

    ```
    latebloom study show theory
    latebloom study show ./mine.py --scale smoke
    ```

    Parameters
    ----------
    study:
        Its name (`latebloom study list` has them), or a file that ends in .py.
    scale:
        At which; laptop if none is named.
    claim:
        Only this one.
    json:
        Print as JSON.
    """
    from latebloom.studies import open_study
    from latebloom.views.studies import study_page

    opened = open_study(study)
    page = study_page(opened.study, scale or _default_scale(opened), claim)
    if json:
        print_json(page)
    else:
        from latebloom.report.study_terminal import declared

        print_text(declared(page))
    return 0


@app.command
def run(
    study: str,
    /,
    *,
    scale: str = "",
    seeds: str | None = None,
    device: str = "auto",
    workers: Whole = 0,
    threads: Whole = 0,
    lab: Path = DEFAULT_LAB,
    dry_run: bool = False,
    checkpoint_seconds: float = 30.0,
    json: bool = False,
) -> int:
    """Train what a study needs and the lab lacks, arm after arm, and judge its claims.

    ```
    latebloom study run manifold --scale smoke
    latebloom study run manifold --seeds 4 --dry-run
    latebloom study run ./mine.py
    ```

    What was begun is gone on with; what is finished is not trained again. The exit code is 3 where a claim was not
    reproduced.

    Parameters
    ----------
    study:
        Its name (`latebloom study list` has them), or a file that ends in .py.
    scale:
        smoke, laptop or paper; laptop if none is named.
    seeds:
        How many (8: seeds 0 to 7) or which (3,5,7), of every arm; as the scale says if none are given.
    device:
        auto, cpu, or a device of torch such as cuda.
    workers:
        Processes at once; 0 for one per core on a CPU, one on a GPU.
    threads:
        CPU threads per process; 0 for an equal share of the cores.
    lab:
        The directory that holds the runs and the verdicts.
    dry_run:
        Only print the plan, with runs, steps and time.
    checkpoint_seconds:
        Least time between two checkpoints.
    json:
        Print the verdicts as JSON.
    """
    from latebloom.cli.study_run import run_study
    from latebloom.running.judgement import arms_of
    from latebloom.running.plan import Options
    from latebloom.spec.grids import read_seeds
    from latebloom.studies import open_study

    opened = open_study(study)
    chosen = scale or _default_scale(opened)
    options = Options(device, workers, threads, checkpoint_seconds=checkpoint_seconds)
    check_options(options)
    arms = arms_of(opened.study, chosen, None if seeds is None else read_seeds(seeds))
    words = ["latebloom", "study", "run", study, "--scale", chosen, *(["--seeds", seeds] if seeds else [])]
    words += ["--lab", str(lab)] if lab != DEFAULT_LAB else []
    trained = run_study(
        lab, opened, chosen, arms, options, dry_run=dry_run, json=json, resume=shlex.join(words)
    )
    if trained is None:
        return 0
    document, failed = trained
    judged = _told(document, json)
    return failed or judged


@app.command
def judge(study: str, /, *, scale: str = "", lab: Path = DEFAULT_LAB, json: bool = False) -> int:
    """Judge the claims of a study anew by the runs that the lab holds; nothing is trained.

    ```
    latebloom study judge manifold
    latebloom study judge ./mine.py --scale smoke --json
    ```

    The exit code is 3 where a claim was not reproduced.

    Parameters
    ----------
    study:
        Its name, or a file that ends in .py.
    scale:
        At which; the one that the lab holds, or laptop.
    lab:
        The directory that holds the runs and the verdicts.
    json:
        Print as JSON.
    """
    from latebloom.running.judgement import judge_study
    from latebloom.store import Lab
    from latebloom.studies import open_study

    opened = open_study(study)
    found = Lab.open(lab)
    return _told(judge_study(found, opened, scale or _scale_in(found, opened)), json)


@app.command
def report(
    study: str,
    /,
    *,
    scale: str = "",
    lab: Path = DEFAULT_LAB,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    figures: Path | None = None,
    json: bool = False,
) -> int:
    """Write a report on a study's stored verdicts: the table, a picture per claim, its maps, the protocol.

    ```
    latebloom study report manifold
    latebloom study report manifold --out manifold.md --figures pictures
    ```

    Parameters
    ----------
    study:
        Its name, or a file that ends in .py.
    scale:
        At which; the one that the lab holds, or laptop.
    lab:
        The directory that holds the runs and the verdicts.
    out:
        A file that ends in .html or .md; NAME-SCALE.html in the lab if none is given.
    figures:
        A folder for the pictures as SVG and PNG, and their numbers as CSV.
    json:
        Print what is stored, and the maps' numbers, as JSON instead of writing a report.
    """
    from latebloom.store import Lab
    from latebloom.studies import open_study
    from latebloom.views.studies import in_short, stored_study
    from latebloom.views.study_maps import map_views

    opened, found = open_study(study), Lab.open(lab)
    chosen = scale or _scale_in(found, opened)
    opened.study.scale(chosen)
    document = stored_study(found, opened.study.name, chosen)
    maps = opened.study.maps
    if json:
        print_json({**in_short(document), "maps": map_views(found, document, maps)})
        return 0
    from latebloom.report.study_writing import write_study_report

    place = out or found.path / f"{opened.study.name}-{chosen}.html"
    path = write_study_report(found, document, place, figures, maps)
    print_text(f"report: {path}")
    return 0


@app.command
def new(file: Path = Path("mine.py"), /, *, force: bool = False) -> int:
    """Write a study to begin one's own with: it runs as it is, and says where what goes.

    ```
    latebloom study new
    latebloom study new ./decay.py
    ```

    Parameters
    ----------
    file:
        Where to, ending in .py.
    force:
        Write over a file that is there.
    """
    from latebloom.errors import InputError
    from latebloom.store import files
    from latebloom.study.template import template

    text = template(file)
    if file.exists() and not force:
        raise InputError(f"{file} is there already; name another file, or say --force to write over it")
    files.write_atomic(file, text.encode("utf-8"))
    print_text(f"{file}: run it with: latebloom study run ./{file} --scale smoke")
    return 0


def _told(document: Mapping[str, Any], json: bool) -> int:
    """Print verdicts and say by the exit code what came of them."""
    from latebloom.views.studies import in_short

    if json:
        print_json(in_short(document))
    else:
        from latebloom.report.study_terminal import verdict_table

        print_drawn(verdict_table(document))
    words = {verdict["verdict"] for verdict in document["verdicts"]}
    if "cannot be judged" in words:
        return 2
    return NOT_REPRODUCED if words - {"reproduced"} else 0


def _default_scale(opened: Opened) -> str:
    """Take laptop, or what there is where a study has no such scale."""
    return SCALE if SCALE in opened.study.scales else next(iter(opened.study.scales))


def _scale_in(lab: Lab, opened: Opened) -> str:
    """Take the one scale of a study that a lab holds; laptop where it holds none or several."""
    from latebloom.store.studies import stored_studies

    held = [scale for study, scale in stored_studies(lab) if study == opened.study.name]
    return held[0] if len(held) == 1 else _default_scale(opened)
