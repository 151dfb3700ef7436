"""Training as it is watched: progress while it goes on, what came of it when it ends or is stopped."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from latebloom.cli.printing import print_json, print_text
from latebloom.cli.signals import Stop
from latebloom.errors import InterruptionError

if TYPE_CHECKING:
    from latebloom.cli.progress import LiveProgress, PlainProgress
    from latebloom.running.execute import Outcome
    from latebloom.store import Lab

    Train = Callable[[LiveProgress | PlainProgress, Callable[[], bool]], Outcome]


def watch(lab: Lab, train: Train, resume: str = "") -> Outcome:
    """Call `train` with a progress display and a function that tells whether to stop; return the outcome.

    `resume` is the command that goes on with it; `latebloom resume` if none is given.

    Raises:
        InterruptionError: a second signal; training was stopped without a last checkpoint.
    """
    from latebloom.cli.progress import choose_progress

    command = resume or _resume_command(lab)
    stop = Stop()
    try:
        with stop, choose_progress(sys.stderr) as progress:

            def asked() -> bool:
                progress.tick(stopping=stop.asked())
                return stop.asked()

            outcome = train(progress, asked)
    except KeyboardInterrupt:
        problem = f"stopped at once; what was saved before stays. Go on with: {command}"
        raise InterruptionError(problem, stop.exit_code) from None
    if outcome.interrupted:
        tell_failures(outcome)
        problem = f"stopped; everything is saved. Go on with: {command}"
        raise InterruptionError(problem, stop.exit_code)
    return outcome


def conclude(lab: Lab, outcome: Outcome, *, hint: str, json: bool, out: Path | None = None) -> int:
    """Say what came of it; write the report if asked; return the exit code.

    Args:
        lab: where the runs are.
        outcome: what came of training them.
        hint: what could be done with runs that were finished already.
        json: print the runs as JSON instead of words.
        out: the report to write.
    """
    from latebloom.report import write_report
    from latebloom.views import group_view, list_view, sentences

    runs = outcome.runs
    if outcome.finished:
        count = len(outcome.finished)
        sys.stderr.write(f"{count} run{'s are' if count > 1 else ' is'} done already{hint}\n")
    if json:
        print_json([entry for entry in list_view(lab) if entry["id"] in set(runs)])
    elif runs:
        print_text("\n".join(sentences(group_view(lab, runs))))
        if out:
            print_text(f"report: {write_report(lab, runs, out)}")
        else:
            sys.stderr.write(f"next: latebloom report --lab {shlex.quote(str(lab.path))}\n")
    tell_failures(outcome)
    return max((failure.exit_code for failure in outcome.failures), default=0)


def tell_failures(outcome: Outcome) -> None:
    """Say what went wrong, each thing once."""
    for message in dict.fromkeys(failure.message for failure in outcome.failures):
        sys.stderr.write(f"latebloom: {message}\n")


def _resume_command(lab: Lab) -> str:
    return f"latebloom resume --lab {shlex.quote(str(lab.path))}"
