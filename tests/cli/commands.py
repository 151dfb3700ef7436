"""Runs the command line: in this process, caught, or in one of its own; and a small file of settings."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from latebloom.cli.main import run

ROOT = Path(__file__).parents[2]
SMALL = """
description = "a small run"
seeds = 2

[task]
name = "addition"
modulus = 7

[split]
fraction = 0.6

[model]
name = "embedding-mlp"
width = 8

[optimizer]
name = "adamw"
learning_rate = 0.01

[training]
steps = 60

[evaluation]
every = 10

[snapshots]
every = 30
"""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


def say(*words):
    """Run one command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(map(str, words)))
    return Said(code, out.getvalue(), err.getvalue())


def environment(**more):
    """Give processes one thread and a width."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "80", **more}


def command(*words):
    """Write the command line that a person's words become."""
    return [sys.executable, "-c", "from latebloom.cli import main; main()", *map(str, words)]


def spawn(*words, folder, timeout=120, **more):
    """Run one command in a process of its own, in that folder."""
    done = subprocess.run(
        command(*words), cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=timeout
    )
    return Said(done.returncode, done.stdout, done.stderr)
