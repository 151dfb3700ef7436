"""What a request would do, without doing it: runs, parameters, memory, and time by trying for a moment."""

from __future__ import annotations

import json as json_format
import sys
from typing import Any

from latebloom.cli.progress import duration
from latebloom.running.estimate import machine_memory, memory_of_lane, seconds_of_step
from latebloom.running.plan import Options, portions, worker_count
from latebloom.spec import Request, Spec


def print_dry_run(request: Request, options: Options, *, json: bool) -> int:
    """Print what would be trained, and what it would take."""
    workers = worker_count(options, options.device, len(request.specs))
    parts = portions(request.specs, workers)
    rows = [_population(part, options) for part in parts]
    seconds = sum(row["seconds"] for row in rows) / min(workers, len(rows))
    view = {
        "preset": request.preset, "runs": len(request.specs), "workers": workers, "device": options.device,
        "memory_bytes": machine_memory(), "seconds": max(seconds, max(row["seconds"] for row in rows)), "populations": rows,
    }  # fmt: skip
    if json:
        sys.stdout.write(json_format.dumps(view, indent=2) + "\n")
        return 0
    for row in rows:
        sys.stdout.write(
            f"{row['lanes']} x {row['parameters']:,} parameters, {row['steps']:,} steps, "
            f"{row['memory_bytes'] / 1e9:.2f} GB, about {duration(row['seconds'])}: {', '.join(row['runs'])}\n"
        )
    plural = "s" if workers > 1 else ""
    sys.stdout.write(
        f"{view['runs']} runs, {workers} process{'es' if plural else ''}: about {duration(view['seconds'])}\n"
    )
    return 0


def _population(part: list[Spec], options: Options) -> dict[str, Any]:
    spec = part[0]
    task = spec.task
    per_step, per_evaluation = seconds_of_step(part, options.device)
    return {
        "lanes": len(part),
        "parameters": spec.model.parameters(
            vocabulary=task.vocabulary, length=task.length, classes=task.classes
        ),
        "steps": spec.steps,
        "memory_bytes": len(part) * memory_of_lane(spec),
        "seconds": per_step * spec.steps + per_evaluation * len(spec.evaluation_steps),
        "runs": [member.id for member in part],
    }
