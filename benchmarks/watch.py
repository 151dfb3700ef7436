"""What watching costs a plain loop: the same steps unwatched, watched, and watched with a group, in one process.

And what the dearest looks take, which are no matter of steps.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

import latebloom
from benchmarks import plain
from benchmarks.dear import dear
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import alternate, effort, ratio, spread, table
from latebloom.watching import Watch

EVERY, QUICK_EVERY, SAMPLES = 100, 5, 2048
SITES: dict[str, tuple[str, Callable[[Any], Tensor]]] = {
    "encoder": ("encoder", lambda output: output[:, 0]),
    "no-norm": ("output", lambda output: output[:, -1]),
    "mlp": ("hidden", lambda output: output),
}
UNWATCHED, WATCHED, GROUPED = "unwatched", "watched", "watched, with a group"
WAYS = (UNWATCHED, WATCHED, GROUPED)
ALONE = "a step that is not looked at"


@dataclass(eq=False)
class Loop:
    """A plain loop under way, and its watch, if it has one."""

    training: Iterator[Tensor]
    watch: Watch | None

    def time(self, steps: int) -> dict[str, float]:
        """Train for so many steps; give all seconds, and those within the watch."""
        within = 0.0
        began = time.perf_counter()
        for _ in range(steps):
            loss = next(self.training)
            if self.watch:
                told = time.perf_counter()
                self.watch.step(loss=loss)
                within += time.perf_counter() - told
        return {"seconds": time.perf_counter() - began, "within": within}


def measure(quick: bool) -> dict[str, Any]:
    """Time the loops in turn; print how much longer the watched ones take."""
    torch.set_num_threads(1)  # two wait for each other the longer the more else the machine does
    every = QUICK_EVERY if quick else EVERY
    found = {name: _compare(name, every, effort(quick).rounds) for name in ("manifold", "full-batch")}
    print(
        f"{every} steps with one look, at {SAMPLES:,} samples and one site, in one thread; median (least to most)"
    )
    table(["", "s", "ms within the watch", "% of the training", "s, over unwatched"], list(_rows(found)))
    microseconds = 1e6 * _alone(1000 if quick else 100_000)
    print(f"{ALONE}: {microseconds:.1f} µs")
    return {**found, ALONE: microseconds, "dear": dear(quick)}


def _rows(found: dict[str, Any]) -> Iterator[list[str]]:
    for name, one in found.items():
        for way in WAYS:
            seconds, more = one[way]["seconds"], ["", "", ""]
            if way != UNWATCHED:
                within = spread([1000 * value for value in one[way]["within"]])
                over = ratio(seconds, one[UNWATCHED]["seconds"])
                more = [within, spread(one[way]["share"]), f"{over:.3f}"]
            yield [f"{name}, {way}", spread(seconds), *more]


def _compare(protocol: str, every: int, rounds: int) -> dict[str, Any]:
    """Let a loop of each kind train the same run, in turn, from one look to the next."""
    with ExitStack() as stack:
        loops = {way: _begun(protocol, way, every, stack) for way in WAYS}
        for loop in loops.values():
            loop.time(every)  # the first steps are slower
        found = alternate({way: partial(loop.time, every) for way, loop in loops.items()}, rounds)
    columns = {
        way: {key: [one[key] for one in answers] for key in answers[0]} for way, answers in found.items()
    }
    for way in (WATCHED, GROUPED):
        pairs = zip(columns[way]["within"], columns[way]["seconds"], strict=True)
        columns[way]["share"] = [100 * within / (seconds - within) for within, seconds in pairs]
    del columns[UNWATCHED]["within"]
    return columns


def _begun(protocol: str, way: str, every: int, stack: ExitStack) -> Loop:
    run = plain.begin(PROTOCOLS[protocol], seed=0)
    training = plain.steps(run)
    if way == UNWATCHED:
        return Loop(training, None)
    pairs, labels = (torch.cat(parts)[:SAMPLES] for parts in zip(*run.parts.values(), strict=True))
    site, take = SITES[run.protocol.form]
    group = f"cyclic:{run.protocol.modulus}" if way == GROUPED else None
    lab = Path(stack.enter_context(TemporaryDirectory(prefix="latebloom-benchmark-"))) / "lab"
    watch = latebloom.watch(
        run.model, sites={site: take}, inputs=pairs, labels=labels, group=group, every=every, lab=lab
    )
    return Loop(training, stack.enter_context(watch))


def _alone(count: int) -> float:
    """Time `step` with a number, at steps that are not looked at."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 2))
    loss = torch.tensor(1.0)
    with TemporaryDirectory(prefix="latebloom-benchmark-") as folder:
        lab = Path(folder) / "lab"
        with latebloom.watch(model, sites=["0"], inputs=torch.eye(4, 2), every=10 * count, lab=lab) as watch:
            began = time.perf_counter()
            for _ in range(count):
                watch.step(loss=loss)
            return (time.perf_counter() - began) / count
