"""Small labs with real runs for the tests: made the way the command line makes them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from latebloom.running.plan import Options, make_plan
from latebloom.spec import from_plain
from latebloom.store import Lab

ROOT = Path(__file__).parents[2]
PLAIN = {
    "task": {"name": "addition", "modulus": 7},
    "split": {"fraction": 0.6},
    "model": {"name": "embedding-mlp", "width": 16},
    "optimizer": {"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.5},
    "training": {"steps": 60, "batch": 8},
    "evaluation": {"every": 10},
    "snapshots": {"every": 30},
}
OPTIONS = Options(device="cpu", workers=1, threads=1, checkpoint_evaluations=2)


def specs(seeds=3, **changes):
    """Make specs of the small run, one per seed, with whole tables changed."""
    return [from_plain({**PLAIN, **changes, "seed": seed}) for seed in range(seeds)]


def planned(path, wanted, options=OPTIONS):
    """Create the runs in a lab and return it with its jobs."""
    lab = Lab.open(path, create=True)
    return lab, make_plan(lab, wanted, "test", options, "cpu").jobs


def truth(lab):
    """Read every byte that a resumed run must share with one that was never interrupted, by file."""
    kinds = ("looks.log", "*/*.safetensors")
    found = (path for kind in kinds for path in (lab.path / "runs").glob(f"*/{kind}"))
    return {str(path.relative_to(lab.path)): path.read_bytes() for path in found}


class Victims:
    """Talks to the process that forks victims."""

    def __enter__(self):
        command = [sys.executable, "-m", "tests.running.victim"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def suffer(self, job, **faults):
        """Let a victim do the job under these faults; return its exit code and its count of file operations."""
        self.process.stdin.write(json.dumps({"job": job.plain(), **faults}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def copy_of(lab, path):
    """Copy a lab, so that each victim has a fresh one."""
    shutil.copytree(lab.path, path)
    return Lab.open(path)
