"""A study's report: the table first, a picture per claim, every number behind it, nothing that a lab says is markup."""

import copy
import csv
import io
import json
import re

import pytest

from latebloom.errors import InputError
from latebloom.report import style
from latebloom.report.claim_figure import claim_figure
from latebloom.report.claim_numbers import observed_csv
from latebloom.report.study_html import study_html
from latebloom.report.study_markdown import study_markdown
from latebloom.report.study_writing import write_study_report
from latebloom.report.verdicts import cautions
from latebloom.running.judgement import judge_study
from latebloom.store import Lab
from latebloom.study import (
    ArmGreater,
    Claim,
    ClosedForm,
    Compared,
    Correlates,
    Evidence,
    LeftOut,
    MedianWithin,
    Rival,
    RunEvidence,
    ShareWithin,
    SummaryWithin,
    Time,
    TimeWithin,
)
from latebloom.study.judging import judge
from latebloom.study.loading import load_file
from tests.study.small import TEXT

EVIDENCE = Evidence(
    {
        arm: tuple(
            RunEvidence.made(arm, seed, {"x": {0: 1.0, 10: seed + start}, "test_accuracy": {0: 0.0, 10: 1.0}})
            for seed in range(8)
        )
        for arm, start in (("a", 0), ("b", 20))
    }
)
BASE = {"statement": "It is <so> & so.", "where": "here", "published": "5", "measured": "x at the end"}
RUNS = {"collapsed": "kept", "arms": ("a",), "statistic": lambda run: run.last("x")}
CLAIMS = (
    Claim("median", **BASE, **RUNS, value=5.0, rule=MedianWithin(low=0, high=9), curves=("x",)),
    Claim("share", **{**BASE, **RUNS, "statistic": lambda run: run.seed > 1}, rule=ShareWithin(low=0.5)),
    Claim("greater", **{**BASE, **RUNS, "arms": ("b", "a")}, rule=ArmGreater()),
    Claim(
        "time",
        **{**BASE, **RUNS, "statistic": lambda run: Time(run.seed, happened=run.seed < 7)},
        rule=TimeWithin(high=100),
        rival=Rival("Never.", TimeWithin(low=1000)),
    ),
    Claim(
        "pairs",
        **{**BASE, **RUNS, "arms": ("a", "b"), "statistic": lambda run: (run.seed, run.last("x"))},
        rule=Correlates(),
    ),
    Claim(
        "triples",
        **{**BASE, **RUNS, "statistic": lambda run: (1.0, 2.0, 3.0)},
        rule=SummaryWithin(of=lambda arms: float(len(arms["a"])), what="how many", low=1),
    ),
    Claim(
        "left-out",
        **{**BASE, **RUNS, "statistic": lambda run: LeftOut("odd") if run.seed % 2 else 1.0},
        rule=MedianWithin(low=0),
    ),
    Claim("closed", **BASE, computed=lambda: [Compared("m", 1.0, 1.0)], rule=ClosedForm(tolerance=0.1)),
    Claim("absent", **{**BASE, **RUNS, "arms": ("c",)}, rule=MedianWithin(low=0)),
    Claim("broken", **BASE, **RUNS, numbers=("y",), rule=MedianWithin(low=0)),
)
VERDICTS = {verdict["claim"]: verdict for verdict in judge(CLAIMS, (), EVIDENCE)}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab.open(tmp_path_factory.mktemp("lab") / "lab", create=True)


@pytest.fixture(scope="module")
def document(lab):
    """What is stored of a study of which nothing was run, with the verdicts of all kinds put in."""
    path = lab.path.parent / "small.py"
    path.write_text(TEXT)
    stored = judge_study(lab, load_file(path), "smoke")
    return {**json.loads(json.dumps(stored)), "verdicts": list(VERDICTS.values())}


