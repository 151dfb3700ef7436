"""Everything goes by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import lookup
from tests.browser.test_address import VIEWS


@pytest.fixture
def training(open_view, lab):
    """The training view of a run that grokked at 310, its time bar at the end."""
    page = open_view(f"/training?run={lookup.grokking(lab)[1].id}")
    expect(page.get_by_test_id("timebar-slider")).to_have_attribute("aria-valuenow", "500")
    return page


def at(page, step):
    expect(page.get_by_test_id("timebar-slider")).to_have_attribute("aria-valuenow", str(step))


def test_digits_go_to_the_seven_views(training):
    for place, view in reversed(list(enumerate(VIEWS, 1))):
        training.keyboard.press(str(place))
        expect(training.get_by_test_id(f"view-{view}")).to_be_visible()
        expect(training.get_by_test_id(f"nav-{view}")).to_have_attribute("aria-current", "page")


def test_arrows_go_from_snapshot_to_snapshot(training):
    for key, step in [
        ("ArrowLeft", 450),
        ("ArrowLeft", 400),
        ("ArrowRight", 450),
        ("Shift+ArrowLeft", 0),
        ("Shift+ArrowRight", 500),
    ]:
        training.keyboard.press(key)
        at(training, step)


def test_brackets_go_from_event_to_event(training, lab):
    run = lookup.grokking(lab)[1]
    events = sorted({event.step for event in run.events})
    for step in reversed(events):
        if step < 500:
            training.keyboard.press("[")
            at(training, step)
    training.keyboard.press("]")
    at(training, events[1])


def test_space_plays_and_pauses(training):
    training.keyboard.press(" ")
    expect(training.get_by_role("button", name="Pause")).to_be_visible()
    expect(training.get_by_test_id("timebar-slider")).to_have_attribute(
        "aria-valuenow", re.compile(r"[1-4]\d\d")
    )
    training.keyboard.press(" ")
    expect(training.get_by_role("button", name="Play training again")).to_be_visible()
    stood = training.get_by_test_id("timebar-slider").get_attribute("aria-valuenow")
    training.wait_for_timeout(600)
    at(training, stood)


def test_l_and_b_change_axis_and_drawing(training):
    for key, button in [("l", "log"), ("b", "members")]:
        before = training.get_by_test_id(button).get_attribute("aria-pressed")
        training.keyboard.press(key)
        expect(training.get_by_test_id(button)).not_to_have_attribute("aria-pressed", before)


def test_t_shows_the_chart_as_a_table_and_e_opens_its_saving(training):
    training.get_by_test_id("chart-loss").hover()
    training.keyboard.press("t")
    expect(training.get_by_test_id("chart-loss").get_by_role("region", name="as a table")).to_be_visible()
    training.keyboard.press("t")
    training.keyboard.press("e")
    expect(training.get_by_test_id("chart-loss-csv")).to_be_visible()


def test_f_fills_the_screen_and_escape_leaves_it(training):
    chart = training.get_by_test_id("chart-accuracy")
    chart.hover()
    training.keyboard.press("f")
    expect(chart).to_have_class(re.compile(r"\bfull\b"))
    assert chart.bounding_box()["width"] == 1280
    training.keyboard.press("Escape")
    expect(chart).not_to_have_class(re.compile(r"\bfull\b"))


def test_j_and_k_go_through_the_runs(training, lab):
    slider = training.get_by_test_id("timebar").locator("[title]").filter(has=training.get_by_test_id("step"))
    before = slider.get_attribute("title")
    training.keyboard.press("j")
    expect(slider).not_to_have_attribute("title", before)
    training.keyboard.press("k")
    expect(slider).to_have_attribute("title", before)


def test_a_question_mark_lists_the_keys(training):
    training.keyboard.press("?")
    dialog = training.get_by_test_id("help-dialog")
    expect(dialog).to_contain_text("linear or logarithmic steps")
    expect(dialog).to_contain_text("play or pause")
    training.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_slash_leads_into_the_filter_where_letters_are_no_commands(open_view):
    page = open_view("/runs")
    expect(page.get_by_test_id("run-row").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_test_id("filter")).to_be_focused()
    page.keyboard.type("zzz2")
    expect(page.get_by_test_id("filter")).to_have_value("zzz2")
    expect(page.get_by_test_id("view-runs")).to_be_visible()


def test_the_time_bar_is_a_slider_that_keys_move_with_words(training, lab):
    run = lookup.grokking(lab)[1]
    slider = training.get_by_role("slider", name="Step", exact=True)
    slider.focus()
    training.keyboard.press("Home")
    test = lookup.curve(run, "test_accuracy")[1][0]
    expect(slider).to_have_attribute(
        "aria-valuetext", re.compile(f"^step 0 of 500, .*test {lookup.share(test)}")
    )
    training.keyboard.press("ArrowUp")
    at(training, 50)
    training.keyboard.press("End")
    at(training, 500)


def test_everything_is_reached_by_tab_and_the_focus_is_seen(training):
    training.keyboard.press("Tab")
    expect(training.get_by_role("link", name="Skip to the view")).to_be_focused()
    reached = set()
    for _ in range(60):
        training.keyboard.press("Tab")
        found = training.evaluate(
            """() => {
                const one = document.activeElement, style = getComputedStyle(one);
                const seen = style.outlineStyle !== "none" || style.boxShadow !== "none" || one.type === "range";
                return [one.dataset.testid || one.getAttribute("aria-label") || one.tagName, seen];
            }"""
        )
        assert found[1] or found[0] == "BODY", f"{found[0]} has the focus, and nothing shows it"
        reached.add(found[0])
    assert {"nav-studies", "criterion", "help", "members", "play", "timebar-slider"} <= reached
