"""Looks and snapshots stored a second, by the run's own writer and plainly, while another process reads them."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.crowd import ROOT
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import alternate, effort, ratio, spread, table
from latebloom.records import Event, Look
from latebloom.store import Lab, RunWriter, open_run, read_run

NUMBERS = {
    f"{name}_{part}": 0.1234567890123456
    for name in ("accuracy", "loss", "norm", "mean", "spread", "dimension")
    for part in ("train", "test")
}
WEIGHTS = {"weights": np.random.default_rng(0).standard_normal(434_145, dtype=np.float32)}
OURS, PLAIN = "ours", "plain"


def measure(quick: bool) -> dict[str, Any]:
    """Time looks and snapshots, ours and plain in turn, each beside a reader, and print how many a second."""
    seconds = effort(quick).seconds / 3
    contenders = {
        f"{what}, {way}": partial(write, seconds)
        for what, ways in {
            "looks": {OURS: _our_looks, PLAIN: _plain_looks},
            "snapshots": {OURS: _our_snapshots, PLAIN: _plain_snapshots},
        }.items()
        for way, write in ways.items()
    }
    found = alternate(contenders, effort(quick).rounds)
    a_second = {name: [one["a second"] for one in answers] for name, answers in found.items()}
    reads = {name: [one["reads"] for one in answers] for name, answers in found.items()}
    print(
        f"a look: {len(NUMBERS)} numbers; a snapshot: {WEIGHTS['weights'].nbytes / 1e6:.1f} MB, ours synced to disk"
    )
    rows = [[name, spread(values), spread(reads[name])] for name, values in a_second.items()]
    table(["", "stored a second", "meanwhile read a second"], rows)
    ratios = {
        what: ratio(a_second[f"{what}, {OURS}"], a_second[f"{what}, {PLAIN}"])
        for what in ("looks", "snapshots")
    }
    print(", ".join(f"{what}: ours over plain {value:.2f}" for what, value in ratios.items()))
    return {"a second": a_second, "reads a second": reads, "ratios": ratios}


def read_ours(lab: str, run: str) -> int:
    """Read a run once, as the reading side does; return the count of its looks."""
    return len(read_run(Lab.open(lab), run).looks)


def read_plain(path: str) -> int:
    """Read a file of JSON lines once, whole lines alone."""
    text = Path(path).read_text() if Path(path).exists() else ""
    return len([json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")])


def read_on(reader: str, *arguments: str) -> None:
    """Read again and again until standard input closes; print how often."""
    read, count = {OURS: read_ours, PLAIN: read_plain}[reader], 0
    read(*arguments)
    print("ready", flush=True)
    os.set_blocking(sys.stdin.fileno(), False)
    while sys.stdin.buffer.raw.read(1) is None:
        read(*arguments)
        count += 1
    print(count)


@contextmanager
def _reader(counts: dict[str, float], *words: str) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.store", *words]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        process.stdout.readline()
        began = time.perf_counter()
        yield
        said, _ = process.communicate()
        counts["reads"] = float(said) / (time.perf_counter() - began)


def _for_seconds(seconds: float, write: Callable[[int], object]) -> float:
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        write(count)
        count += 1
    return count / (time.perf_counter() - began)


def _look(step: int, **more: Any) -> Look:
    events = (Event("grokked_first", step, step),) if step % 1000 == 0 else ()
    return Look(step, NUMBERS, events, **more)


def _with_writer(seconds: float, write: Callable[[RunWriter, int], object]) -> dict[str, float]:
    spec = PROTOCOLS["manifold"].specs([0])[0]
    document = {"id": spec.id, "spec": spec.plain, "steps": spec.steps, "population": [spec.id]}
    found: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        lab = Lab.open(folder, create=True)
        with open_run(lab, spec.id, document) as writer, _reader(found, OURS, folder, spec.id):
            found["a second"] = _for_seconds(seconds, lambda step: write(writer, step))
    return found


def _our_looks(seconds: float) -> dict[str, float]:
    return _with_writer(seconds, lambda writer, step: writer.append(_look(step)))


def _our_snapshots(seconds: float) -> dict[str, float]:
    def write(writer: RunWriter, step: int) -> None:
        writer.append(_look(step, arrays=(writer.save_snapshot(step, WEIGHTS),)))

    return _with_writer(seconds, write)


def _plainly(seconds: float, write: Callable[[Path, io.TextIOWrapper, int], object]) -> dict[str, float]:
    found: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.jsonl"
        with path.open("w") as log, _reader(found, PLAIN, str(path)):
            found["a second"] = _for_seconds(seconds, lambda step: write(Path(folder), log, step))
    return found


def _plain_line(log: io.TextIOWrapper, step: int) -> None:
    log.write(json.dumps({"step": step, "values": NUMBERS}) + "\n")
    log.flush()


def _plain_looks(seconds: float) -> dict[str, float]:
    return _plainly(seconds, lambda _, log, step: _plain_line(log, step))


def _plain_snapshots(seconds: float) -> dict[str, float]:
    def write(folder: Path, log: io.TextIOWrapper, step: int) -> None:
        np.savez(folder / f"snapshot-{step}.npz", **WEIGHTS)
        _plain_line(log, step)

    return _plainly(seconds, write)


if __name__ == "__main__":
    read_on(*sys.argv[1:])
