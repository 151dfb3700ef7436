"""Dense looks as a table in a file: the same columns as a table of a run's own records."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latebloom.report.export import disarmed
from latebloom.report.writing import checked_place
from latebloom.store import files

COLUMNS = ("run", "step", "name", "value")


def write_zoom_table(found: Mapping[str, Any], out: Path) -> Path:
    """Write dense looks as CSV, a row for each step and name; return the path.

    Raises:
        InputError: another ending than `.csv`, or a folder that is not there.
        LabError, ResourceError: the file cannot be written.
    """
    checked_place(out, (".csv",))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for look in found["looks"]:
        for name, value in look["values"].items():
            writer.writerow((found["run"], look["step"], disarmed(name), repr(value)))
    files.write_atomic(out, text.getvalue().encode("utf-8"))
    return out
