"""Maps and pictures of studies, as the page gets them; whatever the lab does not have is said by name."""

import csv
import io
import shutil
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from latebloom.report.map_words import legend, outcome
from latebloom.running.judgement import judge_study
from latebloom.studies import open_study
from latebloom.views.study_maps import map_views
from tests.views.labs import make, write
from tests.web import mapped
from tests.web.asking import Server
from tests.web.mapped import SCALE, STUDY


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A lab with the runs of a study that has maps, and its stored verdicts; only to be read."""
    return mapped.judged(tmp_path_factory.mktemp("mapped") / "lab")


def ask(lab, path, **query):
    return Server(lab).ask(f"/api/{path}", params={"name": STUDY, "scale": SCALE, **query})


def test_the_maps_of_a_study_are_those_of_its_report_with_what_is_said_of_them(judged):
    lab, document = judged
    told = ask(lab, "study/maps").json()["maps"]
    views = map_views(lab, document, open_study(STUDY).study.maps)
    assert len(told) == len(views) > 1
    for one, view in zip(told, views, strict=True):
        assert one == {**view, "outcome": outcome(view), "legend": legend(view)}
    assert any(cell["censored"] for one in told for cell in one["cells"])


def test_maps_are_laid_out_anew_once_a_study_is_judged_anew_or_a_run_is_gone(tmp_path):
    lab = make(tmp_path / "lab")
    document = judge_study(lab, open_study(STUDY), SCALE)
    assert document["arms"]
    server = Server(lab)
    query = {"name": STUDY, "scale": SCALE}
    none = server.ask("/api/study/maps", params=query).json()["maps"]
    assert sum(cell["n"] for one in none for cell in one["cells"]) == 0
    arm = open_study(STUDY).study.arms_at(SCALE)[0]
    write(lab, replace(arm.spec, seed=arm.seeds[0]).plain, [(0, 1.0, 1.0), (100, 1.0, 1.0)])
    judge_study(lab, open_study(STUDY), SCALE)
    one = server.ask("/api/study/maps", params=query).json()["maps"]
    assert sum(cell["n"] for view in one for cell in view["cells"]) > 0
    for run in lab.run_ids():
        shutil.rmtree(lab.folder(run))
    assert server.ask("/api/study/maps", params=query).json()["maps"] == none


def test_the_table_of_a_map_has_a_row_for_each_cell(judged):
    lab, document = judged
    view = map_views(lab, document, open_study(STUDY).study.maps)[1]
    answer = ask(lab, "download/map.csv", map=view["name"])
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["x"], row["censored"]) for row in rows] == [
        (view["xs"][cell["x"]], str(cell["censored"])) for cell in view["cells"]
    ]
    assert 'filename="map.csv"' in answer.headers["content-disposition"]


def test_the_picture_of_a_map_is_that_of_the_report(judged):
    answer = ask(judged[0], "picture/map.svg")
    assert ElementTree.fromstring(answer.content).tag.endswith("svg")
    assert ask(judged[0], "picture/map.png").content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("path", "query", "says"),
    [
        ("picture/claim.svg", {"claim": "no-such-claim"}, "no claim 'no-such-claim'"),
        ("picture/claim.png", {"name": "no-such-study"}, "no stored study 'no-such-study'"),
        ("picture/claim.svg", {"scale": "no-such-scale"}, "no scale 'no-such-scale'"),
        ("picture/map.svg", {"map": "no-such-map"}, "no map 'no-such-map'"),
        ("download/map.csv", {"map": "no-such-map"}, "no map 'no-such-map'"),
        ("study", {"name": "no-such-study"}, "no stored study 'no-such-study'"),
        ("study/maps", {"name": "no-such-study"}, "no stored study 'no-such-study'"),
    ],
)
def test_what_the_lab_does_not_have_is_not_found_and_the_message_lists_what_there_is(
    judged, path, query, says
):
    answer = ask(judged[0], path, **query)
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["message"].startswith(says)
    (asked,) = query
    known = {"claim": "known: ", "name": STUDY, "scale": SCALE, "map": "known: "}[asked]
    assert known in error["message"]


def test_a_study_that_is_not_named_is_asked_for(judged):
    answer = Server(judged[0]).ask("/api/picture/claim.svg")
    assert (answer.status_code, "name is missing" in answer.json()["error"]["message"]) == (400, True)
