"""The lab that the page shows in these tests: small networks, really trained, of which some grok while others wait."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from latebloom.store import Lab

LATEBLOOM = (sys.executable, "-m", "latebloom")

GROKKING = [
    "run", "demo", "--seeds=3", "--steps=500", "--look=ring_scan@final:100", "--set=task.modulus=23",
    "--set=split.fraction=0.8", "--set=snapshots.every=50", "--set=optimizer.weight_decay=1.0,0.1",
    "--workers=1", "--threads=1",
]  # fmt: skip
"""a + b mod 23: with decay 1.0 it groks between steps 300 and 500, with decay 0.1 not within 500."""

TRANSFORMER = """
seeds = 1
looks = ["attention_entropy@block0.pattern:40"]

[task]
name = "addition"
modulus = 13

[split]
fraction = 0.6

[model]
name = "transformer"
layers = 1
width = 32
heads = 2
feed_forward = 64

[optimizer]
name = "adamw"
learning_rate = 1e-3
weight_decay = 1.0

[training]
steps = 200

[evaluation]
every = 10

[snapshots]
every = 40
"""

STUDY = ["study", "run", "theory", "--scale=smoke"]


def train(path: Path) -> Lab:
    """Make the lab at a path that is free yet: seven runs with snapshots and a study with its verdicts."""
    lab = Lab.open(path / "bloom", create=True)
    file = path / "small-transformer.toml"
    file.write_text(TRANSFORMER)
    together(lab, [GROKKING, ["run", str(file), "--workers=1", "--threads=1"], STUDY])
    return lab


def together(lab: Lab, commands: Sequence[Sequence[str]]) -> None:
    """Carry out some commands on a lab, all at once, and see them end well."""
    started = [
        subprocess.Popen(
            [*LATEBLOOM, *words, f"--lab={lab.path}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for words in commands
    ]
    for words, process in zip(commands, started, strict=True):
        said, _ = process.communicate(timeout=280)
        assert process.returncode == 0, (
            f"latebloom {' '.join(words)} ended with {process.returncode}:\n{said}"
        )
