from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from latebloom.records import RunInfo
from latebloom.store import Lab, index, open_run, read, summaries

from .story import RUN, document, tell


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    for seed in (3, 4):
        tell(tmp_path / "lab", seed=seed)
    return Lab.open(tmp_path / "lab")


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs whose logs were read."""
    made: list[str] = []
    real = read._read

    def counted(folder: Path, locked: bool) -> read.StoredRun:
        made.append(folder.name)
        return real(folder, locked)

    monkeypatch.setattr(read, "_read", counted)
    return made


def test_runs_that_did_not_change_are_not_read_again(lab: Lab, readings: list[str]) -> None:
    first = summaries(lab)
    assert len(readings) == 2
    assert summaries(lab) == first
    assert len(readings) == 2


def test_a_run_that_changed_is_read_again_and_the_others_are_not(lab: Lab, readings: list[str]) -> None:
    summaries(lab)
    with open_run(lab, RUN) as writer:
        writer.rewind(3)
    del readings[:]
    assert [info.step for info in summaries(lab) if info.id == RUN] == [2]
    assert readings == [RUN]


def test_running_is_never_remembered(lab: Lab) -> None:
    with open_run(lab, RUN) as writer:
        writer.rewind(3)
        assert {info.status for info in summaries(lab)} == {"running", "done"}
    assert {info.status for info in summaries(lab)} == {"interrupted", "done"}
    with open_run(lab, RUN):
        assert {info.status for info in summaries(lab)} == {"running", "done"}


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, None])
def test_an_index_that_is_gone_empty_or_no_database_is_made_anew(
    lab: Lab, content: bytes | None, readings: list[str]
) -> None:
    first = summaries(lab)
    path = lab.path / "index.sqlite"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert summaries(lab) == first
    assert len(readings) == 4
    assert summaries(lab) == first
    assert len(readings) == 4


def test_a_corrupt_index_never_changes_what_is_listed(lab: Lab) -> None:
    first = summaries(lab)
    path = lab.path / "index.sqlite"
    data = path.read_bytes()
    for place in range(0, len(data), 37):
        damaged = bytearray(data)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        assert summaries(lab) == first


def test_a_value_changed_in_the_index_is_not_believed(lab: Lab) -> None:
    first = summaries(lab)
    with sqlite3.connect(lab.path / "index.sqlite") as database:
        database.execute("UPDATE runs_1 SET info = replace(info, '\"step\":6', '\"step\":7')")
    database.close()
    assert summaries(lab) == first


def test_a_lab_in_which_no_index_can_be_made_is_listed_all_the_same(lab: Lab) -> None:
    (lab.path / "index.sqlite").mkdir()
    assert [info.status for info in summaries(lab)] == ["done", "done"]


def test_an_index_that_another_process_holds_is_done_without(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = summaries(lab)
    monkeypatch.setattr(index, "PATIENCE", 0.01)
    holder = sqlite3.connect(lab.path / "index.sqlite")
    holder.execute("BEGIN EXCLUSIVE")
    assert summaries(lab) == first
    holder.rollback()
    holder.close()


def test_an_index_of_other_tables_is_done_without_and_then_used(lab: Lab, readings: list[str]) -> None:
    with sqlite3.connect(lab.path / "index.sqlite") as database:
        database.execute("CREATE TABLE other (a)")
    database.close()
    assert summaries(lab) == summaries(lab)
    assert len(readings) == 2


def test_a_run_that_is_gone_is_listed_no_more(lab: Lab) -> None:
    summaries(lab)
    folder = lab.folder(RUN)
    folder.rename(lab.path / "elsewhere")
    assert [info.id for info in summaries(lab)] == [document(4)["id"]]
    assert index.load(lab.path).keys() == {document(4)["id"]}


def test_numbers_that_are_not_finite_come_back(tmp_path: Path) -> None:
    info = RunInfo(RUN, "", "done", 1, 2, {}, {"a": float("inf"), "b": float("-inf")}, ())
    index.store(tmp_path, {RUN: index.Entry("1", info)}, ())
    assert index.load(tmp_path) == {RUN: index.Entry("1", info)}
