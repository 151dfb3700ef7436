"""Dense looks at a stretch of a run, taken by replaying it: beside the run's own records, never among them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from latebloom.errors import DamagedError
from latebloom.records import content_hash
from latebloom.store import files, plain
from latebloom.store.lab import FORMAT, Lab, check_format

FOLDER = "zooms"
NAME = re.compile(r"([0-9]{12,19})-([0-9]{12,19})-([0-9]+)\.json")
LIMIT = 1024 * 1024 * 1024


def zoom_name(start: int, stop: int, every: int) -> str:
    """Name the file of the dense looks from one step to another."""
    return f"{start:012d}-{stop:012d}-{every}.json"


def write_zoom(lab: Lab, run: str, content: Mapping[str, Any]) -> str:
    """Store dense looks, durably; return the file's name inside the run's folder.

    `content` has `start`, `stop`, `every` and `looks`, whose `values` are numbers by name.
    """
    folder = lab.folder(run) / FOLDER
    files.make_folder(folder)
    looks = [
        {**look, "values": {name: plain.write_number(value) for name, value in look["values"].items()}}
        for look in content["looks"]
    ]
    body = {**content, "looks": looks}
    whole = {"format": FORMAT, "checksum": content_hash(body), "content": body}
    name = zoom_name(content["start"], content["stop"], content["every"])
    files.write_atomic(folder / name, (json.dumps(whole, allow_nan=False) + "\n").encode("ascii"))
    return f"{FOLDER}/{name}"


def read_zooms(lab: Lab, run: str) -> list[dict[str, Any]]:
    """Read all dense looks at a run, sorted by their first step.

    Raises:
        DamagedError: one is not what was written.
        LabError: a newer version wrote it.
    """
    folder = lab.folder(run) / FOLDER
    paths = sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name)) if folder.is_dir() else []
    found: list[dict[str, Any]] = []
    for path in paths:
        whole = plain.parse_object(files.read_bounded(path, LIMIT), path)
        check_format(whole, path)
        content = whole.get("content")
        if not isinstance(content, dict) or whole.get("checksum") != content_hash(content):
            raise DamagedError(f"{path}: the checksum does not fit its content")
        for look in content["looks"]:
            look["values"] = {name: plain.read_number(value) for name, value in look["values"].items()}
        found.append(content)
    return found
