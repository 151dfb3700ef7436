"""No view has a fault that the accessibility checker calls serious, in light or dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import lookup
from tests.browser.test_address import VIEWS
from tests.browser.test_pictures import shown

SCHEMES = ["light", pytest.param("dark", marks=pytest.mark.slow)]
GRAVE = ("serious", "critical")


def faults(page):
    """List what the checker finds, by rule and place."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"][:5]
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_the_checker_finds_no_serious_fault(open_view, lab, view, scheme):
    page = open_view(f"/{view}?run={lookup.grokking(lab)[1].id}", scheme=scheme)
    shown(page, view)
    assert faults(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nor_in_dialogs_panels_and_tables(open_view, scheme):
    page = open_view("/runs", scheme=scheme)
    shown(page, "runs")
    page.get_by_test_id("start").click()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_test_id("criterion").click()
    assert faults(page) == []
    page.keyboard.press("2")
    shown(page, "training")
    page.keyboard.press("t")
    page.get_by_role("button", name="what fools it").first.click()
    assert faults(page) == []


def test_the_checker_can_find_a_fault(open_view):
    page = open_view("/runs")
    shown(page, "runs")
    page.evaluate("document.querySelector('[data-testid=filter]').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('[data-testid=filter]').removeAttribute('placeholder')")
    assert any(fault.startswith("label") for fault in faults(page))


def test_motion_is_left_out_where_it_is_not_wanted(open_view, lab):
    page = open_view(f"/manifold?run={lookup.grokking(lab)[1].id}", reduced_motion="reduce")
    shown(page, "manifold")
    moving = page.evaluate("document.getAnimations().filter(one => one.playState === 'running').length")
    assert moving == 0
