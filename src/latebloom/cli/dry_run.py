"""What a request would do, without doing it: runs, parameters, memory, and time by trying for a moment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from latebloom.cli.board import duration
from latebloom.cli.printing import print_json, print_text
from latebloom.running.estimate import machine_memory, memory_of_lane, pace_of
from latebloom.running.plan import Options, cores, portions, worker_count
from latebloom.views.wording import counted

if TYPE_CHECKING:
    from latebloom.spec import Request, Spec

SHOWN = 3  # ids in a line


@dataclass(frozen=True)
class Population:
    """What training these runs as one program would take."""

    lanes: int
    parameters: int
    steps: int
    memory_bytes: int
    seconds: float
    may_stop_early: bool
    runs: tuple[str, ...]


def print_dry_run(request: Request, options: Options, *, json: bool) -> int:
    """Print what would be trained, and what it would take."""
    workers = worker_count(options, options.device, len(request.specs))
    threads = options.threads or max(1, cores() // workers)
    populations = _populations(portions(request.specs, workers, options.device), options, threads)
    workers = min(workers, len(populations))
    seconds = [population.seconds for population in populations]
    whole = max(*seconds, sum(seconds) / workers)
    if json:
        view = {
            "preset": request.preset,
            "runs": len(request.specs),
            "workers": workers,
            "device": options.device,
            "memory_bytes": machine_memory(),
            "seconds": whole,
            "populations": [asdict(population) for population in populations],
        }
        print_json(view)
        return 0
    for population in populations:
        print_text(_line(population))
    processes = f"{workers} process{'' if workers == 1 else 'es'}"
    early = any(population.may_stop_early for population in populations)
    print_text(f"{counted(len(request.specs), 'run')}, {processes}: {_about(whole, early)}")
    return 0


def _about(seconds: float, may_stop_early: bool) -> str:
    return f"about {duration(seconds)}{' at most' if may_stop_early else ''}"


def _line(population: Population) -> str:
    more = f" and {len(population.runs) - SHOWN} more" if len(population.runs) > SHOWN else ""
    return (
        f"{population.lanes} x {population.parameters:,} parameters, {population.steps:,} steps, "
        f"{population.memory_bytes / 1e9:.2f} GB, {_about(population.seconds, population.may_stop_early)}: "
        f"{', '.join(population.runs[:SHOWN])}{more}"
    )


def _populations(parts: list[list[Spec]], options: Options, threads: int) -> list[Population]:
    """Try each kind of population once: the same shapes and count of lanes take the same time."""
    times: dict[tuple[str, int], float] = {}
    for part in parts:
        kind = (part[0].shape(), len(part))
        times[kind] = times[kind] if kind in times else _seconds(part, options, threads)
    return [_population(part, times[part[0].shape(), len(part)]) for part in parts]


def _seconds(part: list[Spec], options: Options, threads: int) -> float:
    return pace_of(part, options.device.split(",")[0], threads).seconds(part[0])


def _population(part: list[Spec], seconds: float) -> Population:
    spec, task = part[0], part[0].task
    return Population(
        lanes=len(part),
        parameters=spec.model.parameters(
            vocabulary=task.vocabulary, length=task.length, classes=task.classes
        ),
        steps=spec.steps,
        memory_bytes=len(part) * memory_of_lane(spec),
        seconds=seconds,
        may_stop_early=spec.training.stop != "never",
        runs=tuple(member.id for member in part),
    )
