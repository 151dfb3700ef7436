"""Columns say what the log says, whatever was appended, measured, wound back, damaged, or kept on the disk."""

from __future__ import annotations

import math
import random
import shutil

import numpy as np
import pytest

from latebloom.records import Event, Look
from latebloom.store import ColumnReader, Lab, MeasuredWriter, column_file, open_run, read_run, snapshots
from latebloom.store import names as names_of
from latebloom.store.read import curve

from .story import DOCUMENT, RUN, document


@pytest.fixture
def lab(tmp_path):
    return Lab.open(tmp_path / "lab", create=True)


def check_same(lab, reader, run=RUN):
    """Hold what the reader gives to what reading the whole run anew gives."""
    (found,), stored = reader.read([run]), read_run(lab, run, strict=False)
    assert found.names == names_of(stored)
    for name in found.names:
        for ours, theirs in zip(found.curve(name), curve(stored, name), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert found.seen.tolist() == [look.step for look in stored.looks]
    assert found.events == stored.events
    assert found.snapshots == tuple((step, ref.size) for step, ref in snapshots(stored))
    assert (found.id, found.document, found.status) == (stored.id, stored.document, stored.status)
    assert (found.problem, found.step, found.steps) == (stored.problem, stored.step, stored.steps)
    newest = {name: (look.step, value) for look in stored.looks for name, value in look.values.items()}
    assert found.newest.keys() == newest.keys()
    return found


def looks(writer, steps, chance):
    for step in steps:
        values = {
            name: chance.choice([chance.random(), math.nan, math.inf])
            for name in "abc"
            if chance.random() < 0.7
        }
        events = (Event("memorised", step, step),) if chance.random() < 0.2 else ()
        refs = (writer.save_snapshot(step, {"w": np.arange(3.0) + step}),) if chance.random() < 0.3 else ()
        writer.append(Look(step, values, events, refs))


@pytest.mark.parametrize("seed", range(6))
def test_a_run_that_is_written_wound_back_and_measured_reads_the_same_at_every_moment(lab, seed):
    chance, reader = random.Random(seed), ColumnReader(lab)
    with open_run(lab, RUN, DOCUMENT) as writer:
        check_same(lab, reader)
        for _ in range(12):
            deed = chance.choice(["append", "append", "rewind", "measure", "restart"])
            first = writer.looks[-1].step + 1 if writer.looks else 0
            if deed == "append":
                looks(writer, range(first, first + chance.randrange(1, 6)), chance)
            elif deed == "rewind":
                writer.rewind(chance.randrange(len(writer.looks) + 1))
            elif deed == "measure":
                measure(lab, chance)
            elif deed == "restart":
                writer.restart(DOCUMENT)
            check_same(lab, reader)
            check_same(lab, ColumnReader(lab))
    assert check_same(lab, reader).status == "interrupted"


def measure(lab, chance):
    stored = snapshots(read_run(lab, RUN))
    if stored:
        step, ref = chance.choice(stored)
        with MeasuredWriter(lab, RUN) as writer:
            writer.append(step, {"ring": chance.random(), "a": chance.random()}, ref)


def fill(lab, count, run=None, end="done"):
    told = run or DOCUMENT
    with open_run(lab, told["id"], told) as writer:
        for step in range(count):
            writer.append(Look(step, {"a": step / 7, "b": math.nan if step % 3 else float(step)}))
        writer.append(Look(count, end=end))
    return told["id"]


def test_what_was_decoded_once_is_kept_on_the_disk_and_only_what_follows_is_decoded(lab, monkeypatch):
    with open_run(lab, RUN, DOCUMENT) as writer:
        for step in range(700):
            writer.append(Look(step, {"a": float(step)}))
        ColumnReader(lab).read([RUN])
        for step in range(700, 703):
            writer.append(Look(step, {"a": float(step)}))
    decoded = []
    from latebloom.store import tail

    whole = tail.read_line
    monkeypatch.setattr(tail, "read_line", lambda line, chain: decoded.append(line) or whole(line, chain))
    check_same(lab, ColumnReader(lab))
    assert len(decoded) == 3


def test_a_reading_gives_the_same_object_until_something_changes(lab):
    reader = ColumnReader(lab)
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(Look(0, {"a": 0.0}))
        (first,), (second,) = reader.read([RUN]), reader.read([RUN])
        assert first is second
        writer.append(Look(1, {"a": 1.0}))
        (third,) = reader.read([RUN])
    assert third.version != first.version
    assert first.curve("a")[1].tolist() == [0.0]
    assert third.curve("a")[1].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("place", [0, 3, 20, 0.3, 0.6, -1])
def test_a_damaged_column_file_counts_as_missing(lab, place):
    fill(lab, 100)
    ColumnReader(lab).read([RUN])
    path = column_file.path_of(lab.path, RUN)
    data = bytearray(path.read_bytes())
    data[int(place * len(data)) if isinstance(place, float) else place] ^= 1
    path.write_bytes(data)
    assert column_file.load(path, RUN) is None
    check_same(lab, ColumnReader(lab))


def test_a_column_file_of_another_run_or_cut_short_counts_as_missing(lab):
    other = fill(lab, 60, document(seed=4))
    fill(lab, 60)
    ColumnReader(lab).read_all()
    mine, theirs = (column_file.path_of(lab.path, run) for run in (RUN, other))
    shutil.copy(theirs, mine)
    assert column_file.load(mine, RUN) is None
    data = theirs.read_bytes()
    for length in (0, 5, 100, len(data) - 1):
        theirs.write_bytes(data[:length])
        assert column_file.load(theirs, other) is None
    check_same(lab, ColumnReader(lab), other)


def test_a_log_that_another_run_of_the_same_name_wrote_is_read_anew(lab):
    fill(lab, 60)
    reader = ColumnReader(lab)
    reader.read_all()
    with open_run(lab, RUN) as writer:
        writer.restart(DOCUMENT)
        for step in range(200):
            writer.append(Look(step, {"other": float(step)}))
    assert check_same(lab, reader).names == ["other"]
    assert check_same(lab, ColumnReader(lab)).names == ["other"]


def test_damage_is_told_with_what_is_sound_before_it(lab):
    fill(lab, 60)
    reader = ColumnReader(lab)
    reader.read([RUN])
    path = lab.folder(RUN) / "looks.log"
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    found = check_same(lab, reader)
    assert found.status == "damaged"
    assert "damaged at byte" in found.problem
    assert len(found.curve("a")[0]) == 60


@pytest.mark.parametrize("when", ["while it is read", "before another reads it"])
@pytest.mark.parametrize("end", ["done", ""])
def test_a_log_that_is_changed_in_place_after_it_was_read_is_damaged(lab, when, end):
    fill(lab, 100, end=end)
    reader = ColumnReader(lab)
    assert reader.read([RUN])[0].problem == ""
    path = lab.folder(RUN) / "looks.log"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    found = check_same(lab, reader if when == "while it is read" else ColumnReader(lab))
    assert found.status == "damaged"
    assert 0 < len(found.seen) < 60
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert check_same(lab, reader).problem == ""


def test_runs_that_are_gone_are_left_out_and_their_columns_removed(lab):
    gone = fill(lab, 60, document(seed=4))
    fill(lab, 60)
    reader = ColumnReader(lab)
    assert len(reader.read_all()) == 2
    shutil.rmtree(lab.folder(gone))
    assert [run.id for run in reader.read_all()] == [RUN]
    assert reader.read([gone]) == []
    assert not column_file.path_of(lab.path, gone).exists()


def test_no_more_memory_is_kept_than_may_be(lab):
    runs = [fill(lab, 400, document(seed=seed)) for seed in range(5)]
    reader = ColumnReader(lab, memory=30_000)
    for run in runs:
        check_same(lab, reader, run)
    assert sum(kept.tail.size for kept in reader._kept.values()) <= 30_000
    assert reader._kept


def test_a_lab_that_cannot_be_written_is_read_all_the_same(lab, monkeypatch):
    fill(lab, 60)
    (lab.path / "views").write_text("in the way")
    check_same(lab, ColumnReader(lab))
