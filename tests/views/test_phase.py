"""The phase map counts every run where it belongs, and those that never came to it as censored."""

import pytest

from latebloom.errors import UnknownNameError
from latebloom.store import ColumnReader
from latebloom.views import group_view
from latebloom.views.phase import phase_view
from tests.views.labs import Story, make, tell


@pytest.fixture
def lab(tmp_path):
    """Two decays, three seeds each; of the higher decay one run never groks."""
    lab = make(tmp_path / "lab")
    for seed in range(3):
        tell(lab, Story(seed=seed, grokked=900 + 100 * seed, weight_decay=0.5))
        tell(lab, Story(seed=seed, grokked=None if seed == 2 else 500, weight_decay=2.0))
    return lab


def read(lab):
    return ColumnReader(lab).read_all()


def test_the_setting_in_which_runs_differ_is_the_axis_and_the_seed_comes_last(lab):
    view = phase_view(read(lab))
    assert [(axis["path"], axis["values"]) for axis in view["settings"]] == [
        ("optimizer.weight_decay", [0.5, 2.0]),
        ("seed", [0, 1, 2]),
    ]
    assert (view["x"], view["y"], view["outcome"], view["unit"]) == (
        "optimizer.weight_decay", "seed", "grokked_first", "steps",
    )  # fmt: skip
    assert len(view["cells"]) == 6
    censored = [cell for cell in view["cells"] if cell["censored"]]
    assert [(cell["x"], cell["y"], cell["value"]) for cell in censored] == [(1, 2, None)]


def test_a_cells_time_is_the_kaplan_meier_median_of_its_group(lab):
    runs = [run for run in read(lab) if run.seed is not None]
    for run in runs:
        object.__setattr__(run, "document", {**run.document, "spec": {**run.spec, "seed": 0}})
    view = phase_view(runs)
    assert (view["y"], view["ys"]) == (None, [""])
    groups = group_view(lab, lab.run_ids())["groups"]
    for cell, group in zip(view["cells"], groups, strict=True):
        expected = group["grokked_first"]["times"]
        assert (cell["n"], cell["censored"]) == (3, expected["censored"])
        assert (cell["value"], cell["low"], cell["high"]) == (
            expected["median"],
            expected["low"],
            expected["high"],
        )


def test_any_number_can_be_the_outcome_and_is_told_by_its_median(lab):
    view = phase_view(read(lab), x="seed", y="optimizer.weight_decay", outcome="weight_norm")
    cell = view["cells"][0]
    (run,) = [run for run in read(lab) if run.id == cell["runs"][0]]
    assert cell["value"] == pytest.approx(run.newest["weight_norm"][1])
    assert (view["x"], view["y"], view["unit"]) == ("seed", "optimizer.weight_decay", "")
    up = phase_view(read(lab), outcome="up_time")
    assert {cell["censored"] for cell in up["cells"]} == {0, 1}


def test_what_runs_do_not_differ_in_or_have_not_is_refused(lab):
    with pytest.raises(UnknownNameError, match=r"known: optimizer\.weight_decay"):
        phase_view(read(lab), x="model.name")
    with pytest.raises(UnknownNameError, match="no outcome 'beauty'"):
        phase_view(read(lab), outcome="beauty")


def test_one_run_and_none_and_a_damaged_one_make_a_map_too(lab, tmp_path):
    alone = phase_view(read(lab)[:1])
    assert (alone["x"], len(alone["cells"])) == ("seed", 1)
    assert phase_view([])["cells"] == []
    (lab.folder(read(lab)[0].id) / "spec.json").write_text("{}")
    assert sum(cell["n"] for cell in phase_view(read(lab))["cells"]) == 5
