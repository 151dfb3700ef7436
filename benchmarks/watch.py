"""What watching costs a plain loop: the same steps unwatched, watched, and watched with a group, in one process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

import latebloom
from benchmarks import plain
from benchmarks.crowd import cores
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import alternate, effort, spread, table

EVERY, SAMPLES = 100, 2048
LOOKS = 3  # in each timing
SITES: dict[str, tuple[str, Callable[[Any], Tensor]]] = {
    "encoder": ("encoder", lambda output: output[:, 0]),
    "no-norm": ("output", lambda output: output[:, -1]),
    "mlp": ("hidden", lambda output: output),
}
UNWATCHED, WATCHED, GROUPED = "unwatched", "watched", "watched, with a group"
STEPPING = "a step that is not looked at"


def measure(quick: bool) -> dict[str, Any]:
    """Time the loops in turn; print how much longer the watched ones take."""
    torch.set_num_threads(cores())
    found = {name: _compare(name, quick) for name in ("manifold", "full-batch")}
    print(f"a look at {SAMPLES:,} samples and one site every {EVERY} steps; seconds for {EVERY} steps")
    rows = [
        [
            f"{name}, {way}",
            spread(one["seconds"][way]),
            spread(one["shares"][way]) if way in one["shares"] else "",
        ]
        for name, one in found.items()
        for way in one["seconds"]
    ]
    table(["", "s", "% more than unwatched"], rows)
    microseconds = 1e6 * _step_alone(1000 if quick else 100_000)
    print(f"{STEPPING}: {microseconds:.1f} µs")
    return {**found, STEPPING: microseconds}


def _compare(protocol: str, quick: bool) -> dict[str, Any]:
    ways = {
        way: partial(_seconds, protocol, way, 1 if quick else LOOKS) for way in (UNWATCHED, WATCHED, GROUPED)
    }
    seconds = alternate(ways, effort(quick).rounds)
    shares = {
        way: [100 * (a / b - 1) for a, b in zip(seconds[way], seconds[UNWATCHED], strict=True)]
        for way in (WATCHED, GROUPED)
    }
    return {
        "seconds": seconds,
        "shares": shares,
        "share": {way: median(values) for way, values in shares.items()},
    }


def _seconds(protocol: str, way: str, looks: int) -> float:
    """Time so many looks and the steps before each; return the seconds of one of them, steps included."""
    run = plain.begin(PROTOCOLS[protocol], seed=0)
    training = plain.steps(run)
    next(training)
    with _stepping(run, way) as step:
        began = time.perf_counter()
        for _ in range(looks * EVERY):
            loss = next(training)
            step(loss=loss)
        return (time.perf_counter() - began) / looks


@contextmanager
def _stepping(run: plain.PlainRun, way: str) -> Iterator[Callable[..., None]]:
    """Give what is called after each step: nothing, or the step of a watch that has begun."""
    if way == UNWATCHED:
        yield _nothing
        return
    pairs, labels = (torch.cat(parts)[:SAMPLES] for parts in zip(*run.parts.values(), strict=True))
    site, take = SITES[run.protocol.form]
    group = f"cyclic:{run.protocol.modulus}" if way == GROUPED else None
    with (
        TemporaryDirectory(prefix="latebloom-benchmark-") as folder,
        latebloom.watch(
            run.model,
            sites={site: take},
            inputs=pairs,
            labels=labels,
            group=group,
            every=EVERY,
            lab=Path(folder) / "lab",
        ) as watch,
    ):
        yield watch.step


def _nothing(loss: Tensor) -> None:
    del loss


def _step_alone(count: int) -> float:
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
