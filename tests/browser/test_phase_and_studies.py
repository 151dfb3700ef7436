"""The phase map and the verdict board show what the lab holds."""

import numpy as np
from playwright.sync_api import expect

from latebloom.store.studies import VERDICTS, read_study
from tests.browser import lookup
from tests.browser.reading import drawn, number, table_of


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
