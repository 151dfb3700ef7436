"""What the live view costs: to open large labs, and to hear of a record."""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.rounds import effort, spread, table
from latebloom.records import Look, run_id
from latebloom.store import Lab, open_run
from latebloom.store.document import write_document
from latebloom.store.log import LOG, encode_look, frame

ACCEPTED = 202
SOON, LATER = 0.125, 1.0  # seconds after which the page asks again: at first, and at most
NAMES = ("train_accuracy", "test_accuracy", "train_loss", "test_loss", "weight_norm")


class Server:
    """`latebloom serve` in a process of its own."""

    def __init__(self, lab: Path) -> None:
        command = [sys.executable, "-m", "latebloom", "serve", "--lab", str(lab)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout
        self.address, _, self.token = self.process.stdout.readline().strip().partition("?token=")

    def open(self, path: str) -> Any:
        head = {"Authorization": f"Bearer {self.token}"}
        return urllib.request.urlopen(
            urllib.request.Request(f"{self.address}{path}", headers=head), timeout=600
        )

    def seconds(self, path: str) -> float:
        """Time an answer, asked for again as the page does while it is being computed."""
        began, wait = time.perf_counter(), SOON
        while True:
            with self.open(path) as answer:
                answer.read()
            if answer.status != ACCEPTED:
                return time.perf_counter() - began
            time.sleep(wait)
            wait = min(2 * wait, LATER)

    def memory(self) -> float:
        """Read how many MB of memory the process holds."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmRSS"))


@contextmanager
def serving(lab: Path) -> Iterator[Server]:
    server = Server(lab)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait()


def measure(quick: bool) -> dict[str, Any]:
    """Print each figure in a row, and return them."""
    rounds = effort(quick).rounds
    with TemporaryDirectory(prefix="latebloom-benchmark-") as folder:
        place = Path(folder)
        found = {
            "many runs": opening(place / "many", *((50, 50) if quick else (1000, 200)), "api/runs", rounds),
            "long runs": opening(
                place / "long",
                *((10, 1000) if quick else (100, 10_000)),
                "api/training?points=800&format=f32",
                rounds,
            ),
            "news": hearing(place / "news", 5 if quick else 180),
        }
    rows = [[name, *map(str, one.pop("row"))] for name, one in found.items()]
    table(["", "what", "figures"], rows)
    return found


def make_lab(path: Path, runs: int, records: int) -> Lab:
    """Make runs whose logs are whole, without waiting for the disk."""
    lab, chance = Lab.open(path, create=True), np.random.default_rng(0)
    for seed in range(runs):
        document = document_of(seed, records)
        folder = lab.folder(document["id"])
        folder.mkdir(parents=True)
        write_document(folder, document)
        chain, lines, numbers = document["id"], list[bytes](), chance.random((records, len(NAMES))).tolist()
        for step, row in enumerate(numbers):
            end = "done" if step == records - 1 else ""
            line, chain = frame(
                encode_look(Look(10 * step, dict(zip(NAMES, row, strict=True)), end=end)), chain
            )
            lines.append(line)
        (folder / LOG).write_bytes(b"".join(lines))
    return lab


def document_of(seed: int, records: int) -> dict[str, Any]:
    spec = {
        "task": {"name": "addition", "modulus": 97},
        "optimizer": {"weight_decay": seed % 10},
        "seed": seed,
    }
    return {"id": run_id(spec), "spec": spec, "steps": 10 * records, "preset": "", "population": []}


def opening(path: Path, runs: int, records: int, address: str, rounds: int) -> dict[str, Any]:
    """Time a view: in a lab that was never opened before, from a server that has just begun to answer, and again."""
    make_lab(path, runs, records)
    with serving(path) as server:
        never = server.seconds(address)
    found: dict[str, list[float]] = {"up": [], "new": [], "again": [], "MB": []}
    for number in range(rounds):
        with serving(path) as server:
            found["up"].append(server.seconds("api/lab"))
            found["new"].append(server.seconds(address))
            found["again"].append(server.seconds(f"{address}{'&' if '?' in address else '?'}n={number}"))
            found["MB"].append(server.memory())
    told = (
        f"never opened {never:.2f} s; a server that told its address answers after {spread(found['up'])} s, "
        f"then {spread(found['new'])} s, again {spread(found['again'])} s; {spread(found['MB'])} MB"
    )
    return {"row": [f"{runs} x {records}", told], "never": never, **found}


def hearing(path: Path, seconds: float) -> dict[str, Any]:
    """Append records to a run, and time until a page hears of each; watch the server's memory meanwhile."""
    lab, document = Lab.open(path, create=True), document_of(0, 10**6)
    delays: list[float] = []
    sizes: list[float] = []
    written: dict[int, float] = {}
    with open_run(lab, document["id"], document) as writer, serving(path) as server:
        threading.Thread(target=listen, args=(server, written, delays), daemon=True).start()
        began, step = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            step += 1
            writer.append(Look(step, dict.fromkeys(NAMES, 0.5)))
            written[step] = time.monotonic()
            time.sleep(0.05)
            if step % 20 == 0:
                sizes.append(server.memory())
    growth = sizes[-1] - sizes[len(sizes) // 4]
    told = f"heard after {spread(delays)} s; memory {sizes[-1]:.0f} MB, {growth:+.1f} MB since a quarter of the time"
    return {"row": [f"{step} records", told], "delays": delays, "MB": sizes}


def listen(server: Server, written: dict[int, float], delays: list[float]) -> None:
    with server.open("api/events") as stream:
        for line in stream:
            if line.startswith(b'data: {"changed'):
                heard = time.monotonic()
                newest = max(run["step"] for run in json.loads(line[6:])["changed"])
                for step in [step for step in written if step <= newest]:
                    delays.append(heard - written.pop(step))
