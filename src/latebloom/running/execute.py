"""Carry a request out: plan, train in worker processes, and say what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from latebloom.errors import InputError, LatebloomError, UnknownNameError, shown
from latebloom.executors import Failure, Workers, run_in_process
from latebloom.running.following import Follower
from latebloom.running.job import Job
from latebloom.running.keyframes import keyframes_of
from latebloom.running.plan import FINISHED, Options, Plan, cores, damage, jobs_for, make_plan, worker_count
from latebloom.spec import Spec
from latebloom.store import Lab, read_run

Message = Mapping[str, Any]
COMMAND = (sys.executable, "-m", "latebloom.worker")
# glibc gives tensors of some 15 MB back to the system after each step and takes them anew; kept, a step is faster.
KEEP_PAGES = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
# Threads that spin while they wait for each other take the very core that the other needs, where cores are shared.
WAIT_ASLEEP = {"OMP_WAIT_POLICY": "passive"}

DEVICES = ("cpu", "cuda", "mps", "xpu")


@dataclass(frozen=True)
class Outcome:
    """What came of a request.

    Args:
        trained: runs that were trained to their end now. finished: those that were there already.
        failures: what went wrong, with the exit code it means.
        interrupted: asked to stop before the end; what was done is saved.
    """

    trained: tuple[str, ...]
    finished: tuple[str, ...]
    failures: tuple[Failure, ...]
    interrupted: bool

    @property
    def runs(self) -> tuple[str, ...]:
        """All runs that have results now."""
        return self.finished + self.trained


def choose_device(asked: str) -> str:
    """Turn ``auto`` into ``cuda`` where there is one, else ``cpu``; and ``cuda`` into the names of all, if several.

    Raises:
        InputError: a device that torch does not know or this machine does not have.
    """
    if asked == "cpu" or (asked == "auto" and "+cpu" in version("torch")):
        return "cpu"  # known without the seconds that loading torch takes
    import torch

    if asked == "auto" and not torch.cuda.is_available():
        return "cpu"
    if asked in ("auto", "cuda") and torch.cuda.is_available():
        return _all_of_cuda(torch.cuda.device_count())
    return ",".join(_usable(one) for one in asked.split(","))


def choose_looks(specs: Sequence[Spec], texts: Sequence[str]) -> tuple[str, ...]:
    """Write looks in their shortest form, each once, once it is known that all can be taken of every spec.

    Raises:
        InputError: one cannot be taken.
    """
    if not texts:
        return ()
    from latebloom.running.looking import checked_looks  # loads torch

    return tuple(look.text for look in checked_looks(specs, texts))


def _all_of_cuda(count: int) -> str:
    return "cuda" if count <= 1 else ",".join(f"cuda:{number}" for number in range(count))


def _usable(asked: str) -> str:
    import torch

    if asked.partition(":")[0] not in DEVICES:
        raise UnknownNameError("device", asked, ("auto", *DEVICES))
    try:
        torch.empty(1, device=asked)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"device {shown(asked)} cannot be used here ({reason[:120]}); say auto, cpu or cuda"
        ) from None
    return asked


def carry_out(
    lab: Lab,
    specs: Sequence[Spec],
    preset: str,
    options: Options,
    *,
    on_plan: Callable[[Plan], None],
    on_message: Callable[[int, Message], None],
    should_stop: Callable[[], bool],
) -> Outcome:
    """Train what is not trained yet, in worker processes.

    Raises:
        InputError: the runs cannot fit in memory, or the device is not there.
    """
    plan = make_plan(lab, specs, preset, options, options.device)
    return carry_out_plan(plan, on_plan=on_plan, on_message=on_message, should_stop=should_stop)


def resume_plan(lab: Lab, runs: Sequence[str], options: Options) -> Plan:
    """List the jobs that bring these runs to their end; if none is named, all that nobody is training now.

    Runs that were only watched are left out.
    """
    read = [read_run(lab, run, strict=False) for run in runs or lab.run_ids()]
    found = [run for run in read if not run.watched]
    wanted = [run.id for run in found if runs or run.status == "interrupted"]
    workers = worker_count(options, options.device, len(wanted))
    threads = options.threads or max(1, cores() // workers)
    finished = tuple(run.id for run in found if runs and run.status in FINISHED)
    ended = [run.id for run in found if run.status in FINISHED]
    obstacles = tuple(damage(run) for run in found if run.status == "damaged")
    keyframes = keyframes_of(lab, [*wanted, *ended])
    return Plan(
        jobs_for(lab, wanted, options, options.device, threads), workers, finished, obstacles, keyframes
    )


def carry_out_plan(
    plan: Plan,
    *,
    on_plan: Callable[[Plan], None],
    on_message: Callable[[int, Message], None],
    should_stop: Callable[[], bool],
    in_process: bool = False,
    workers: Workers | None = None,
    measuring: Workers | None = None,
) -> Outcome:
    """Do the jobs of a plan, and measure keyframes beside them; those that are left at the end then.

    `workers`, and `measuring` processes, that are kept for several plans spare each of them the start of its own.
    """
    on_plan(plan)
    ended: list[str] = []

    def listen(request: int, message: Message) -> None:
        if message["kind"] == "ended":
            ended.append(message["run"])
        on_message(request, message)

    requests = [job.plain() for job in plan.jobs]
    with Follower(plan.keyframes, on_message, measuring) as follower:

        def asked() -> bool:
            follower.poll()
            return should_stop()

        if in_process:
            failures, whole = run_in_process(_train_here, requests, on_message=listen, should_stop=asked)
        else:
            with nullcontext(workers) if workers else hired() as crew:
                failures, whole = crew.carry_out(
                    requests, at_once=plan.workers, on_message=listen, should_stop=asked
                )
        whole = whole and follower.finish(should_stop)
    obstacles = [_as_failure(error) for error in plan.obstacles]
    failures = (*obstacles, *failures, *follower.failures)
    finished = (*plan.finished, *_ended_elsewhere(plan.jobs, ended))
    return Outcome(tuple(ended), finished, failures, interrupted=not whole and should_stop())


def hired() -> Workers:
    """Give workers that train, to be entered; each process is started when there is a job for it."""
    return Workers(COMMAND, environment={**KEEP_PAGES, **WAIT_ASLEEP, **os.environ})


def _ended_elsewhere(jobs: Sequence[Job], ended: Sequence[str]) -> list[str]:
    """List the runs that another process brought to their end between the plan and the training."""
    left = [(job.lab, run) for job in jobs for run in job.runs if run not in ended]
    return [run for lab, run in left if read_run(Lab(Path(lab)), run, strict=False).status in FINISHED]


def _train_here(job: Message, report: Callable[[Message], None], should_stop: Callable[[], bool]) -> bool:
    from latebloom.running.training import train_job

    return train_job(Job.of(job), report, should_stop)


def _as_failure(error: LatebloomError) -> Failure:
    return Failure(-1, str(error), error.exit_code)
