from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import latebloom
from latebloom.errors import InputError, LabError, UnknownNameError
from latebloom.runs import Run, Runs, open_runs

from .views.labs import Story, damage_document, make, spec_of, tell, ten, write


@pytest.fixture
def lab(tmp_path: Path):
    return make(tmp_path / "lab")


@pytest.fixture(scope="module")
def ten_runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Eight that grok, one that never does, one that groks and collapses; only to be read."""
    lab = make(tmp_path_factory.mktemp("ten") / "lab")
    return Runs(lab, ten(lab))


def test_opening_a_lab_gives_all_its_runs_or_those_asked_for(ten_runs):
    lab, ids = ten_runs.lab, sorted(ten_runs.ids)
    assert [run.id for run in open_runs(lab.path)] == ids
    assert open_runs(str(lab.path), [ids[3][-6:], ids[1]]).ids == (ids[3], ids[1])
    assert latebloom.open_runs is open_runs


def test_what_is_not_there_is_refused(lab, tmp_path):
    with pytest.raises(LabError, match="there is no lab"):
        open_runs(tmp_path / "nowhere")
    tell(lab, Story())
    with pytest.raises(UnknownNameError):
        open_runs(lab.path, ["multiplication-s0"])


def test_runs_are_a_sequence(ten_runs):
    runs = ten_runs
    assert (len(runs), runs[0].id, runs[-1].id) == (10, runs.ids[0], runs.ids[-1])
    assert isinstance(runs[2:5], Runs)
    assert runs[2:5].ids == runs.ids[2:5]
    assert runs[0] in runs
    assert (runs[:2] + runs[1:3]).ids == runs.ids[:3]
    with pytest.raises(IndexError):
        runs[10]


def test_runs_of_two_labs_do_not_go_together(lab, tmp_path):
    with pytest.raises(InputError, match="two labs"):
        _ = Runs(lab, []) + Runs(make(tmp_path / "other"), [])


def test_a_frame_is_tidy(lab):
    runs = Runs(lab, [write(lab, spec_of(3), [(0, 0.1, 0.0), (100, 1.0, math.nan)])])
    frame = runs.frame()
    assert list(frame.columns) == ["run", "seed", "step", "name", "value"]
    assert len(frame) == 4
    assert set(frame["seed"]) == {3}
    assert frame["value"].isna().sum() == 1


def test_a_wide_frame_has_a_column_per_number(lab):
    frame = Runs(lab, [tell(lab, Story(seed=s)) for s in (0, 1)]).frame(wide=True)
    assert list(frame.columns[:3]) == ["run", "seed", "step"]
    assert {"test_accuracy", "weight_norm"} <= set(frame.columns)
    assert len(frame) == 2 * 151
    assert frame["test_accuracy"].notna().all()


def test_events_say_when_what_happened_to_whom(lab):
    run = write(lab, spec_of(0), [(0, 0.1, 0.0), (100, 1.0, 0.95), (200, 1.0, 0.1)])
    frame = Runs(lab, [run]).events()
    assert list(frame["event"]) == ["memorised", "grokked_first", "oscillation", "collapsed"]
    assert list(frame["step"]) == [100, 100, 200, 200]
    assert Run(lab, run).events().equals(frame)


def test_a_summary_has_a_row_per_run_and_misses_what_has_not_happened(ten_runs):
    ids = ten_runs.ids
    frame = ten_runs.summary().set_index("run")
    assert tuple(frame.index) == ids
    assert frame.loc[ids[3], "grokked_first"] is pd.NA
    assert frame.loc[ids[3], "last_step"] == 3000
    assert frame.loc[ids[0], "grokked_first"] == 1160
    assert bool(frame.loc[ids[6], "collapsed"])
    assert frame["grokked_first"].notna().sum() == 9


def test_frames_of_no_runs_and_of_damaged_runs_are_frames(lab):
    empty = Runs(lab, [])
    assert (len(empty.frame()), len(empty.events()), len(empty.summary())) == (0, 0, 0)
    run = tell(lab, Story())
    damage_document(lab, run)
    damaged = Runs(lab, [run])
    assert damaged.summary()["status"].tolist() == ["damaged"]
    assert damaged.frame()["seed"].isna().all()
    assert len(damaged.frame(wide=True)) == 151


def test_a_plot_is_a_figure_of_its_own(ten_runs, lab):
    from matplotlib.figure import Figure

    assert isinstance(ten_runs.plot(), Figure)
    assert isinstance(ten_runs[0].plot(), Figure)
    with pytest.raises(InputError, match="no runs"):
        Runs(lab, []).plot()


def test_a_snapshot_is_loaded_from_exactly_the_step_asked_for(lab):
    arrays = {step: {"weights.w": np.full(3, step, dtype=np.float32)} for step in (0, 100)}
    run = Run(lab, write(lab, spec_of(0), [(s, 0.1, 0.0) for s in (0, 50, 100)], snapshots=arrays))
    assert run.snapshot(0)["weights.w"].tolist() == [0, 0, 0]
    assert run.snapshot()["weights.w"].tolist() == [100, 100, 100]
    with pytest.raises(InputError, match=r"no snapshot at step 50; stored are steps 0, 100"):
        run.snapshot(50)


def test_a_run_without_snapshots_says_so(lab):
    run = Run(lab, write(lab, spec_of(0), [(0, 0.1, 0.0)]))
    with pytest.raises(InputError, match="none is stored"):
        run.snapshot()


def test_a_run_tells_its_settings_course_and_status(lab):
    run = Run(lab, tell(lab, Story(seed=4)))
    assert (run.status, run.settings["seed"], run.course["memorised"]) == ("done", 4, 220)


def test_a_run_writes_itself_on_one_line(ten_runs):
    ids = ten_runs.ids
    text = repr(ten_runs[6])
    assert text.startswith(
        f"Run({ids[6]}: done, step 3,000 of 3,000, memorised 260, grokked 1,420, up-time 80.0%, collapsed)"
    )
    assert "\n" not in text
    assert repr(ten_runs).startswith("Runs(10 runs: ")


def test_a_notebook_shows_words_and_a_table_in_which_nothing_is_markup(lab):
    run = write(lab, spec_of(0, model={"name": "<script>"}), [(0, 0.1, 0.0), (100, 1.0, 0.2)])
    for text in (Runs(lab, [run])._repr_html_(), Run(lab, run)._repr_html_()):
        assert "<table>" in text
        assert "had not grokked by step 100" in text
        assert "<script>" not in text
