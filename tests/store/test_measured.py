"""What is measured of snapshots afterwards: a log of its own, merged by step, never with other weights."""

from __future__ import annotations

import math

import numpy as np
import pytest

from latebloom.errors import DamagedError, LabError, LockedError
from latebloom.records import Look
from latebloom.store import Lab, MeasuredWriter, curve, lock, names, open_run, read_run, snapshots, summaries

from .story import DOCUMENT, RUN


@pytest.fixture
def lab(tmp_path):
    lab = Lab.open(tmp_path / "lab", create=True)
    with open_run(lab, RUN, DOCUMENT) as writer:
        fill(writer)
    return lab


def fill(writer, shift=0.0):
    for step in range(4):
        refs = (writer.save_snapshot(step, {"w": np.arange(3.0) + step + shift}),) if step % 2 == 0 else ()
        writer.append(Look(step, {"loss": step + shift}, arrays=refs))


def measure(lab, step, **values):
    ref = dict(snapshots(read_run(lab, RUN)))[step]
    with MeasuredWriter(lab, RUN) as writer:
        writer.append(step, values, ref)


def values(lab):
    return [dict(look.values) for look in read_run(lab, RUN).looks]


def test_what_was_measured_stands_among_what_was_seen_at_its_step(lab):
    measure(lab, 2, ring=0.5, odd=math.nan)
    measure(lab, 0, ring=0.25)
    found = values(lab)
    assert found[0] == {"loss": 0.0, "ring": 0.25}
    assert found[1] == {"loss": 1.0}
    assert found[2]["ring"] == 0.5
    assert math.isnan(found[2]["odd"])
    run = read_run(lab, RUN)
    assert names(run) == ["loss", "odd", "ring"]
    assert [column.tolist() for column in curve(run, "ring")] == [[0, 2], [0.25, 0.5]]
    assert (run.ended, run.status, run.step) == ("", "interrupted", 3)


def test_what_was_seen_live_or_measured_first_stays(lab):
    measure(lab, 0, loss=9.0, ring=1.0)
    measure(lab, 0, ring=2.0, dimension=3.0)
    assert values(lab)[0] == {"loss": 0.0, "ring": 1.0, "dimension": 3.0}


def test_the_list_of_runs_hears_of_it(lab):
    assert "ring" not in summaries(lab)[0].values
    measure(lab, 2, ring=0.5)
    assert summaries(lab)[0].values["ring"] == 0.5


def test_a_run_can_be_measured_while_it_is_written(lab):
    with open_run(lab, RUN) as writer:
        measure(lab, 2, ring=0.5)
        writer.append(Look(4, {"loss": 4.0}))
    assert values(lab)[2] == {"loss": 2.0, "ring": 0.5}
    assert len(values(lab)) == 5


def test_what_was_measured_on_steps_that_were_wound_back_waits_until_the_same_bytes_are_there_again(lab):
    measure(lab, 0, ring=0.25)
    measure(lab, 2, ring=0.5)
    with open_run(lab, RUN) as writer:
        arrays = writer.looks[2].arrays
        writer.rewind(2)
        assert values(lab) == [{"loss": 0.0, "ring": 0.25}, {"loss": 1.0}]
        writer.append(Look(2, {"loss": 2.0}))
        assert "ring" not in values(lab)[2]  # no snapshot is named at that step
        writer.rewind(2)
        writer.append(Look(2, {"loss": 2.0}, arrays=arrays))
    assert values(lab)[2] == {"loss": 2.0, "ring": 0.5}


def test_what_was_measured_on_other_weights_is_left_out(lab):
    measure(lab, 2, ring=0.5)
    with open_run(lab, RUN) as writer:
        writer.restart()
        fill(writer, shift=0.125)
    assert all("ring" not in found for found in values(lab))
    measure(lab, 2, ring=0.75)
    assert values(lab)[2]["ring"] == 0.75


def test_a_torn_record_is_ignored_and_cut_off_by_the_next_writer(lab):
    measure(lab, 0, ring=0.25)
    measure(lab, 2, ring=0.5)
    path = lab.folder(RUN) / "measured.log"
    path.write_bytes(path.read_bytes()[:-5])
    assert [found.get("ring") for found in values(lab)] == [0.25, None, None, None]
    measure(lab, 2, ring=0.75)
    assert [found.get("ring") for found in values(lab)] == [0.25, None, 0.75, None]


def test_a_damaged_record_is_named_and_what_is_before_it_stays(lab):
    measure(lab, 0, ring=0.25)
    measure(lab, 2, ring=0.5)
    path = lab.folder(RUN) / "measured.log"
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedError, match=r"measured\.log is damaged at byte"):
        read_run(lab, RUN)
    loose = read_run(lab, RUN, strict=False)
    assert loose.status == "damaged"
    assert loose.looks[0].values["ring"] == 0.25
    with pytest.raises(DamagedError, match=r"measured\.log"):
        MeasuredWriter(lab, RUN)


def test_two_do_not_measure_one_run_at_once(lab, monkeypatch):
    monkeypatch.setattr(lock, "MEASURING_PATIENCE", 0.05)
    told = f"run {RUN} is being measured by another process"
    with MeasuredWriter(lab, RUN), pytest.raises(LockedError, match=told):
        MeasuredWriter(lab, RUN)
    with MeasuredWriter(lab, RUN):
        pass


def test_a_run_that_there_is_not_is_not_measured(lab):
    with pytest.raises(LabError, match="there is no run addition-s9-0000000000"):
        MeasuredWriter(lab, "addition-s9-0000000000")
    assert lab.run_ids() == [RUN]
