"""What training runs would take: their populations, parameters and memory; the time by trying for a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latebloom.looks import Look
from latebloom.running.estimate import memory_of, pace_of
from latebloom.running.plan import Options
from latebloom.spec import Spec


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


def forecast(
    parts: Sequence[Sequence[Spec]],
    options: Options,
    threads: int,
    *,
    looks: Sequence[Look] = (),
    trial: float = 2.0,
) -> list[Population]:
    """Try each kind of population once: the same shapes and count of lanes take the same time.

    Looks that training does not wait for are not counted. `trial` is how many seconds are stepped.
    """
    times: dict[tuple[str, int], float] = {}
    for part in parts:
        kind = (part[0].shape(), len(part))
        if kind not in times:
            pace = pace_of(part, options.device.split(",")[0], threads, trial=trial, looks=looks)
            times[kind] = pace.loading + pace.seconds(part[0])
    return [_population(part, times[part[0].shape(), len(part)], options.device, threads) for part in parts]


def together(seconds: Sequence[float], workers: int) -> float:
    """Add up times of populations that so many workers share.

    >>> together([10.0, 10.0, 4.0], 2)
    12.0
    """
    return max([*seconds, sum(seconds) / workers], default=0.0)


def _population(part: Sequence[Spec], seconds: float, device: str, threads: int) -> Population:
    spec, task = part[0], part[0].task
    return Population(
        lanes=len(part),
        parameters=spec.model.parameters(
            vocabulary=task.vocabulary, length=task.length, classes=task.classes
        ),
        steps=spec.steps,
        memory_bytes=memory_of(spec, len(part), threads=threads, device=device),
        seconds=seconds,
        may_stop_early=spec.training.stop != "never",
        runs=tuple(member.id for member in part),
    )