@pytest.mark.parametrize("name", [name for name in VERDICTS if name not in ("absent", "broken")])
def test_each_kind_of_claim_has_a_picture(name):
    figure = claim_figure(VERDICTS[name], {})
    assert figure is not None
    panels = 2 if name == "time" else 1
    assert len(figure.axes) == panels
    assert f"— {VERDICTS[name]['verdict']}" in figure.axes[0].get_title(loc="left")
    assert style.svg(figure).startswith(b"<?xml")


def test_curves_that_a_claim_wants_have_a_panel():
    curves = {"x": [{"run": "a-s0", "arm": "a", "steps": [0, 10], "values": [1.0, None]}]}
    figure = claim_figure(VERDICTS["median"], curves)
    assert len(figure.axes) == 2
    assert len(figure.axes[1].lines) == 1


def test_a_claim_that_was_not_run_or_cannot_be_judged_has_none():
    assert claim_figure(VERDICTS["absent"], {}) is None
    assert claim_figure(VERDICTS["broken"], {}) is None


def test_the_numbers_behind_a_picture_are_a_table():
    rows = list(csv.DictReader(io.StringIO(observed_csv(VERDICTS["time"]))))
    assert len(rows) == 16
    assert [row["role"] for row in rows] == ["claim"] * 8 + ["rival"] * 8
    assert (rows[7]["value"], rows[7]["happened"]) == ("7", "false")
    (row,) = csv.DictReader(io.StringIO(observed_csv(VERDICTS["closed"])))
    assert (row["what"], float(row["computed"])) == ("m", 1.0)
    pairs = list(csv.DictReader(io.StringIO(observed_csv(VERDICTS["pairs"]))))
    assert float(pairs[9]["second"]) == 21.0
    left = list(csv.DictReader(io.StringIO(observed_csv(VERDICTS["left-out"]))))
    assert (left[1]["value"], left[1]["left_out"]) == ("", "odd")


def test_the_page_has_the_table_first_then_each_claim_then_what_was_not_run(document):
    page = study_html(document, {})
    places = [
        page.index(text) for text in ("class='verdicts'", "id='median'", "Protocol", "What was not run")
    ]
    assert places == sorted(places)
    assert "<so>" not in page
    assert "&lt;so&gt;" in page
    assert "no finished run of c" in page
    assert page.count("class='pill'") == 2 * len(VERDICTS) + 1
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_the_markdown_says_the_same_as_the_page(document):
    text = study_markdown(document, {"median": "pictures/median.svg"})
    assert text.index("| claim |") < text.index("### median") < text.index("## Protocol")
    assert "![median](pictures/median.svg)" in text
    assert "&lt;so&gt;" in text
    for verdict in VERDICTS.values():
        assert f"### {verdict['claim']}: {verdict['verdict']}" in text


def test_a_report_is_written_with_pictures_and_numbers(lab, document, tmp_path):
    out = write_study_report(lab, document, tmp_path / "report.md", tmp_path / "pictures")
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert {"median.svg", "median.png", "median.csv", "verdicts.json"} <= names
    assert "absent.svg" not in names
    assert "](pictures/median.svg)" in out.read_text()
    page = write_study_report(lab, document, tmp_path / "report.html")
    assert page.read_text().count("<svg") == len(VERDICTS) - 2
    with pytest.raises(InputError, match=r"\.html"):
        write_study_report(lab, document, tmp_path / "report.pdf")


def test_what_must_be_known_before_reading_is_said_above_the_table(document):
    changed = copy.deepcopy(document)
    changed["changes"] = {"changed": ["median"], "added": [], "removed": ["gone"], "arms": ["a"]}
    changed["run_versions"] = {"latebloom": {"0.0.9": 1, "0.1.0": 2}, "torch": {"2.6": 3}}
    changed["runs"] = {"a-s0": {}}
    said = "\n".join(cautions(changed))
    assert "no evidence" in said
    assert "changed after their runs began: median." in said
    assert "removed after runs began: gone." in said
    assert "several versions of latebloom are judged together (0.0.9: 1 run, 0.1.0: 2 runs)" in said
    assert "trained by 0.0.9" in said
    assert "Nothing was declared" in said
    assert "6 runs of those declared have not ended" in said
