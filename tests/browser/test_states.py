"""Whatever is missing or broken, the page says what it is, why, and the one command that helps."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from latebloom.store import Lab
from tests.browser import lookup
from tests.views.labs import damage_log, make, spec_of, write


@pytest.fixture
def copy(lab, tmp_path):
    """A copy of the trained lab, to be damaged, as no server has seen it yet."""
    shutil.copytree(lab.path, tmp_path / "copy", ignore=shutil.ignore_patterns("views"))
    return Lab.open(tmp_path / "copy")


@pytest.fixture
def bare(tmp_path):
    """A lab with one run of which no snapshots are kept."""
    lab = make(tmp_path / "bare")
    write(lab, spec_of(0), [(0, 0.1, 0.0), (1500, 1.0, 0.1), (3000, 1.0, 0.9)], preset="demo")
    return lab


@pytest.mark.parametrize("view", ["runs", "training", "manifold"])
def test_an_empty_lab_says_how_to_fill_it(tabs, tmp_path, serve, view):
    page = tabs.open(serve(make(tmp_path / "new")).address(f"/{view}"))
    expect(page.get_by_test_id("state-no-runs")).to_contain_text("latebloom demo")


def test_without_the_key_the_page_says_where_it_is(tabs, served):
    tabs.expect("403")
    page = tabs.open(f"{served.origin}/training")
    expect(page.locator("body")).to_contain_text("latebloom serve")


def test_a_filter_that_hides_all_can_be_taken_away(open_view, lab):
    page = open_view("/runs?filter=nothing-is-called-so")
    expect(page.get_by_test_id("state-filtered")).to_contain_text("nothing-is-called-so")
    page.get_by_role("button", name="show all").click()
    expect(page.get_by_test_id("run-row")).to_have_count(len(lab.run_ids()))


def test_a_run_without_snapshots_says_how_to_get_them(tabs, serve, bare):
    page = tabs.open(serve(bare).address("/manifold"))
    for view in ("manifold", "spectrum", "structure"):
        page.get_by_test_id(f"nav-{view}").click()
        expect(page.get_by_test_id(f"view-{view}").get_by_test_id("state-no-snapshots")).to_contain_text(
            "latebloom run demo --set snapshots.every=30"
        )


def test_runs_that_recorded_no_loss_are_shown_with_what_they_recorded(tabs, serve, bare):
    page = tabs.open(serve(bare).address("/training"))
    expect(page.get_by_test_id("chart-accuracy").locator("canvas")).to_be_visible()
    expect(page.get_by_test_id("measures")).to_contain_text("2 of 2")
    expect(page.get_by_test_id("chart-loss")).to_have_count(0)


def test_a_damaged_run_is_named_and_the_others_stay_usable(tabs, copy, serve):
    broken, *sound = [run.id for run in lookup.grokking(copy)]
    damage_log(copy, broken, share=0.5)
    page = tabs.open(serve(copy).address("/runs"))
    expect(page.locator(f"[data-run={broken}]").get_by_test_id("status")).to_contain_text("damaged")
    for run in sound:
        expect(page.locator(f"[data-run={run}]").get_by_test_id("status")).to_contain_text("done")
    page.get_by_test_id("nav-training").click()
    expect(page.get_by_test_id("chart-accuracy").locator("canvas")).to_be_visible()


def test_a_run_that_is_damaged_after_it_was_listed_is_shown_so_while_the_page_is_open(tabs, copy, serve):
    broken = lookup.grokking(copy)[0].id
    page = tabs.open(serve(copy).address("/runs"))
    status = page.locator(f"[data-run={broken}]").get_by_test_id("status")
    expect(status).to_contain_text("done")
    damage_log(copy, broken, share=0.5)
    expect(status).to_contain_text("damaged")
    expect(status).to_have_attribute("title", re.compile("damaged at byte"))


def test_a_lab_that_is_removed_is_said_to_be_gone_and_shown_again_when_it_is_back(tabs, copy, serve):
    tabs.expect("404")
    page = tabs.open(serve(copy).address("/runs"))
    rows = page.get_by_test_id("run-row")
    expect(rows.first).to_be_visible()
    away = copy.path.with_name("away")
    copy.path.rename(away)
    expect(page.get_by_test_id("state-no-lab")).to_contain_text(f"latebloom demo --lab {copy.path}")
    page.reload()
    expect(page.get_by_test_id("state-no-lab")).to_contain_text(str(copy.path))
    away.rename(copy.path)
    expect(rows).to_have_count(len(copy.run_ids()))
    expect(page.get_by_test_id("state-no-lab")).to_have_count(0)


def test_a_server_that_is_killed_is_missed_and_its_return_is_noticed(tabs, lab, serve):
    tabs.expect("ERR_", "403", "EventSource")
    server = serve(lab)
    page = tabs.open(server.address("/training"))
    expect(page.get_by_test_id("chart-accuracy").locator("canvas")).to_be_visible()
    server.kill()
    lost, restored = page.get_by_test_id("connection-lost"), page.get_by_test_id("connection-restored")
    expect(lost).to_contain_text("Connection lost")
    expect(page.get_by_test_id("chart-accuracy").locator("canvas")).to_be_visible()
    server.restart()
    expect(lost).to_contain_text("Open the address that it printed")
    page.context.new_page().goto(server.address("/runs"))
    page.bring_to_front()
    expect(restored).to_be_visible()
    expect(lost.or_(restored)).to_have_count(0)
    page.get_by_test_id("members").click()
    expect(page.get_by_test_id("members")).to_have_attribute("aria-pressed", "true")
