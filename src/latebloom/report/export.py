"""All numbers as a table in a file."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from latebloom.errors import MissingExtraError
from latebloom.report.writing import checked_place, some
from latebloom.store import Lab, files
from latebloom.views import RecordsTable, records_table
from latebloom.views.wording import one_line

if TYPE_CHECKING:
    from pandas import DataFrame

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula, where a cell begins with it."""

LONGEST_TEXT = 10_000


def write_table(lab: Lab, ids: Iterable[str], out: Path) -> Path:
    """Write all numbers of these runs as one tidy table, a row per run, step and name; return its path.

    Columns: run, seed, step, name, value. `.csv` is text in UTF-8: numbers with every digit, nan as `nan`,
    texts that a spreadsheet would take for formulas behind an apostrophe. `.parquet` needs the extra of
    that name.

    Raises:
        InputError: another ending, no runs, or a folder that is not there.
        MissingExtraError: pyarrow is not installed.
        LabError, ResourceError: the file cannot be written; what stood there still does.
    """
    suffix = checked_place(out, (".csv", ".parquet"))
    if suffix == ".parquet":
        _require_pyarrow()
    frame = data_frame(records_table(lab, some(lab, ids)))
    files.write_atomic(out, _csv(frame) if suffix == ".csv" else _parquet(frame))
    return out


def data_frame(table: RecordsTable) -> DataFrame:
    """Make a pandas data frame of a table: run, seed (nullable), step, name, value."""
    import pandas as pd

    return pd.DataFrame(
        {
            "run": pd.Categorical(table.run),
            "seed": pd.array(table.seed, dtype="Int64"),
            "step": table.step,
            "name": pd.Categorical(table.name),
            "value": table.value,
        }
    )


def _require_pyarrow() -> None:
    if importlib.util.find_spec("pyarrow") is None:
        raise MissingExtraError("writing .parquet", "pyarrow", "parquet")


def _csv(frame: DataFrame) -> bytes:
    safe = frame.assign(**{name: frame[name].cat.rename_categories(disarmed) for name in ("run", "name")})
    return safe.to_csv(index=False, na_rep="nan", lineterminator="\n").encode("utf-8")


def disarmed(text: str) -> str:
    """Write a text on one line, behind an apostrophe where a spreadsheet would take it for a formula."""
    shown = one_line(text, LONGEST_TEXT)
    return f"'{shown}" if text.startswith(FORMULA) else shown


def _parquet(frame: DataFrame) -> bytes:
    out = BytesIO()
    frame.to_parquet(out, index=False, engine="pyarrow")
    return out.getvalue()
