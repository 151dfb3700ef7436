from __future__ import annotations

import csv
import importlib.util
import math

import numpy as np
import pandas as pd
import pytest

from latebloom.errors import InputError, LabError, MissingExtraError, ResourceError
from latebloom.report import write_table
from latebloom.store import files
from latebloom.views import records_table

from ..views.labs import Story, spec_of, tell, write


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_reads_back_to_the_last_bit(ten_runs, tmp_path, suffix):
    lab, ids = ten_runs
    out = write_table(lab, ids, tmp_path / f"numbers{suffix}")
    table = records_table(lab, ids)
    if suffix == ".csv":
        with out.open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        run, seed, step, name, value = zip(*rows, strict=True)
    else:
        frame = pd.read_parquet(out)
        head = list(frame.columns)
        run, seed, step, name, value = (frame[column] for column in head)
    assert head == ["run", "seed", "step", "name", "value"]
    assert (list(run), list(name)) == (table.run, table.name)
    assert (list(map(int, seed)), list(map(int, step))) == (table.seed, table.step.tolist())
    assert np.array_equal(np.array(list(map(float, value))), table.value, equal_nan=True)


def test_what_was_not_finite_keeps_its_name(lab, tmp_path):
    run = write(lab, spec_of(0), [(0, 0.1, 0.0)], values={"a": [math.nan], "b": [math.inf], "c": [-math.inf]})
    lines = write_table(lab, [run], tmp_path / "numbers.csv").read_text().splitlines()
    assert lines[1:4] == [f"{run},0,0,a,nan", f"{run},0,0,b,inf", f"{run},0,0,c,-inf"]


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x", "\tx", "\rx"])
def test_no_text_is_a_formula_to_a_spreadsheet(lab, tmp_path, name):
    run = write(lab, spec_of(0), [(0, 0.1, 0.0)], values={name: [-1.5], "plain": [-2.5]})
    out = write_table(lab, [run], tmp_path / "numbers.csv")
    frame = pd.read_csv(out)
    assert f"'{name}".replace("\t", " ").replace("\r", " ") in list(frame["name"])
    assert set(frame["value"]) >= {-1.5, -2.5}
    assert "plain" in list(frame["name"])


def test_a_name_with_a_comma_or_quote_stays_one_cell(lab, tmp_path):
    run = write(lab, spec_of(0), [(0, 0.1, 0.0)], values={'a,"b"': [1.0]})
    assert 'a,"b"' in list(pd.read_csv(write_table(lab, [run], tmp_path / "n.csv"))["name"])


def test_without_pyarrow_parquet_says_which_extra_it_needs(lab, tmp_path, monkeypatch):
    run = tell(lab, Story(every=300))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="parquet"):
        write_table(lab, [run], tmp_path / "n.parquet")
    assert not (tmp_path / "n.parquet").exists()


@pytest.mark.parametrize("name", ["n.xlsx", "n", "n.html"])
def test_another_ending_is_refused_with_the_right_ones(lab, tmp_path, name):
    with pytest.raises(InputError, match=r"\.csv, \.parquet"):
        write_table(lab, [tell(lab, Story())], tmp_path / name)


def test_a_full_disk_leaves_the_table_that_was_there(lab, tmp_path, monkeypatch):
    out = tmp_path / "n.csv"
    out.write_text("old")
    run = tell(lab, Story())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "calls", files.Calls(write=full))
    with pytest.raises(ResourceError):
        write_table(lab, [run], out)
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_no_runs_make_no_table(lab, tmp_path):
    with pytest.raises(InputError, match="latebloom run demo"):
        write_table(lab, [], tmp_path / "n.csv")
    assert LabError.exit_code == 2
