"""Names and labels that somebody chose to do harm stand on the page as text; none of them runs."""

import pytest
from playwright.sync_api import expect

from latebloom.records import Event, Look
from latebloom.store import open_run
from tests.browser.test_address import VIEWS
from tests.views.labs import document_of, make, spec_of
from tests.web.test_hostile import HOSTILE

RECORDED = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")
RUNS = "window.harmed = true"
SCRIPTS = [
    f"<script>{RUNS}</script>",
    f"<img src=x onerror='{RUNS}'>",
    f"<svg onload='{RUNS}'>",
    f"javascript:{RUNS}",
    f'" autofocus onfocus="{RUNS}" x="',
    "{@html '<b>'}",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A lab with a run for each hostile text: as preset, model, setting, number and event."""
    lab = make(tmp_path_factory.mktemp("hostile") / "lab")
    for seed, text in enumerate([*SCRIPTS, *HOSTILE]):
        odd = {"odd": {text or "empty": text}, "model": {"name": text, "width": 128}}
        document = document_of(spec_of(seed, **odd), preset=text)
        with open_run(lab, document["id"], document) as writer:
            for step in (0, 1500, 3000):
                events = (Event(text, step, step),) if step else ()
                values = dict.fromkeys((*RECORDED, text), 0.5)
                writer.append(Look(step, values, events))
            writer.append(Look(3000, end="done"))
    return lab


def test_hostile_texts_are_text_on_every_view(tabs, serve, hostile):
    page = tabs.open(serve(hostile, "--control").address("/runs"))
    expect(page.get_by_test_id("run-row").first).to_be_visible()
    page.get_by_test_id("group-by").select_option("model")
    expect(page.locator("tr.group").filter(has_text=SCRIPTS[0]).first).to_be_visible()
    for view in VIEWS:
        page.get_by_test_id(f"nav-{view}").click()
        expect(page.get_by_test_id(f"view-{view}")).to_be_visible()
        page.wait_for_timeout(700)
        assert page.evaluate("window.harmed") is None, view
        assert page.locator("main img, main b:has-text('harmed'), main script").count() == 0
    page.get_by_test_id("nav-training").click()
    expect(page.get_by_test_id("training-legend")).to_contain_text(SCRIPTS[1])


def test_hostile_names_in_an_address_are_said_as_text(tabs, serve, hostile):
    page = tabs.open(serve(hostile).address("/training"))
    page.goto(page.url.split("?")[0] + "?origin=%3Cimg%20src%3Dx%20onerror%3D%27window.harmed%3D1%27%3E")
    expect(page.get_by_test_id("notice")).to_contain_text("<img src=x")
    assert page.evaluate("window.harmed") is None
