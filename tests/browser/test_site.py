"""An exported site is opened from a plain file server, and asks for nothing that is not beside it."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.browser import labs, lookup
from tests.browser.reading import number, table_of
from tests.browser.test_pictures import SHOWN, shown


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(lab, page_built, tmp_path_factory):
    """The address at which the exported lab is served as files."""
    out = tmp_path_factory.mktemp("exported") / "site"
    labs.together(lab, [["export-site", str(out)]])
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=out)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_every_view_opens_from_files_alone(tabs, site, lab):
    page = tabs.open(f"{site}/index.html")
    for view in SHOWN:
        page.get_by_test_id(f"nav-{view}").click()
        shown(page, view)


def test_the_numbers_are_the_labs(tabs, site, lab):
    page = tabs.open(f"{site}/index.html?view=training")
    rows = [row for row in table_of(page, "chart-accuracy")[1:] if row[1] == "test_accuracy"]
    members = lookup.grokking(lab)
    ends = [number(row[4]) for row in rows if row[2] == "500" and row[3] == "3"]
    assert pytest.approx(lookup.quartiles(members, "test_accuracy", 500)[0], abs=1e-6) in ends


def test_its_links_hold_their_state(tabs, site, lab):
    run = lookup.grokking(lab)[1].id
    page = tabs.open(f"{site}/index.html?view=manifold&run={run}&step=250")
    shown(page, "manifold")
    expect(page.get_by_test_id("manifold-step")).to_have_text("250")
    expect(page.get_by_test_id("start")).to_have_count(0)


def test_chosen_runs_alone_are_on_a_site_with_all_that_is_computed_of_their_snapshots(
    tabs, lab, page_built, tmp_path
):
    run, other = (one.id for one in lookup.grokking(lab)[1:3])
    labs.together(lab, [["export-site", str(tmp_path / "site"), f"--runs={run}"]])
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "site")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = tabs.open(f"http://127.0.0.1:{server.server_address[1]}/index.html")
        expect(page.get_by_test_id("run-row")).to_have_count(1)
        expect(page.locator("body")).not_to_contain_text(other)
        for view in ("manifold", "spectrum", "structure"):
            page.get_by_test_id(f"nav-{view}").click()
            shown(page, view)
            expect(page.get_by_test_id(SHOWN[view])).to_contain_text(run)
        server.shutdown()
