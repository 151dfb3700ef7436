"""The command line as a person runs it: in a process of its own, start-up included."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.crowd import ROOT

SCRIPT = Path(sys.executable).with_name("latebloom")
LATEBLOOM = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "latebloom"]
POLL = 0.002


def seconds_of(command: Sequence[str]) -> float:
    """Run a command to its end; return its seconds.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return took


def answer_of(command: Sequence[str]) -> Any:
    """Run a command that prints JSON, where the benchmarks can be imported; return what it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def wait_for_records(lab: Path, count: int, process: subprocess.Popen[str]) -> float:
    """Wait until some run of the lab has that many records; return the moment.

    Raises:
        RuntimeError: the process ended before that.
    """
    while not any(log.read_bytes().count(b"\n") >= count for log in lab.glob("runs/*/looks.log")):
        if process.poll() is not None:
            raise RuntimeError(f"the command ended with {process.returncode} before record {count} was there")
        time.sleep(POLL)
    return time.perf_counter()


@contextmanager
def fresh_lab() -> Iterator[Path]:
    """Give the path of a lab that is not there yet; remove it afterwards."""
    with TemporaryDirectory(prefix="latebloom-benchmark-") as folder:
        yield Path(folder) / "lab"


def training(words: Sequence[str], lab: Path) -> subprocess.Popen[str]:
    """Start `latebloom run` on these words in that lab."""
    return subprocess.Popen(
        [*LATEBLOOM, "run", *words, "--lab", str(lab)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
