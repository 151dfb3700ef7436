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


def test_c_goes_to_the_next_colour_of_each_view(open_view, lab):
    page = open_view(f"/manifold?run={lookup.grokking(lab)[1].id}")
    for view, choice, shown in [
        ("manifold", "labels", "manifold-cloud"),
        ("phase", "phase-outcome", "chart-phase"),
    ]:
        page.get_by_test_id(f"nav-{view}").click()
        expect(
            page.get_by_test_id(shown)
        ).to_be_visible()  # what there is to choose from comes with the answer
        select = page.get_by_test_id(choice)
        expect(select.locator("option").nth(1)).to_be_attached()
        known = select.locator("option").evaluate_all("all => all.map(one => one.value)")
        before = select.input_value()
        page.keyboard.press("c")
        expect(select).to_have_value(known[(known.index(before) + 1) % len(known)])
    page.get_by_test_id("nav-spectrum").click()
    before = page.get_by_test_id("logenergy").get_attribute("aria-pressed")
    page.keyboard.press("c")
    expect(page.get_by_test_id("logenergy")).not_to_have_attribute("aria-pressed", before)


def test_d_changes_the_dimensions_and_plus_minus_and_nought_come_closer_and_go_away(open_view, lab):
    page = open_view(f"/manifold?run={lookup.grokking(lab)[1].id}")
    expect(page.get_by_test_id("solid")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("d")
    expect(page.get_by_test_id("solid")).to_have_attribute("aria-pressed", "true")
    for key, zoom in [("+", r"zoom=1\.25"), ("0", r"^((?!zoom=).)*$"), ("-", r"zoom=0\.8")]:
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(zoom))


@pytest.mark.parametrize("view", ["spectrum", "structure"])
def test_l_changes_the_steps_of_what_snapshots_show(open_view, lab, view):
    page = open_view(f"/{view}?run={lookup.grokking(lab)[1].id}")
    before = page.get_by_test_id("log").get_attribute("aria-pressed")
    page.keyboard.press("l")
    expect(page.get_by_test_id("log")).not_to_have_attribute("aria-pressed", before)


@pytest.mark.parametrize(("view", "shown"), [("runs", "run-row"), ("studies", "claim")])
def test_e_offers_to_save_what_is_no_chart(open_view, view, shown):
    page = open_view(f"/{view}")
    expect(page.get_by_test_id(shown).first).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_test_id(f"{view}-png")).to_be_focused()


def test_the_help_names_no_other_keys_than_those_that_are_tested_here(open_view, lab):
    page = open_view(f"/manifold?run={lookup.grokking(lab)[1].id}")
    tested = {*"1234567[]jktef?lbc/d+-0", "space", "←", "→", "shift ←", "shift →"}
    for view in VIEWS:
        page.get_by_test_id(f"nav-{view}").click()
        page.keyboard.press("?")
        dialog = page.get_by_test_id("help-dialog")
        expect(dialog.locator("kbd").first).to_be_visible()
        assert set(dialog.locator("kbd").all_inner_texts()) <= tested
        page.keyboard.press("Escape")


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
