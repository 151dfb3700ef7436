from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from latebloom.errors import DamagedError, LabError, UnknownNameError
from latebloom.records import Event, Look
from latebloom.store import Lab, curve, load_snapshot, names, open_run, read_run, snapshots, summaries

from .story import DOCUMENT, LAST, RUN, document, look, same, state, tell


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    tell(tmp_path / "lab")
    return Lab.open(tmp_path / "lab")


def test_a_finished_run_is_read_with_all_that_it_holds(lab: Lab) -> None:
    run = read_run(lab, RUN)
    assert (run.id, run.document, run.status, run.ended, run.step, run.steps) == (
        RUN,
        DOCUMENT,
        "done",
        "done",
        6,
        6,
    )
    assert run.events == (Event("memorised", 1, 2),)
    assert names(run) == ["test.accuracy", "train.loss"]
    assert [step for step, _ in snapshots(run)] == [0, 3]
    assert same(load_snapshot(lab, run, 0), state(0))


def test_a_curve_has_the_steps_at_which_its_number_was_seen(lab: Lab) -> None:
    steps, values = curve(read_run(lab, RUN), "train.loss")
    assert (steps.dtype, values.dtype) == (np.int64, np.float64)
    assert steps.tolist() == list(range(LAST + 1))
    assert values.tolist() == [1 / (step + 3) for step in range(LAST + 1)]


def test_a_number_that_only_some_looks_hold_is_no_shorter_or_longer_than_they_are(tmp_path: Path) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    with open_run(lab, RUN, DOCUMENT) as writer:
        for step in range(4):
            writer.append(Look(step, {"rare": math.nan} if step % 2 else {}))
    steps, values = curve(read_run(lab, RUN), "rare")
    assert steps.tolist() == [1, 3]
    assert np.isnan(values).all()


def test_unknown_numbers_snapshots_and_runs_name_the_known(lab: Lab) -> None:
    run = read_run(lab, RUN)
    with pytest.raises(UnknownNameError, match=r"did you mean 'train\.loss'"):
        curve(run, "train.los")
    with pytest.raises(UnknownNameError, match=r"snapshot at step 1; .*known: "):
        load_snapshot(lab, run, 1)
    with pytest.raises(UnknownNameError, match=RUN):
        read_run(lab, "division")


def test_a_run_being_written_is_running_and_then_what_it_ended_as(tmp_path: Path) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    with open_run(lab, RUN, DOCUMENT) as writer:
        writer.append(look(0))
        assert read_run(lab, RUN).status == summaries(lab)[0].status == "running"
    assert read_run(lab, RUN).status == summaries(lab)[0].status == "interrupted"
    with open_run(lab, RUN) as writer:
        writer.append(Look(1, end="diverged"))
    assert read_run(lab, RUN).status == summaries(lab)[0].status == "diverged"


def test_a_summary_holds_the_newest_of_every_number(lab: Lab) -> None:
    (info,) = summaries(lab)
    assert (info.id, info.status, info.step, info.steps, info.problem) == (RUN, "done", 6, 6, "")
    assert info.values == look(6).values
    assert info.spec == DOCUMENT["spec"]
    assert info.events == (Event("memorised", 1, 2),)


def test_damage_to_a_log_is_reported_beside_what_is_sound(lab: Lab) -> None:
    path = lab.folder(RUN) / "looks.log"
    parts = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*parts[:2], b"x" + parts[2][1:], *parts[3:]]))
    run = read_run(lab, RUN, strict=False)
    assert run.status == summaries(lab)[0].status == "damaged"
    assert [seen.step for seen in run.looks] == [0, 1]
    assert run.problem == summaries(lab)[0].problem
    assert "damaged at byte" in run.problem
    with pytest.raises(DamagedError, match="damaged at byte"):
        read_run(lab, RUN)


def test_damage_to_a_document_hurts_no_other_run(lab: Lab) -> None:
    tell(lab.path, seed=4)
    (lab.folder(RUN) / "spec.json").write_bytes(b"")
    assert {info.id: info.status for info in summaries(lab)} == {RUN: "damaged", document(4)["id"]: "done"}
    assert read_run(lab, RUN, strict=False).steps == 0
    with pytest.raises(DamagedError, match=r"spec\.json"):
        read_run(lab, RUN)


def test_a_run_of_a_newer_version_is_refused_as_such_and_still_listed(lab: Lab) -> None:
    path = lab.folder(RUN) / "spec.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(LabError, match="format 2"):
        read_run(lab, RUN)
    assert "format 2" in summaries(lab)[0].problem


def test_a_damaged_snapshot_is_named_and_the_others_are_still_there(lab: Lab) -> None:
    run = read_run(lab, RUN)
    path = lab.folder(RUN) / snapshots(run)[0][1].file
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedError, match=path.name):
        load_snapshot(lab, run, 0)
    assert same(load_snapshot(lab, run, 3), state(3))


def test_reading_needs_no_torch() -> None:
    code = "import sys, latebloom.store; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
