"""What is saved holds the numbers of the lab."""

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from tests.browser import lookup

CHARTS = [
    ("training", "chart-accuracy"),
    ("manifold", "manifold"),
    ("spectrum", "energy"),
    ("structure", "rings"),
    ("structure", "persistence"),
    ("phase", "chart-phase"),
]


def saved(page, press):
    with page.expect_download() as waiting:
        press()
    return Path(waiting.value.path()).read_bytes()


def save(page, chart, kind):
    """Save a chart by its own menu."""
    expect(page.get_by_test_id(chart)).to_be_visible()
    page.wait_for_timeout(300)
    page.get_by_test_id(chart).locator("summary").first.click()
    return saved(page, page.get_by_test_id(f"{chart}-{kind}").click)


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_table_of_runs_holds_every_run(open_view, lab):
    page = open_view("/runs")
    expect(page.get_by_test_id("run-row").first).to_be_visible()
    found = {row["id"]: row for row in rows(saved(page, page.get_by_test_id("runs-csv").click))}
    assert sorted(found) == sorted(lab.run_ids())
    for run in lookup.runs(lab):
        assert float(found[run.id]["test_accuracy"]) == lookup.last(run, "test_accuracy")


def test_the_curves_hold_every_recorded_number(open_view, lab):
    members = lookup.grokking(lab)
    page = open_view(f"/training?runs={','.join(run.id for run in members)}")
    found = rows(save(page, "chart-accuracy", "csv"))
    for run in members:
        steps, values = lookup.curve(run, "test_accuracy")
        own = {
            int(row["step"]): float(row["value"])
            for row in found
            if row["run"] == run.id and row["name"] == "test_accuracy"
        }
        assert own == dict(zip(steps.tolist(), values.tolist(), strict=True))


@pytest.mark.parametrize(("view", "chart"), CHARTS)
def test_a_chart_is_saved_as_a_picture_of_both_kinds_and_as_a_table(open_view, lab, view, chart):
    page = open_view(f"/{view}?run={lookup.grokking(lab)[1].id}")
    png = save(page, chart, "png")
    assert png.startswith(b"\x89PNG\r\n")
    assert len(png) > 5_000
    tree = ElementTree.fromstring(save(page, chart, "svg"))
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    assert sum(1 for _ in tree.iter()) > 1
    assert len(rows(save(page, chart, "csv"))) > 1
