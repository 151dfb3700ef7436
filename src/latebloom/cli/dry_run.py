"""What a request would do, without doing it: runs, parameters, memory, and time by trying for a moment."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from latebloom.cli.board import duration
from latebloom.cli.printing import print_json, print_text
from latebloom.looks import parse_looks
from latebloom.running.estimate import machine_memory
from latebloom.running.forecast import Population, forecast, together
from latebloom.running.look_trials import (
    busy_cores,
    looked,
    not_counted,
    seconds_of,
    seconds_of_looks,
    with_measuring,
)
from latebloom.running.plan import Options, cores, portions, worker_count
from latebloom.views.wording import counted

if TYPE_CHECKING:
    from latebloom.spec import Request

SHOWN = 3  # ids in a line


def print_dry_run(request: Request, options: Options, *, json: bool) -> int:
    """Print what would be trained, and what it would take."""
    workers = worker_count(options, options.device, len(request.specs))
    threads = options.threads or max(1, cores() // workers)
    looks = parse_looks(options.looks)
    populations = forecast(portions(request.specs, workers, options.device), options, threads, looks=looks)
    workers = min(workers, len(populations))
    seconds = [population.seconds for population in populations]
    dear = looked(request.specs, [look for look in looks if look.dear])
    known = seconds_of_looks(dict.fromkeys(dear, request.specs))
    busy = busy_cores(options.device, threads) * sum(seconds)
    whole = with_measuring(together(seconds, workers), busy, seconds_of(dear, known), cores())
    without = not_counted(dear, known)
    if json:
        view = {
            "preset": request.preset,
            "runs": len(request.specs),
            "workers": workers,
            "device": options.device,
            "memory_bytes": machine_memory(),
            "seconds": whole,
            "not_counted": list(without),
            "populations": [asdict(population) for population in populations],
        }
        print_json(view)
        return 0
    for population in populations:
        print_text(_line(population))
    processes = f"{workers} process{'' if workers == 1 else 'es'}"
    early = any(population.may_stop_early for population in populations)
    print_text(f"{counted(len(request.specs), 'run')}, {processes}: {_about(whole, early)}")
    if without:
        print_text(f"not counted, since trying takes long: {', '.join(without)}")
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
