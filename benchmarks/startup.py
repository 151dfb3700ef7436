"""How long one waits before anything happens: help, import, the first steps of a run."""

import sys
import time
from functools import partial
from statistics import median
from typing import Any

from benchmarks.commands import LATEBLOOM, fresh_lab, seconds_of, training, wait_for_records
from benchmarks.crowd import ROOT
from benchmarks.rounds import alternate, spread, table

ROUNDS, QUICK_ROUNDS = 7, 2
RECORDS = 2  # the first is of step 0, before any step; the demo's second is of step 10
PLAIN = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from benchmarks.plain import PROTOCOLS, begin, steps
next(steps(begin(PROTOCOLS["demo"], 0)))
"""
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import torch'": [sys.executable, "-c", "import torch"],
    "python -c 'import latebloom'": [sys.executable, "-c", "import latebloom"],
    "latebloom --help": [*LATEBLOOM, "--help"],
    "plain loop, to its first step": [sys.executable, "-c", PLAIN],
}
FIRST_STEPS = "latebloom run demo, to step 10 stored"


def measure(quick: bool) -> dict[str, Any]:
    """Time all in turn and print seconds."""
    contenders = {name: partial(seconds_of, command) for name, command in COMMANDS.items()}
    contenders[FIRST_STEPS] = seconds_to_first_steps
    found = alternate(contenders, QUICK_ROUNDS if quick else ROUNDS)
    print("seconds, median (least to most)")
    table(["", "seconds"], [[name, spread(values)] for name, values in found.items()])
    return {"seconds": found, "median": {name: median(values) for name, values in found.items()}}


def seconds_to_first_steps() -> float:
    """Start the demo's ten lanes; return the seconds until the record after the first steps is on disk."""
    with fresh_lab() as lab:
        began = time.perf_counter()
        process = training(["demo"], lab)
        try:
            return wait_for_records(lab, RECORDS, process) - began
        finally:
            process.terminate()
            process.wait()
