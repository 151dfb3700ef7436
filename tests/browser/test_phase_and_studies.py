"""The phase map and the verdict board show what the lab holds."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from latebloom.report.map_words import cells_csv
from latebloom.store.studies import VERDICTS, read_study
from latebloom.studies import open_study
from latebloom.views.study_maps import map_views
from tests.browser import lookup
from tests.browser.reading import drawn, number, table_of
from tests.browser.test_access import faults
from tests.web import mapped

BESIDE = """canvas => {
    const density = canvas.width / canvas.clientWidth, left = Math.round((canvas.clientWidth - 92 + 24) * density);
    const column = canvas.getContext("2d").getImageData(left, 0, 1, canvas.height).data;
    const found = new Set();
    for (let at = 0; at < column.length; at += 4)
        if (column[at + 3] === 255) found.add(column.slice(at, at + 3).join());
    return [...found];
}"""
"""The colours of the scale that stands beside a map."""


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A lab with a study that has maps, and what is stored of it; only to be read."""
    return mapped.judged(tmp_path_factory.mktemp("mapped") / "lab")


def test_cells_hold_the_median_step_and_count_what_has_not_come(open_view, lab):
    page = open_view("/phase?x=optimizer.weight_decay&y=task.modulus&outcome=grokked_first")
    expect(page.get_by_test_id("phase-canvas")).to_be_visible()
    assert drawn(page.get_by_test_id("phase-canvas")) > 5
    heads, *rows = table_of(page, "chart-phase")
    shown = {(float(row[0]), row[1]): dict(zip(heads, row, strict=True)) for row in rows}
    grokked = [lookup.first(run, "grokked_first") for run in lookup.grokking(lab)]
    cell = shown[1.0, "23"]
    assert (cell["runs"], cell["censored"]) == ("3", "0")
    assert number(cell["step of first grokking"]) == np.median(grokked)
    assert shown[0.1, "23"]["censored"] == "3"
    assert shown[0.1, "23"]["step of first grokking"] == "–"


def test_a_cell_opens_its_runs(open_view, lab):
    page = open_view("/phase?x=optimizer.weight_decay&y=task.modulus")
    page.get_by_test_id("phase-map").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("view-training")).to_be_visible()
    page.wait_for_timeout(400)
    for run in lookup.grokking(lab):
        assert run.id in page.url


def test_every_claim_stands_on_the_board_with_its_verdict_and_number(open_view, lab):
    page = open_view("/studies")
    stored = read_study(lab, "theory", "smoke", VERDICTS)["verdicts"]
    claims = page.get_by_test_id("claim")
    expect(claims.first).to_be_visible()
    shown = {one.get_attribute("data-claim"): one for one in claims.all()}
    assert len(stored) > 10
    assert shown.keys() == {verdict["claim"] for verdict in stored}
    for verdict in stored:
        expect(shown[verdict["claim"]].get_by_test_id("verdict")).to_contain_text(verdict["verdict"])
        expect(shown[verdict["claim"]]).to_contain_text(verdict["statement"])


def test_where_claims_stand_in_one_column_their_figures_keep_their_size(open_view):
    page = open_view("/studies")
    figures = page.locator("article svg[role=img]")
    expect(figures.first).to_be_visible()
    page.set_viewport_size({"width": 820, "height": 1180})
    page.wait_for_timeout(200)
    boxes = [figures.nth(place).bounding_box() for place in range(figures.count())]
    assert max(box["width"] for box in boxes) <= 340


def test_a_map_of_one_value_has_one_colour_beside_it_and_others_a_scale(open_view, lab):
    page = open_view(f"/phase?runs={lookup.grokking(lab)[0].id}&outcome=memorised")
    expect(page.get_by_test_id("phase-canvas")).to_be_visible()
    page.wait_for_timeout(300)
    assert len(page.get_by_test_id("phase-canvas").evaluate(BESIDE)) == 1
    page = open_view("/phase?x=optimizer.weight_decay&y=seed&outcome=memorised")
    expect(page.get_by_test_id("phase-canvas")).to_be_visible()
    page.wait_for_timeout(300)
    assert len(page.get_by_test_id("phase-canvas").evaluate(BESIDE)) > 10


def test_a_study_without_runs_says_that_it_needs_none(open_view):
    page = open_view("/studies")
    expect(page.get_by_text("needs no runs")).to_be_visible()
    expect(page.get_by_text("0 of 0")).to_have_count(0)


def test_the_maps_of_a_study_show_every_cell_with_its_censored_runs(tabs, serve, judged):
    lab, document = judged
    page = tabs.open(serve(lab).address("/studies"))
    page.get_by_test_id("to-maps").click()
    assert page.evaluate("document.scrollingElement.scrollTop") == 0
    drawn_maps, others = [], []
    for view in map_views(lab, document, open_study(mapped.STUDY).study.maps):
        (others if view["problem"] else drawn_maps).append(view)
    assert drawn_maps
    assert others, "the runs of this lab lack what the second map is computed of"
    for view in others:
        expect(page.get_by_test_id(f"map-{view['name']}")).to_contain_text(view["problem"][:60])
    for view in drawn_maps:
        name = f"map-{view['name']}"
        assert drawn(page.get_by_test_id(f"{name}-cells-canvas")) > 5
        expect(page.get_by_test_id(f"{name}-note")).to_contain_text("Hatched: ")
        heads, *rows = table_of(page, name)
        shown = [dict(zip(heads, row, strict=True)) for row in rows]
        for row, cell in zip(shown, view["cells"], strict=True):
            assert (row[view["x"]], row[view["y"]]) == (view["xs"][cell["x"]], view["ys"][cell["y"]])
            assert (row["runs"], row["censored"]) == (str(cell["n"]), str(cell["censored"]))
            assert row["low"] == "–" if cell["low"] is None else number(row["low"]) == cell["low"]
    assert faults(page) == []


def test_a_map_is_saved_as_the_report_draws_it(tabs, serve, judged):
    lab, document = judged
    view = map_views(lab, document, open_study(mapped.STUDY).study.maps)[0]
    page = tabs.open(serve(lab).address("/studies"))
    chart = page.get_by_test_id(f"map-{view['name']}")
    files = {}
    for kind in ("png", "svg", "csv"):
        chart.locator("summary").click()
        with page.expect_download() as waiting:
            chart.get_by_test_id(f"map-{view['name']}-{kind}").click()
        files[kind] = Path(waiting.value.path()).read_bytes()
    assert files["png"].startswith(b"\x89PNG")
    assert b"<svg" in files["svg"]
    assert list(csv.DictReader(io.StringIO(files["csv"].decode()))) == list(
        csv.DictReader(io.StringIO(cells_csv(view)))
    )


def test_a_cell_of_a_map_opens_its_runs(tabs, serve, judged):
    lab, document = judged
    view = map_views(lab, document, open_study(mapped.STUDY).study.maps)[0]
    page = tabs.open(serve(lab).address("/studies"))
    cells = page.get_by_test_id(f"map-{view['name']}-cells-map")
    cells.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id(f"map-{view['name']}-cells-told")).to_contain_text(view["x"])
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("view-training")).to_be_visible()
    page.wait_for_timeout(400)
    first = view["cells"][0]
    own = [point["run"] for point in view["points"] if (point["x"], point["y"]) == (first["x"], first["y"])]
    assert own
    assert all(run in page.url for run in own)
