"""Many small runs to stable grokking, start-up included: one command of ours, or a process per run on all cores."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from benchmarks.commands import LATEBLOOM, answer_of, fresh_lab, seconds_of
from benchmarks.crowd import cores
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import alternate, ratio, spread, table
from latebloom.store import Lab, read_run

RUNS, QUICK_RUNS = 64, 6
PROTOCOL = "sweep"
OURS, PLAIN = "latebloom run", "a process per run, one per core at once"


def measure(quick: bool) -> dict[str, Any]:
    """Time both from the first process's start to the last one's end, and print seconds and what was reached.

    One round: it takes minutes, and noise of a moment is a small part of it.
    """
    runs = QUICK_RUNS if quick else RUNS
    found = alternate({OURS: partial(ours, runs), PLAIN: partial(plain, runs)}, rounds=1)
    seconds = {name: [one["seconds"] for one in answers] for name, answers in found.items()}
    steps = {name: answers[0]["steps"] for name, answers in found.items()}
    print(f"{runs} runs of an embedding MLP of width 32 on a + b mod 47, stopped once stably grokked")
    rows = [
        [name, spread(seconds[name]), f"{len(steps[name])} of {runs}", spread(steps[name])] for name in found
    ]
    table(["", "seconds", "grokked", "known at step"], rows)
    training = found[PLAIN][0]["training"]
    faster = ratio(seconds[PLAIN], seconds[OURS])
    print(
        f"ours is {faster:.2f} times as fast; a plain process trains for {spread(training)} s, the rest is start-up"
    )
    return {"seconds": seconds, "steps": steps, "training of a plain run": training, "ratio": faster}


def ours(runs: int) -> dict[str, Any]:
    """Train the runs as a person would, with one command."""
    protocol = PROTOCOLS[PROTOCOL]
    changes = [word for change in protocol.changes for word in ("--set", change)]
    with fresh_lab() as path:
        command = [*LATEBLOOM, "run", protocol.preset, *changes, "--seeds", str(runs), "--lab", str(path)]
        seconds = seconds_of(command)
        lab = Lab.open(path)
        stored = [read_run(lab, name) for name in lab.run_ids()]
    assert len(stored) == runs
    seen = [event.seen for run in stored for event in run.events if event.name == "grokked_stable"]
    return {"seconds": seconds, "steps": seen}


def plain(runs: int) -> dict[str, Any]:
    """Train each run by a script of its own, as many at once as there are cores."""
    began = time.perf_counter()
    with ThreadPoolExecutor(cores()) as pool:
        answers = list(pool.map(_plain_script, range(runs)))
    seconds = time.perf_counter() - began
    steps = [one["step"] for one in answers if one["step"] is not None]
    return {"seconds": seconds, "steps": steps, "training": [one["seconds"] for one in answers]}


def _plain_script(seed: int) -> Any:
    return answer_of([sys.executable, "-m", "benchmarks.plain", PROTOCOL, str(seed)])
