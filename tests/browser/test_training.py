"""The view of curves shows what was recorded, and the time bar goes along."""

import numpy as np
import pytest
from playwright.sync_api import expect

from latebloom.store import Lab
from tests.browser import lookup
from tests.browser.reading import drawn, number, table_of
from tests.views.labs import spec_of, write


def test_medians_and_quartiles_are_those_of_the_recorded_numbers(open_view, lab):
    members = lookup.grokking(lab)
    page = open_view(f"/training?runs={','.join(run.id for run in members)}")
    rows = [row for row in table_of(page, "chart-accuracy") if row[1] == "test_accuracy"]
    assert [int(row[2]) for row in rows] == lookup.curve(members[0], "test_accuracy")[0].tolist()
    for row in rows[::7]:
        assert row[3] == "3"
        expected = lookup.quartiles(members, "test_accuracy", int(row[2]))
        assert [number(cell) for cell in row[4:7]] == pytest.approx(expected, abs=1e-6)


def test_each_member_is_shown_with_its_own_numbers(open_view, lab):
    run = lookup.grokking(lab)[1]
    page = open_view(f"/training?runs={run.id}&show=members")
    rows = [row for row in table_of(page, "chart-loss") if row[1] == "test_loss"]
    steps, values = lookup.curve(run, "test_loss")
    assert [int(row[2]) for row in rows] == steps.tolist()
    assert [number(row[3]) for row in rows] == pytest.approx(values.tolist(), rel=1e-5)


def test_curves_are_drawn(open_view):
    page = open_view("/training")
    for chart in ("chart-accuracy", "chart-loss"):
        canvas = page.get_by_test_id(chart).locator("canvas")
        expect(canvas).to_be_visible()
        page.wait_for_timeout(300)
        assert drawn(canvas) > 20
    expect(page.get_by_test_id("chart-accuracy-note")).to_contain_text("points shown")


def test_steps_can_be_counted_from_where_each_run_grokked(open_view, lab):
    members = [run for run in lookup.grokking(lab) if lookup.first(run, "grokked_first")]
    page = open_view(
        f"/training?runs={','.join(run.id for run in members)}&show=members&origin=grokked_first"
    )
    rows = table_of(page, "chart-accuracy")[1:]
    for run in members:
        steps = [int(number(row[2])) for row in rows if row[0] == run.id and row[1] == "test_accuracy"]
        assert steps[0] == -lookup.first(run, "grokked_first")


def test_the_time_bar_says_in_words_where_it_stands(open_view, lab):
    run = lookup.grokking(lab)[1]
    page = open_view(f"/training?run={run.id}&step=250")
    slider = page.get_by_role("slider", name="Step", exact=True)
    at = [look.step for look in run.looks].index(250)
    test = lookup.curve(run, "test_accuracy")[1][at]
    expect(slider).to_have_attribute("aria-valuenow", "250")
    expect(slider).to_have_attribute(
        "aria-valuetext", f"step 250 of 500, train 100.0 %, test {lookup.share(test)}, memorised"
    )
    expect(slider).to_have_attribute("aria-valuemax", "500")


def test_a_loss_axis_begins_anywhere(tabs, serve, tmp_path):
    """uPlot counts its own ticks for ever where a logarithmic axis begins between 9.5 and 10 times a power of ten."""
    lab = Lab.open(tmp_path / "bloom", create=True)
    least = 9.7e-5 * 1.3  # the axis leaves that much room
    course = [(step, 1.0, 0.5) for step in range(0, 3100, 100)]
    losses = np.geomspace(5.0, least, len(course)).tolist()
    run = write(lab, spec_of(0), course, values={"train_loss": losses, "test_loss": losses})
    page = tabs.open(serve(lab).address(f"/training?runs={run}"))
    canvas = page.get_by_test_id("chart-loss").locator("canvas")
    expect(canvas).to_be_visible()
    assert drawn(canvas) > 100
