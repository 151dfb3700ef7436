"""Small real labs on disk, from curves that are computed and known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from latebloom.events import EventScan
from latebloom.records import Look, run_id
from latebloom.store import Lab, RunWriter, open_run

VERSIONS = {"python": "3.11.9", "latebloom": "0.1.0", "torch": "2.13.0", "numpy": "2.4.6", "scipy": "1.17.1"}


def spec_of(
    seed: int, *, weight_decay: float = 1.0, steps: int = 3000, every: int = 100, **more: Any
) -> dict[str, Any]:
    return {
        "task": {"name": "addition", "modulus": 97},
        "model": {"name": "transformer", "width": 128},
        "training": {"steps": steps, "epochs": 0, "batch": 0, "precision": "float32", "stop": "never"},
        "split": {"fraction": 0.3, "kind": "random", "seed": None},
        "objective": {"name": "cross-entropy"},
        "optimizer": {"name": "adamw", "learning_rate": 0.001, "weight_decay": weight_decay},
        "evaluation": {"every": every, "every_epochs": 0, "per_decade": 0, "steps": []},
        "snapshots": {"every": 0, "every_epochs": 0, "per_decade": 4, "steps": []},
        "seed": seed,
        **more,
    }


def document_of(spec: Mapping[str, Any], preset: str = "") -> dict[str, Any]:
    run = run_id(spec)
    return {
        "id": run,
        "spec": dict(spec),
        "steps": spec["training"]["steps"],
        "preset": preset,
        "created": "2026-01-01T00:00:00+00:00",
        "versions": VERSIONS,
        "threads": 1,
        "device": "cpu",
        "population": [run],
    }


def write(
    lab: Lab,
    spec: Mapping[str, Any],
    evaluations: Iterable[tuple[int, float, float]],
    *,
    end: Literal["", "done", "stopped", "diverged"] = "done",
    end_step: int | None = None,
    values: Mapping[str, Sequence[float]] | None = None,
    snapshots: Mapping[int, Mapping[str, Any]] | None = None,
    preset: str = "",
    keep_open: ExitStack | None = None,
) -> str:
    """Store a run with these evaluations: (step, train accuracy, test accuracy); return its id."""
    document = document_of(spec, preset)
    with ExitStack() as own:
        writer = (keep_open or own).enter_context(open_run(lab, document["id"], document))
        step = 0
        scan = EventScan()
        for index, (step, train, test) in enumerate(evaluations):
            numbers = {"train_accuracy": train, "test_accuracy": test}
            numbers |= {name: column[index] for name, column in (values or {}).items()}
            arrays = _snapshot(writer, step, snapshots or {})
            writer.append(Look(step, numbers, scan.see(step, train, test), arrays))
        if end:
            writer.append(Look(step if end_step is None else end_step, end=end))
    return document["id"]


def _snapshot(writer: RunWriter, step: int, snapshots: Mapping[int, Mapping[str, Any]]) -> tuple[Any, ...]:
    return (writer.save_snapshot(step, snapshots[step]),) if step in snapshots else ()


@dataclass(frozen=True)
class Story:
    """What a made-up run does: when it learns what, and what befalls it."""

    seed: int = 0
    memorised: float = 120
    grokked: float | None = 1800
    steps: int = 3000
    every: int = 20
    falls: tuple[tuple[int, int], ...] = ()
    diverged: int | None = None
    until: int | None = None
    weight_decay: float = 1.0
    final: bool = True


def tell(lab: Lab, story: Story, *, keep_open: ExitStack | None = None, preset: str = "") -> str:
    """Store the run of a story."""
    last = story.until if story.until is not None else story.steps
    steps = np.array([*range(0, last, story.every), last])
    if story.diverged is not None:
        steps = steps[steps < story.diverged]
    wave = np.sin(np.arange(len(steps)) * (1 + story.seed % 7)) * 0.01
    train = 0.01 + 0.99 * _learned(steps, story.memorised, 8)
    test = 0.01 + (0.0 if story.grokked is None else 0.99) * _learned(steps, story.grokked or 1, 6)
    for begin, end in story.falls:
        test = np.where((steps >= begin) & (steps < end), 0.2, test)
    test = np.clip(test + wave * test * (1 - test) * 4, 0, 1)
    values = {
        "train_loss": 4.6 * (1 - train) + 1e-4,
        "test_loss": 4.6 + 3 * _learned(steps, story.memorised, 4) - 7.59 * test,
        "weight_norm": 60 - 25 * test + 5 * train,
        "weight_change": np.abs(wave) + 0.01,
    }
    if story.final:
        values |= {
            "pca_dimension_95": np.round(90 - 75 * test),
            "pca_dimension_99": np.round(110 - 80 * test),
            "participation_ratio": 60 - 50 * test + wave * 100,
            "activation_l2": np.where(steps > 0, 10 + wave, np.nan),
        }
    finished = "done" if story.until is None else ""
    return write(
        lab,
        spec_of(story.seed, weight_decay=story.weight_decay, steps=story.steps, every=story.every),
        zip(steps.tolist(), train.tolist(), test.tolist(), strict=True),
        end="diverged" if story.diverged is not None else finished,
        end_step=story.diverged,
        values={name: column.tolist() for name, column in values.items()},
        snapshots={0: {"weights.embedding": np.arange(6, dtype=np.float32).reshape(2, 3)}},
        preset=preset,
        keep_open=keep_open,
    )


def _learned(steps: Any, middle: float, steepness: float) -> Any:
    """A logistic curve in the logarithm of the step, exactly 1 once it is that to three digits."""
    curve = 1 / (1 + np.exp(-steepness * np.log((steps + 1) / middle)))
    return np.where(curve > 0.9985, 1.0, curve)


def ten(lab: Lab, **changes: Any) -> list[str]:
    """Ten runs: eight grok, one never does, one groks and collapses."""
    stories = [
        Story(seed=seed, memorised=90 + 7 * (seed * 3 % 10), grokked=800 + 90 * (seed * 7 % 10))
        for seed in range(10)
    ]
    stories[3] = replace(stories[3], grokked=None)
    stories[6] = replace(stories[6], falls=((2700, 4000),))
    stories[8] = replace(stories[8], falls=((2300, 2340), (2500, 2540)))
    return [tell(lab, replace(story, **changes)) for story in stories]


def damage_log(lab: Lab, run: str, share: float = 0.7) -> None:
    """Flip a letter in the middle of a log."""
    path = lab.folder(run) / "looks.log"
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 1
    path.write_bytes(data)


def damage_document(lab: Lab, run: str) -> None:
    path = lab.folder(run) / "spec.json"
    path.write_text(path.read_text().replace('"weight_decay": 1.0', '"weight_decay": 9.0'))


def make(path: Path) -> Lab:
    return Lab.open(path, create=True)
