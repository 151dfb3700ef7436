"""What a lab holds of studies: a folder for each study and scale, with its declaration and its verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latebloom.errors import DamagedError, LabError, shown
from latebloom.records import content_hash
from latebloom.store import files, plain
from latebloom.store.lab import FORMAT, Lab, check_format

FOLDER = "studies"
DECLARED = "declared.json"
VERDICTS = "verdicts.json"
NAME = re.compile(r"[a-z0-9.-]{1,130}")
LIMIT = 256 * 1024 * 1024


def study_folder(lab: Lab, study: str, scale: str) -> Path:
    """Return the folder of a study at a scale, which need not exist.

    Raises:
        LabError: names that no folder can have.
    """
    name = f"{study}-{scale}"
    if not NAME.fullmatch(name) or name.startswith("."):
        raise LabError(f"{shown(name)} is no name of a study and scale; they are made of a-z, 0-9, - and .")
    return lab.path / FOLDER / name


def write_study(lab: Lab, study: str, scale: str, file: str, content: Mapping[str, Any]) -> Path:
    """Store a study's declaration or verdicts, durably; what stood there before still does if that fails."""
    folder = study_folder(lab, study, scale)
    files.make_folder(folder)
    body = dict(content)
    whole = {"format": FORMAT, "checksum": content_hash(body), "content": body}
    text = json.dumps(whole, indent=1, allow_nan=False, ensure_ascii=True) + "\n"
    files.write_atomic(folder / file, text.encode("ascii"))
    return folder / file


def read_study(lab: Lab, study: str, scale: str, file: str) -> dict[str, Any] | None:
    """Read a study's declaration or verdicts; None where there are none.

    Raises:
        DamagedError: it is not what was written.
        LabError: a newer version wrote it.
    """
    return _read(study_folder(lab, study, scale) / file)


def stored_studies(lab: Lab) -> list[tuple[str, str]]:
    """List the studies that a lab holds anything of, and their scales, sorted."""
    folder = lab.path / FOLDER
    found: list[tuple[str, str]] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        content = _read(path / DECLARED) or _read(path / VERDICTS) if path.is_dir() else None
        if content:
            found.append((str(content["study"]), str(content["scale"])))
    return sorted(found)


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    whole = plain.parse_object(files.read_bounded(path, LIMIT), path)
    check_format(whole, path)
    content = whole.get("content")
    if not isinstance(content, dict) or whole.get("checksum") != content_hash(content):
        raise DamagedError(f"{path}: the checksum does not fit its content")
    return content
