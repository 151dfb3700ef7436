"""What is to be done for a request: which runs are finished, begun or new, and in what portions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from latebloom.errors import DamagedError, InputError, LatebloomError, LockedError
from latebloom.running.estimate import check_memory, lanes_that_fit
from latebloom.running.job import Job
from latebloom.running.keyframes import Keyframes, keyframes_of, looks_of
from latebloom.running.sessions import now, versions
from latebloom.spec import Spec
from latebloom.store import Lab, StoredRun, open_run, read_run

FINISHED = ("done", "stopped", "diverged")
MAX_LANES = 64  # in one population on a CPU; beyond it a step of small networks gains nothing more
MAX_LANES_ON_A_GPU = 1024


@dataclass(frozen=True)
class Options:
    """How to carry out a request; nothing here changes what a run computes, but for rounding.

    `looks` are what new runs are looked at for, beside what every run is; a run keeps those it was begun with.

    Args:
        device: ``auto``, ``cpu``, a device of torch, or several with commas between them.
        workers: processes at once; 0 for as many as pay: one per core on a CPU, one on each GPU.
        threads: CPU threads per worker; 0 for an equal share of the cores.
        again: forget finished runs and train them anew.
        checkpoint_seconds: least time between checkpoints.
        checkpoint_evaluations: a checkpoint every so many evaluations instead; 0 to go by time.
    """

    device: str = "auto"
    workers: int = 0
    threads: int = 0
    again: bool = False
    checkpoint_seconds: float = 30.0
    checkpoint_evaluations: int = 0
    looks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The jobs to do, the runs that need nothing, and what stands in the way of others.

    `keyframes` are the runs whose stored snapshots are to be measured beside or after training.
    """

    jobs: tuple[Job, ...]
    workers: int
    finished: tuple[str, ...]
    obstacles: tuple[LatebloomError, ...]
    keyframes: tuple[Keyframes, ...] = ()


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def portions(specs: Sequence[Spec], workers: int, device: str = "cpu") -> list[list[Spec]]:
    """Part runs into populations: equal shapes, no more than fit, and enough portions for all workers."""
    threads = max(1, cores() // workers)
    limit = MAX_LANES if device == "cpu" else MAX_LANES_ON_A_GPU
    by_shape = [list(group) for _, group in groupby(sorted(specs, key=Spec.shape), key=Spec.shape)]
    parts: list[list[Spec]] = []
    for group in by_shape:
        most = min(limit, lanes_that_fit(group[0], workers, threads=threads, device=device))
        share = -(-len(group) // max(1, -(-workers // len(by_shape))))
        size = max(1, min(most, share))
        count = -(-len(group) // size)
        even, extra = divmod(len(group), count)
        bounds = [i * even + min(i, extra) for i in range(count + 1)]
        parts += [group[start:stop] for start, stop in pairwise(bounds)]
    return parts


def make_plan(lab: Lab, specs: Sequence[Spec], preset: str, options: Options, device: str) -> Plan:
    """Compare the specs with the lab, create what is new, and list the jobs.

    Raises:
        InputError: the runs cannot fit in memory, or in their precision on that device; or one was begun with other
            looks than are asked for.
    """
    specs = list({spec.id: spec for spec in specs}.values())  # equal specs are one run
    known = set(lab.run_ids())
    stored = {spec.id: read_run(lab, spec.id, strict=False) for spec in specs if spec.id in known}
    obstacles = [damage(run) for run in stored.values() if run.status == "damaged"]
    finished = [name for name, run in stored.items() if run.status in FINISHED and not options.again]
    restart = {name for name, run in stored.items() if options.again and run.status != "damaged"}
    new = [spec for spec in specs if spec.id not in stored or spec.id in restart]
    check_same_looks([run for run in stored.values() if run.id not in {*finished, *restart}], options.looks)
    workers = worker_count(options, device, len(specs) - len(finished))
    check_precision(new, device)
    check_memory(new, workers)
    threads = options.threads or max(1, cores() // workers)
    devices = device.split(",")
    for place, part in enumerate(portions(new, workers, device)):
        own = devices[place % len(devices)]
        documents = [document(spec, part, preset, own, threads, options.looks) for spec in part]
        obstacles += [*_create(lab, documents, restart)]
    blocked = {run.id for run in stored.values() if run.status == "damaged"}
    begun = [spec.id for spec in specs if spec.id not in finished and spec.id not in blocked]
    jobs = jobs_for(lab, begun, options, device, threads)
    keyframes = keyframes_of(lab, [spec.id for spec in specs if spec.id not in blocked])
    return Plan(jobs, workers, tuple(finished), tuple(obstacles), keyframes)


def worker_count(options: Options, device: str, runs: int) -> int:
    """Say how many processes to use: as asked, else one per core on the CPU and one on each other device."""
    return options.workers or max(1, min(cores() if device == "cpu" else len(device.split(",")), runs))


def document(
    spec: Spec, part: Sequence[Spec], preset: str, device: str, threads: int, looks: Sequence[str] = ()
) -> dict[str, Any]:
    """Write what is stored of a run when it is created."""
    return {
        **({"looks": list(looks)} if looks else {}),
        "id": spec.id,
        "spec": spec.plain,
        "steps": spec.steps,
        "preset": preset,
        "created": now(),
        "versions": versions(),
        "threads": threads,
        "device": device,
        "population": [member.id for member in part],
    }


def _create(lab: Lab, documents: Iterable[Mapping[str, Any]], restart: set[str]) -> Iterable[LatebloomError]:
    for entry in documents:
        try:
            with open_run(lab, entry["id"], entry) as writer:
                if entry["id"] in restart:
                    writer.restart(entry)
        except (LockedError, DamagedError) as error:
            yield error


def refuse_watched(lab: Lab, runs: Iterable[str]) -> None:
    """Refuse runs that another loop trained, and which were only watched.

    Raises:
        InputError: one of them is such a run.
    """
    for run in runs:
        if read_run(lab, run, strict=False).watched:
            raise InputError(
                f"run {run} was watched while a loop of its own trained it; there is no more of it here than numbers"
            )


def damage(run: StoredRun) -> DamagedError:
    """Say that a run is damaged and stands in the way of being trained."""
    return DamagedError(f"run {run.id} is damaged and left alone: {run.problem}")


def jobs_for(lab: Lab, runs: Sequence[str], options: Options, device: str, threads: int) -> tuple[Job, ...]:
    """Gather unfinished runs into the populations that they were begun with."""
    populations: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    known, devices = set(lab.run_ids()), device.split(",")
    for name in dict.fromkeys(runs):
        run = read_run(lab, name, strict=False) if name in known else None
        if run is not None and run.status not in (*FINISHED, "damaged"):
            key = (tuple(run.document["population"]), looks_of(run.document))
            populations.setdefault(key, []).append(name)
    return tuple(
        Job(
            str(lab.path.absolute()),
            tuple(members),
            devices[place % len(devices)],
            threads,
            options.checkpoint_seconds,
            options.checkpoint_evaluations,
        )
        for place, members in enumerate(populations.values())
    )


def check_same_looks(begun: Iterable[StoredRun], looks: tuple[str, ...]) -> None:
    """Refuse looks that a run which is to go on was not begun with: its numbers would begin in the middle.

    Raises:
        InputError: names the run, its looks, and how to have the others too.
    """
    for run in begun:
        own = looks_of(run.document)
        if looks and set(looks) != set(own):
            raise InputError(
                f"run {run.id} was begun with these looks: {', '.join(own) or 'none'}; it goes on with them. Leave "
                "--look out, and take others at its snapshots with latebloom measure"
            )


def check_plan(specs: Sequence[Spec], options: Options) -> None:
    """Refuse, before anything is written, what cannot be trained here.

    Raises:
        InputError: the runs cannot fit in memory, or in their precision on that device.
    """
    check_precision(specs, options.device)
    check_memory(specs, worker_count(options, options.device, len(specs)))


def check_precision(specs: Sequence[Spec], device: str) -> None:
    """Refuse a precision that a device does not have.

    Raises:
        InputError: ``tf32`` elsewhere than on CUDA.
    """
    if any(spec.training.precision == "tf32" for spec in specs) and not device.startswith(("cuda", "auto")):
        raise InputError(
            f"training.precision is tf32, which {device} does not have; float32 would be right there"
        )
