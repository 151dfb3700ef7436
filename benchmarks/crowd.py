"""Processes that get ready, wait for each other, and are timed at once."""

import os
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

KEEP_PAGES = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296"}


def ready() -> None:
    """Say that the warm-up is over and wait to be let go; for use inside a timed process."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def at_once(programs: Sequence[str], *, keep_pages: bool) -> float:
    """Run Python programs at once; each prints one number after it was let go. Return their sum."""
    environment = {**os.environ, **(KEEP_PAGES if keep_pages else {})}
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for program in programs
    ]
    for one in crowd:
        one.stdout.readline()
    for one in crowd:
        one.stdin.write("go\n")
        one.stdin.flush()
    return sum(float(one.communicate()[0]) for one in crowd)


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def spread(values: Sequence[float]) -> str:
    """Write a median with the least and the most."""
    return f"{median(values):8.1f} ({min(values):.1f} to {max(values):.1f})"
