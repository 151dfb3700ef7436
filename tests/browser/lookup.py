"""What the lab holds, read through the store and written the way people read it, beside what the page shows."""

import numpy as np

from latebloom.store import Lab, StoredRun, curve, read_run

MINUS = "−"
NONE = "–"


def runs(lab: Lab) -> list[StoredRun]:
    """Read every run."""
    return [read_run(lab, run) for run in lab.run_ids()]


def grokking(lab: Lab) -> list[StoredRun]:
    """Read the runs of addition mod 23 with decay 1.0, in the order of their seeds."""
    found = [run for run in runs(lab) if decay(run) == 1.0 and run.document["spec"]["task"]["modulus"] == 23]
    return sorted(found, key=lambda run: run.document["spec"]["seed"])


def transformer(lab: Lab) -> StoredRun:
    """Read the one run of a transformer."""
    (found,) = [run for run in runs(lab) if run.document["spec"]["model"]["name"] == "transformer"]
    return found


def decay(run: StoredRun) -> float:
    return run.document["spec"]["optimizer"]["weight_decay"]


def first(run: StoredRun, event: str) -> int | None:
    """At which step an event happened first."""
    return next((one.step for one in run.events if one.name == event), None)


def last(run: StoredRun, name: str) -> float:
    return float(curve(run, name)[1][-1])


def quartiles(members: list[StoredRun], name: str, step: int) -> list[float]:
    """Compute median, lower and upper quartile over runs at a step."""
    values = [
        float(values[list(steps).index(step)]) for steps, values in (curve(run, name) for run in members)
    ]
    return [float(np.quantile(values, share)) for share in (0.5, 0.25, 0.75)]


def share(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.1f} %"


def step(value: int | None) -> str:
    return NONE if value is None else f"{value:,}"
