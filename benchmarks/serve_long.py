"""What open pages cost: to training beside them, and in the server's memory over an hour."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.rounds import table
from benchmarks.serve import NAMES, Server, document_of, serving
from latebloom.records import Look
from latebloom.store import Lab, open_run

PAIRS, VIEWERS = 20, 10
PRESET = "manifold-addition"
TRAINING = ("--seeds", "2", "--set", "training.steps=300", "--set", "evaluation.every=100")
HOUR = 3600.0
EVERY = 0.5  # seconds from one record to the next


def measure_cost(quick: bool) -> dict[str, Any]:
    """Print what ten open pages cost a training that uses all cores and records ten times as often as published."""
    with TemporaryDirectory(prefix="latebloom-benchmark-") as folder:
        costs = beside(Path(folder), 1 if quick else PAIRS)
    told = f"{median(costs):+.1f} % ({min(costs):+.1f} to {max(costs):+.1f})"
    table(["", "what", "training takes longer by"], [["cost", f"{VIEWERS} pages, {len(costs)} pairs", told]])
    return {"percent": costs}


def beside(folder: Path, pairs: int) -> list[float]:
    """Train in turn with pages that listen and ask for curves, and without; give what that costs, pair by pair."""
    costs: list[float] = []
    for number in range(pairs):
        times: dict[bool, float] = {}
        for watched in (True, False) if number % 2 else (False, True):
            lab = folder / f"beside-{number}-{watched}"
            Lab.open(lab, create=True)
            times[watched] = trained(lab, watched)
        costs.append(100 * (times[True] / times[False] - 1))
    return costs


def trained(lab: Path, watched: bool) -> float:
    """Train as a user would, with ten pages open or none; give seconds."""
    command = [sys.executable, "-m", "latebloom", "run", PRESET, *TRAINING, "--lab", str(lab)]
    if not watched:
        return _timed(command)
    with serving(lab) as server:
        _open_pages(server)
        return _timed(command)


def measure_hour(quick: bool) -> dict[str, Any]:
    """Print the memory of a server over an hour in which ten pages are open and two records come a second."""
    with TemporaryDirectory(prefix="latebloom-benchmark-") as folder:
        minutes = memory_over(Path(folder), 30.0 if quick else HOUR)
    shown = minutes[:: max(1, len(minutes) // 6)]
    table(["", "MB, evenly over the time"], [["memory", ", ".join(f"{size:.0f}" for size in shown)]])
    return {"MB": minutes}


def memory_over(path: Path, seconds: float) -> list[float]:
    """Append records to a run that ten pages look at; give the server's memory in MB, 60 times over the time."""
    lab, document = Lab.open(path / "lab", create=True), document_of(0, 10**6)
    sizes: list[float] = []
    with open_run(lab, document["id"], document) as writer, serving(lab.path) as server:
        _open_pages(server)
        began, step = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            step += 1
            writer.append(Look(step, dict.fromkeys(NAMES, 0.5)))
            if passed >= len(sizes) * seconds / 60:
                sizes.append(server.memory())
            time.sleep(EVERY)
    return sizes


def _open_pages(server: Server) -> None:
    for _ in range(VIEWERS):
        threading.Thread(target=_view, args=(server,), daemon=True).start()


def _view(server: Server) -> None:
    """Do what a page does: listen, and ask for the curves whenever something has changed."""
    try:
        with server.open("api/events") as stream:
            for line in stream:
                if line.startswith(b'data: {"changed'):
                    server.seconds("api/training?points=800&format=f32")
    except OSError:
        return  # the server has ended


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
