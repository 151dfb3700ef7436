"""The time that a dry run tells, against the time that the same command then takes, start-up included."""

from collections.abc import Sequence
from typing import Any

from benchmarks.commands import LATEBLOOM, answer_of, fresh_lab, seconds_of
from benchmarks.rounds import table

CASES = (
    ("demo", 10, 2000, ()),
    ("manifold-addition", 4, 400, ()),
    ("demo", 4, 500, ("--set", "snapshots.every=10", "--look", "betti_numbers@final")),
    ("stages", 8, 2500, ()),
    ("gromov", 4, 100, ()),
    ("nanda", 2, 200, ()),
)
"""Preset, seeds, steps, other words: so much that each takes ten seconds or more on two cores."""
QUICK = 4  # by which steps are divided
ALLOWED = 1.5


def measure(quick: bool) -> dict[str, Any]:
    """Predict each case, run it, and print both and by what factor they differ, either way."""
    found: dict[str, Any] = {}
    for preset, seeds, steps, words in CASES[:2] if quick else CASES:
        some = steps // QUICK if quick else steps
        name = f"{preset} x {seeds}, {some:,} steps{', looks at snapshots' if words else ''}"
        found[name] = _case(preset, seeds, some, words)
    rows = [[name, *(f"{value:.2f}" for value in one.values())] for name, one in found.items()]
    print(f"seconds; a factor of {ALLOWED} is allowed")
    table(["", "predicted", "taken", "factor"], rows)
    return found


def _case(preset: str, seeds: int, steps: int, words: Sequence[str]) -> dict[str, float]:
    command = [*LATEBLOOM, "run", preset, "--seeds", str(seeds), "--steps", str(steps), *words]
    predicted = float(answer_of([*command, "--dry-run", "--json"])["seconds"])
    with fresh_lab() as lab:
        taken = seconds_of([*command, "--lab", str(lab)])
    return {"predicted": predicted, "taken": taken, "factor": max(predicted / taken, taken / predicted)}
