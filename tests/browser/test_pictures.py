"""Pictures of every view, light and dark, for people to look at: pytest with `-m slow --pictures DIR`."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import lookup
from tests.browser.test_address import VIEWS

SHOWN = {
    "runs": "runs-table",
    "training": "chart-accuracy",
    "manifold": "manifold",
    "spectrum": "energy",
    "structure": "rings",
    "phase": "chart-phase",
    "studies": "claim",
}


def shown(page, view):
    """Wait until a view shows what it is for, and nothing of it is on its way."""
    expect(page.get_by_test_id(SHOWN[view]).first).to_be_visible()
    expect(page.get_by_text("Loading")).to_have_count(0)
    expect(page.get_by_test_id("state-pending")).to_have_count(0)
    page.wait_for_timeout(400)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_has_its_picture(open_view, lab, request, scheme):
    folder = request.config.getoption("--pictures")
    run = lookup.grokking(lab)[1].id
    for view in VIEWS:
        page = open_view(f"/{view}?run={run}", scheme=scheme)
        shown(page, view)
        picture = page.screenshot(path=Path(folder) / f"{view}-{scheme}.png" if folder else None)
        assert len(picture) > 20_000
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{view} is {over} pixels wider than the window"
        page.close()
