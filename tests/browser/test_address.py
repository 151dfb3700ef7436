"""The address holds the whole state: a link shows what its sender saw."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import lookup
from tests.browser.watched import Tabs

VIEWS = ("runs", "training", "manifold", "spectrum", "structure", "phase", "studies")


@pytest.fixture
def other(browser):
    """Tabs of somebody to whom the link is sent."""
    tabs = Tabs(browser)
    yield tabs
    tabs.close()
    tabs.check()


def sent(page, served):
    """Wait until the address stands still; return the part that is sent on."""
    page.wait_for_timeout(500)
    return page.url.removeprefix(served.origin)


def test_the_state_of_the_training_view_opens_in_a_fresh_browser(open_view, other, served, lab):
    run = lookup.grokking(lab)[1]
    page = open_view("/training")
    page.get_by_test_id("members").click()
    page.get_by_test_id("log").click()
    page.get_by_test_id("origin").select_option("memorised")
    slider = page.get_by_test_id("timebar-slider")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    at = slider.get_attribute("aria-valuenow")
    link = sent(page, served)
    seen = other.open(served.address(link))
    expect(seen.get_by_test_id("members")).to_have_attribute("aria-pressed", "true")
    expect(seen.get_by_test_id("log")).to_have_attribute("aria-pressed", "true")
    expect(seen.get_by_test_id("origin")).to_have_value("memorised")
    expect(seen.get_by_test_id("timebar-slider")).to_have_attribute("aria-valuenow", at)
    assert int(at) < run.step
    assert sent(seen, served) == link


def test_filter_group_sorting_and_choice_open_in_a_fresh_browser(open_view, other, served, lab):
    page = open_view("/runs")
    page.get_by_test_id("filter").fill("weight_decay>0.5")
    page.get_by_test_id("group-by").select_option("model")
    page.get_by_role("button", name="test", exact=True).click()
    chosen = lookup.grokking(lab)[0].id
    page.get_by_role("checkbox", name=f"Choose {chosen}").check()
    seen = other.open(served.address(sent(page, served)))
    expect(seen.get_by_test_id("filter")).to_have_value("weight_decay>0.5")
    expect(seen.get_by_test_id("group-by")).to_have_value("model")
    expect(seen.locator("th[aria-sort=ascending]").first).to_contain_text("test")
    expect(seen.get_by_role("checkbox", name=f"Choose {chosen}")).to_be_checked()
    expect(seen.get_by_test_id("run-row")).to_have_count(
        sum(lookup.decay(run) > 0.5 for run in lookup.runs(lab))
    )


def test_a_moved_criterion_opens_in_a_fresh_browser(open_view, other, served):
    page = open_view("/runs")
    page.get_by_test_id("criterion").click()
    expect(page.get_by_test_id("criterion-count")).to_be_visible()
    page.get_by_test_id("criterion-stable").fill("0.6")
    expect(page.get_by_test_id("criterion-count")).to_contain_text(re.compile(r"\d of 7 grokked stably"))
    counted = page.get_by_test_id("criterion-count").inner_text()
    link = sent(page, served)
    assert "?" in link
    seen = other.open(served.address(link))
    seen.get_by_test_id("criterion").click()
    expect(seen.get_by_test_id("criterion-count")).to_have_text(counted)


def test_back_and_forth_go_from_view_to_view(open_view):
    page = open_view("/runs")
    for view in VIEWS[1:4]:
        page.get_by_test_id(f"nav-{view}").click()
        expect(page.get_by_test_id(f"view-{view}")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("view-spectrum")).to_have_count(0)
    expect(page.get_by_test_id("view-manifold")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("view-training")).to_be_visible()
    page.go_forward()
    expect(page.get_by_test_id("view-manifold")).to_be_visible()
    assert "/manifold" in page.url


def test_a_reload_changes_nothing(open_view, lab):
    run = lookup.grokking(lab)[2].id
    page = open_view(f"/training?run={run}&runs={run}&step=250&show=members")
    expect(page.get_by_test_id("timebar-slider")).to_have_attribute("aria-valuenow", "250")
    before = page.url
    page.reload()
    expect(page.get_by_test_id("timebar-slider")).to_have_attribute("aria-valuenow", "250")
    assert page.url == before


def test_a_bad_value_is_said_and_left_out_and_unknown_keys_are_ignored(open_view):
    page = open_view("/training?origin=nowhere&step=-4&nonsense=1")
    notices = page.get_by_test_id("notice")
    expect(notices).to_have_count(2)
    expect(notices.filter(has_text="nowhere")).to_contain_text("one of step, memorised, grokked_first")
    expect(page.get_by_test_id("origin")).to_have_value("step")
    notices.first.get_by_role("button", name="Put away").click()
    expect(notices).to_have_count(1)


def test_the_key_is_not_kept_in_the_address(open_view, served):
    page = open_view("/training")
    assert served.token not in page.url
    assert served.token not in page.evaluate("document.cookie + JSON.stringify({...localStorage})")
