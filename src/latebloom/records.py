"""The plain shapes that cross rooms: no arrays, no torch, nothing that runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["running", "done", "stopped", "diverged", "interrupted", "damaged"]
"""running: a live writer holds it. done: trained to its last step. stopped: ended early, as its spec asked, or by an
error in a loop that was watched.
diverged: its loss was no longer finite. interrupted: neither ended nor being written; can be resumed.
damaged: stored bytes are not those that were written."""


@dataclass(frozen=True, slots=True)
class Record:
    """One number: run, step, name, value."""

    run: str
    step: int
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run at a step; `seen` is the step of the evaluation that established it."""

    name: str
    step: int
    seen: int


@dataclass(frozen=True, slots=True)
class ArrayRef:
    """A stored file of arrays: its name inside the run's folder, SHA-256 in hexadecimal, and size in bytes."""

    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one run at one step: the payload of one line of its log.

    `end` is empty but in a run's last line, where it is the status that the run ended with.
    """

    step: int
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    events: tuple[Event, ...] = ()
    arrays: tuple[ArrayRef, ...] = ()
    end: Literal["", "done", "stopped", "diverged"] = ""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a list shows of a run: who it is, how far it is, how it fares.

    `spec` is its plain form, `values` its newest numbers by name, `problem` says what is damaged.
    """

    id: str
    preset: str
    status: Status
    step: int
    steps: int
    spec: Mapping[str, Any]
    values: Mapping[str, float]
    events: tuple[Event, ...]
    problem: str = ""


def canonical_json(value: Any) -> str:
    """Write plain data as JSON in the one form that is hashed: sorted keys, no spaces, no NaN.

    >>> canonical_json({"b": 1, "a": [1.5, "x"]})
    '{"a":[1.5,"x"],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


def content_hash(value: Any) -> str:
    """Hash plain data by its canonical JSON: 64 hexadecimal digits of SHA-256."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def is_watched(spec: Mapping[str, Any]) -> bool:
    """Tell whether a plain spec is that of a run that somebody else's loop trains, which is only watched here.

    >>> is_watched({"kind": "watched", "task": {"name": "mine"}, "seed": 0})
    True
    """
    return spec.get("kind") == "watched"


def run_id(spec: Mapping[str, Any]) -> str:
    """Name a run by the content of its spec: task, seed, and ten digits of the hash.

    >>> run_id({"task": {"name": "addition"}, "seed": 3})[:12]
    'addition-s3-'
    """
    task = str(spec["task"]["name"])
    return f"{task}-s{spec['seed']}-{content_hash(dict(spec))[:10]}"
