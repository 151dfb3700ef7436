"""Maps of a study: what stands in a cell is what its runs' records say, censored runs counted, empty cells shown."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from latebloom.errors import StudyError, UnknownNameError
from latebloom.report import style
from latebloom.report.map_figure import map_figure
from latebloom.report.map_words import cells_csv, legend, map_table, points_csv
from latebloom.report.study_html import study_html
from latebloom.report.study_writing import write_study_report
from latebloom.running.judgement import judge_study
from latebloom.spec import from_plain
from latebloom.statistics import times
from latebloom.studies import open_study
from latebloom.study import Arm, Axis, LeftOut, Map, Scale, Study
from latebloom.study.declaring import declared
from latebloom.study.loading import Opened
from latebloom.views.study_maps import map_views
from tests.views.labs import make, write

PLAIN = {
    "task": {"name": "addition", "modulus": 7},
    "split": {"fraction": 0.6},
    "model": {"name": "embedding-mlp", "width": 16},
    "training": {"steps": 400},
    "evaluation": {"every": 100},
    "seed": 0,
}
TIMES = {
    ("slow", 0): 300, ("slow", 1): None, ("slow", 2): None,
    ("fast", 0): 100, ("fast", 1): 200, ("fast", 2): None,
    ("still", 0): None, ("still", 1): None, ("still", 2): None,
}  # fmt: skip
"""When runs grok, by arm and seed; None of those that never do."""
SETTINGS = {"slow": (0.001, 0.1), "fast": (0.01, 0.1), "still": (0.001, 1.0), "absent": (0.1, 1.0)}
"""Rate and decay of each arm; the runs of the last are declared and not there."""
EVENT = "step of the first evaluation with test accuracy of at least 0.9"


def grokked(run):
    return run.when("grokked_first")


def spec_of(arm):
    rate, decay = SETTINGS[arm]
    optimizer = {"name": "adamw", "learning_rate": rate, "weight_decay": decay}
    return from_plain({**PLAIN, "optimizer": optimizer})


ARMS = tuple(Arm(name, spec_of(name), (0, 1, 2)) for name in SETTINGS)
MAP = Map(
    "rate-and-decay", "Time to grok.", EVENT, grokked,
    Axis("learning rate", "optimizer.learning_rate"), tuple(SETTINGS), Axis("weight decay", "optimizer.weight_decay"),
)  # fmt: skip


def opened_of(*maps):
    study = Study(
        name="made", question="When?", source="nobody", protocol="Made up.", claims=(),
        scales={"smoke": Scale(ARMS, "nothing is trained", evidence=False)}, maps=maps,
    )  # fmt: skip
    return Opened(study, Path("made.py"), "", "made.py")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = make(tmp_path_factory.mktemp("maps") / "lab")
    for (arm, seed), time in TIMES.items():
        curve = [(step, 1.0, float(time is not None and step >= time)) for step in range(0, 401, 100)]
        write(lab, replace(spec_of(arm), seed=seed).plain, curve)
    return lab


def laid_out(lab, *maps):
    document = judge_study(lab, opened_of(*maps), "smoke")
    return map_views(lab, json.loads(json.dumps(document)), maps)


def cells_of(view):
    return {(view["xs"][cell["x"]], view["ys"][cell["y"]]): cell for cell in view["cells"]}


def test_a_cell_is_the_kaplan_meier_median_of_its_runs_and_counts_the_censored(lab):
    (view,) = laid_out(lab, MAP)
    assert (view["xs"], view["ys"], view["kind"]) == (["0.001", "0.01", "0.1"], ["0.1", "1"], "time")
    cells = cells_of(view)
    for arm in ("slow", "fast", "still"):
        own = [TIMES[arm, seed] for seed in range(3)]
        expected = times([time for time in own if time is not None], [400 for time in own if time is None])
        cell = cells[tuple(f"{value:g}" for value in SETTINGS[arm])]
        assert (cell["n"], cell["declared"], cell["censored"]) == (3, 3, own.count(None))
        assert (cell["value"], cell["low"], cell["high"]) == tuple(
            expected[key] for key in ("median", "low", "high")
        )
    assert cells["0.01", "0.1"]["value"] == 200
    assert (cells["0.001", "1"]["value"], cells["0.001", "1"]["until"]) == (None, 400)


def test_a_cell_whose_runs_are_not_there_is_empty_and_a_pair_that_was_never_declared_has_no_cell(lab):
    (view,) = laid_out(lab, MAP)
    cells = cells_of(view)
    assert (cells["0.1", "1"]["n"], cells["0.1", "1"]["declared"], cells["0.1", "1"]["value"]) == (0, 3, None)
    assert set(cells) == {("0.001", "0.1"), ("0.01", "0.1"), ("0.001", "1"), ("0.1", "1")}
    assert "Dashed: no run to show." in legend(view)
    assert "Blank: not part of the study." in legend(view)


def test_the_table_and_the_files_say_what_the_cells_say(lab):
    (view,) = laid_out(lab, MAP)
    first, second = map_table(view).rows
    assert first == ("0.1", "> 400 (n = 3, 2 censored)", "200 (n = 3, 1 censored)", "")
    assert second == ("1", "> 400 (n = 3, 3 censored)", "", "– (n = 0 of 3)")
    rows = {(row["x"], row["y"]): row for row in csv.DictReader(io.StringIO(cells_csv(view)))}
    assert (rows["0.01", "0.1"]["value"], rows["0.01", "0.1"]["censored"]) == ("200.0", "1")
    assert (rows["0.001", "1"]["value"], rows["0.001", "1"]["censored_until"]) == ("", "400.0")
    runs = list(csv.DictReader(io.StringIO(points_csv(view))))
    found = {(row["arm"], int(row["seed"])): (float(row["value"]), row["happened"] == "true") for row in runs}
    assert found == {key: (400.0 if time is None else time, time is not None) for key, time in TIMES.items()}


def test_the_picture_hatches_cells_with_censored_runs_and_writes_their_number(lab):
    (view,) = laid_out(lab, MAP)
    figure = map_figure(view)
    patches = figure.axes[0].patches
    assert sum(bool(patch.get_hatch()) for patch in patches) == 3
    assert sum(patch.get_linestyle() != "solid" for patch in patches) == 1
    words = [text.get_text() for text in figure.axes[0].texts]
    assert {"200", "> 400", "n = 3", "1 censored", "3 censored", "n = 0 of 3"} == set(words) - {"2 censored"}
    assert style.svg(figure).startswith(b"<?xml")
    calm = Map(
        "calm", "Runs.", "how many", lambda run: run.seed, Axis("arm", arms={"fast": "fast"}), ("fast",)
    )
    assert not any(patch.get_hatch() for patch in map_figure(laid_out(lab, calm)[0]).axes[0].patches)


def test_arms_and_seeds_can_be_axes_and_outcomes_can_be_shares_and_numbers(lab):
    names = {"still": "no", "slow": "late", "fast": "soon"}
    share = Map(
        "share", "Who groks.", "whether it does", lambda run: grokked(run).happened, Axis("kind", arms=names),
        ("slow", "fast", "still"),
    )  # fmt: skip
    odd = Map(
        "odd", "Seeds.", "its seed", lambda run: LeftOut("even") if run.seed == 0 else float(run.seed),
        Axis("kind", arms=names), ("slow", "fast"), Axis("seed", "seed"), unit="",
    )  # fmt: skip
    whether, numbers = laid_out(lab, share, odd)
    assert (whether["xs"], whether["ys"], whether["kind"]) == (["no", "late", "soon"], [""], "share")
    assert [cell["value"] for cell in whether["cells"]] == pytest.approx([0, 1 / 3, 2 / 3])
    assert (numbers["ys"], numbers["kind"]) == (["0", "1", "2"], "number")
    cells = cells_of(numbers)
    assert (cells["soon", "2"]["value"], cells["soon", "0"]["left_out"], cells["soon", "0"]["n"]) == (
        2.0,
        1,
        0,
    )
    assert map_figure(whether) is not None


def test_a_statistic_that_fails_or_a_setting_that_is_not_there_says_so_in_the_place_of_a_picture(
    lab, tmp_path
):
    broken = replace(MAP, name="broken", statistic=lambda run: run.at("nothing", 3))
    lost = replace(MAP, name="lost", x=Axis("heat", "optimizer.heat"))
    first, second = laid_out(lab, broken, lost)
    assert "nothing" in first["problem"]
    assert "has no setting optimizer.heat" in second["problem"]
    assert map_figure(first) is None
    document = judge_study(lab, opened_of(), "smoke")
    page = write_study_report(lab, document, tmp_path / "page.html", maps=(broken,)).read_text()
    assert "cannot be drawn: " in page


def test_a_report_holds_the_maps_and_its_folder_their_files(lab, tmp_path):
    document = judge_study(lab, opened_of(MAP), "smoke")
    text = write_study_report(lab, document, tmp_path / "page.md", tmp_path / "pictures", (MAP,)).read_text()
    assert "![rate-and-decay](pictures/map-rate-and-decay.svg)" in text
    assert "| 0.1 | &gt; 400 (n = 3, 2 censored) | 200 (n = 3, 1 censored) |  |" in text
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert {f"map-rate-and-decay{end}" for end in (".svg", ".png", ".csv", "-runs.csv")} <= names
    page = write_study_report(lab, document, tmp_path / "page.html", maps=(MAP,)).read_text()
    assert page.count("<svg") == 1
    assert "id='map-rate-and-decay'" in page
    assert "Map:" not in study_html(document, {})


def test_a_map_that_could_not_be_drawn_is_refused_with_what_would_be_right():
    with pytest.raises(StudyError, match="either a setting or arms"):
        Axis("both", "seed", {"a": "b"})
    with pytest.raises(StudyError, match="axis kind has no place for fast"):
        Map("m", "T.", "x", grokked, Axis("kind", arms={"slow": "late"}), ("slow", "fast"))
    with pytest.raises(UnknownNameError, match="fats"):
        opened_of(Map("m", "T.", "x", grokked, Axis("seed", "seed"), ("fats",)))


@pytest.mark.parametrize(("name", "count"), [("sweep", 3), ("nested", 2), ("stages", 1)])
def test_the_maps_of_the_studies_name_arms_of_every_scale_and_settings_that_they_have(name, count, tmp_path):
    opened = open_study(name)
    lab = make(tmp_path / "lab")
    for scale in opened.study.scales:
        views = map_views(lab, judge_study(lab, opened, scale), opened.study.maps)
        assert len(views) == count
        assert [view["problem"] for view in views] == [""] * count
        assert all(len(view["xs"]) > 1 and view["cells"] for view in views)


def test_maps_are_no_part_of_what_is_declared_and_those_of_stages_are_not_in_its_text():
    opened = open_study("stages")
    assert "Map(" not in opened.text
    for name in ("stages", "sweep"):
        study = open_study(name).study
        bare = replace(study, maps=())
        for scale in study.scales:
            hashes = [declared(one.claims_at(scale), one.arms_at(scale)) for one in (study, bare)]
            assert hashes[0] == hashes[1]
