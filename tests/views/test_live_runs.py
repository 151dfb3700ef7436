"""Rows say what the list of runs and the courses say, and the settings in which runs differ."""

from contextlib import ExitStack

import numpy as np
import pytest

from latebloom.store import ColumnReader
from latebloom.views import group_view, list_view
from latebloom.views.live_runs import SPARK, STALE, runs_view
from tests.views.labs import Story, damage_document, damage_log, make, spec_of, tell, ten, write


@pytest.fixture
def lab(tmp_path):
    return make(tmp_path / "lab")


def rows(lab, **more):
    return {row["id"]: row for row in runs_view(ColumnReader(lab).read_all(), **more)["runs"]}


def test_a_row_holds_what_the_list_and_the_course_of_a_run_hold(lab):
    ten(lab)
    tell(lab, Story(seed=77, diverged=900))
    found = rows(lab)
    for entry in list_view(lab):
        row = found[entry["id"]]
        assert {name: row[name] for name in entry} == entry
    for run in group_view(lab, lab.run_ids())["runs"]:
        assert found[run["id"]]["up_time"] == pytest.approx(run["course"]["up_time"])


def test_only_settings_in_which_runs_differ_are_told_and_the_seed_never(lab):
    for seed, decay in ((0, 1.0), (1, 1.0), (0, 2.0)):
        tell(lab, Story(seed=seed, weight_decay=decay, steps=200))
    view = runs_view(ColumnReader(lab).read_all())
    assert view["settings"] == ["optimizer.weight_decay"]
    assert sorted(row["settings"]["optimizer.weight_decay"] for row in view["runs"]) == [1.0, 1.0, 2.0]
    groups = {row["settings"]["optimizer.weight_decay"]: row["group"] for row in view["runs"]}
    assert len({row["group"] for row in view["runs"]}) == 2 == len(groups)


def test_a_setting_that_only_some_runs_have_is_told_of_those(lab):
    write(lab, spec_of(0), [(0, 0.1, 0.1)])
    write(lab, spec_of(1, extra={"odd": [1, 2]}), [(0, 0.1, 0.1)])
    view = runs_view(ColumnReader(lab).read_all())
    assert view["settings"] == ["extra.odd"]
    assert sorted(str(row["settings"].get("extra.odd")) for row in view["runs"]) == ["None", "[1, 2]"]


def test_a_spark_is_short_and_keeps_the_extremes(lab):
    run = tell(lab, Story(falls=((2700, 2740),), every=1))
    spark = rows(lab)[run]["spark"]
    assert len(spark["steps"]) == len(spark["train"]) == len(spark["test"]) <= SPARK
    (columns,) = ColumnReader(lab).read([run])
    test = columns.curve("test_accuracy")[1]
    assert min(v for v in spark["test"][len(spark["test"]) // 2 :]) <= 0.21
    assert max(spark["test"]) == test.max()
    assert np.all(np.diff(spark["steps"]) > 0)


def test_a_run_that_is_held_but_silent_is_stale(lab):
    with ExitStack() as stack:
        run = tell(lab, Story(steps=200, until=100), keep_open=stack)
        (columns,) = ColumnReader(lab).read([run])
        assert rows(lab, now=columns.updated + STALE - 1)[run]["status"] == "running"
        assert rows(lab, now=columns.updated + STALE + 1)[run]["status"] == "stale"


def test_damaged_runs_have_rows_with_what_is_sound(lab):
    first, second = tell(lab, Story(seed=1)), tell(lab, Story(seed=2))
    damage_log(lab, first)
    damage_document(lab, second)
    found = rows(lab)
    assert found[first]["status"] == found[second]["status"] == "damaged"
    assert found[first]["step"] > 0
    assert (found[second]["group"], found[second]["settings"]) == ("", {})
    assert "damaged" in found[first]["problem"]


def test_an_empty_lab_has_no_rows(lab):
    assert runs_view(ColumnReader(lab).read_all()) == {"settings": [], "runs": []}
