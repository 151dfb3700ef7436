"""The spec document of a run: what was asked for, and with what it was run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latebloom.errors import DamagedError, InputError, shown
from latebloom.records import content_hash, run_id
from latebloom.store import files, plain
from latebloom.store.lab import FORMAT, check_format

SPEC = "spec.json"
LIMIT = 16 * 1024 * 1024


def write_document(folder: Path, document: Mapping[str, Any]) -> None:
    """Store a run's document, durably.

    Raises:
        InputError: it is not the document of the run that the folder is named for.
    """
    run = dict(document)
    problem = _mismatch(run, folder.name)
    if problem:
        raise InputError(f"this is not the document of run {folder.name}: {problem}")
    whole = {"format": FORMAT, "checksum": content_hash(run), "run": run}
    text = json.dumps(whole, indent=2, allow_nan=False, ensure_ascii=True) + "\n"
    files.write_atomic(folder / SPEC, text.encode("ascii"))


def read_document(folder: Path) -> dict[str, Any]:
    """Read a run's document: `id`, `spec`, `steps`, `preset`, `created`, `versions`, `device` and so on.

    Raises:
        DamagedError: it is not what was written, or belongs to another run.
        LabError: a newer version wrote it.
    """
    path = folder / SPEC
    whole = plain.parse_object(files.read_bounded(path, LIMIT), path)
    check_format(whole, path)
    run = whole.get("run")
    if not isinstance(run, dict) or whole.get("checksum") != content_hash(run):
        raise DamagedError(f"{path}: the checksum does not fit its content")
    problem = _mismatch(run, folder.name)
    if problem:
        raise DamagedError(f"{path} is not the document of this run: {problem}")
    return run


def _mismatch(run: Mapping[str, Any], name: str) -> str:
    """Say why a document is not that of the run `name`; empty where it is."""
    spec, steps = run.get("spec"), run.get("steps")
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 0:
        return f"steps is {shown(steps)}, not a count"
    if not isinstance(spec, dict) or not isinstance(spec.get("task"), dict) or "seed" not in spec:
        return "it has no spec with a task and a seed"
    if "name" not in spec["task"] or run_id(spec) != name or run.get("id") != name:
        return f"its id is {shown(run.get('id'))}"
    return ""
