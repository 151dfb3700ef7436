"""Runs are started, watched while they train, stopped, resumed and deleted from the page."""

import re
import time

import pytest
from playwright.sync_api import expect

from latebloom.store import Lab, read_run

SETTINGS = """
task.modulus = 11
model.width = 16
evaluation.every = 100
snapshots.every = 10_000
training.steps = 400_000
"""
LATE = 30.0  # seconds; how soon it is on a quiet machine is for `python -m benchmarks serve` to say
LAST_STEP = re.compile(r"median test accuracy of 1 runs is [^;]* at step ([\d,]+)")
NOTE_CHANGES = """() => {
    const summary = document.querySelector('[data-testid=chart-accuracy] p.unseen');
    window.seen = [];
    new MutationObserver(() => window.seen.push([Date.now() / 1000, summary.textContent]))
        .observe(summary, {characterData: true, childList: true, subtree: true});
}"""


@pytest.fixture
def empty(tmp_path, serve):
    """A lab without runs, and a server that may change it."""
    lab = Lab.open(tmp_path / "empty", create=True)
    return lab, serve(lab, "--control")


def start(page, settings=SETTINGS, seeds="1"):
    """Start the preset `demo` with these settings, by the page's own form."""
    page.get_by_test_id("start").click()
    page.get_by_test_id("start-preset").select_option("demo")
    page.get_by_test_id("start-set").fill(settings.strip())
    page.get_by_test_id("start-seeds").fill(seeds)
    page.get_by_test_id("start-go").click()


def status(page, word):
    expect(page.get_by_test_id("run-row").get_by_test_id("status")).to_contain_text(word, timeout=60_000)


def recorded(lab, run, seconds):
    """Watch the log grow for some seconds: when which step was first seen to be recorded."""
    found = []
    end = time.time() + seconds
    while time.time() < end:
        step = read_run(lab, run).step
        if not found or step > found[-1][1]:
            found.append((time.time(), step))
        time.sleep(0.02)
    return found


def test_a_run_is_started_watched_stopped_resumed_and_deleted(tabs, empty):
    lab, server = empty
    page = tabs.open(server.address("/runs"))
    expect(page.get_by_test_id("state-no-runs")).to_contain_text("latebloom demo")
    start(page)
    status(page, "running")
    (run,) = lab.run_ids()
    moves_within_two_seconds(page, lab, run)
    page.get_by_test_id("nav-runs").click()
    page.get_by_test_id("stop").click()
    status(page, "interrupted")
    stopped = read_run(lab, run).step
    assert 0 < stopped < 400_000
    page.get_by_test_id("resume").click()
    status(page, "running")
    expect(page.locator("td.step").first).not_to_contain_text(f"{stopped:,}")
    assert read_run(lab, run).step > stopped
    page.get_by_test_id("stop").click()
    status(page, "interrupted")
    tabs.expect(r"404|409")  # the page may ask once more for the run that it deletes
    is_deleted_once_its_name_was_typed(page, lab, run)


def moves_within_two_seconds(page, lab, run):
    page.get_by_role("link", name=run).click()
    expect(page.get_by_test_id("chart-accuracy").locator("canvas")).to_be_visible()
    expect(page.get_by_test_id("live")).to_be_visible()
    page.evaluate(NOTE_CHANGES)
    log = recorded(lab, run, seconds=5)
    page.wait_for_timeout(3000)
    seen = [
        (at, int(found[1].replace(",", "")))
        for at, text in page.evaluate("window.seen")
        if (found := LAST_STEP.search(text))
    ]
    assert len(log) > 3
    assert len(seen) > 1
    late = [next(at for at, step in seen if step >= wanted) - when for when, wanted in log]
    print(f"from record to curve: {sorted(late)[len(late) // 2]:.2f} s, at most {max(late):.2f} s")
    assert max(late) < LATE


def is_deleted_once_its_name_was_typed(page, lab, run):
    page.get_by_test_id("delete").click()
    go = page.get_by_test_id("delete-go")
    expect(go).to_be_disabled()
    page.get_by_test_id("delete-confirm").fill(run[:-1])
    expect(go).to_be_disabled()
    page.get_by_test_id("delete-confirm").fill(run)
    go.click()
    expect(page.get_by_test_id("state-no-runs")).to_be_visible()
    assert lab.run_ids() == []


def test_what_cannot_be_trained_is_said_beside_the_form_and_nothing_starts(tabs, empty):
    lab, server = empty
    tabs.expect("400")
    page = tabs.open(server.address("/runs"))
    start(page, "model.widht = 16")
    expect(page.get_by_test_id("start-dialog").get_by_role("alert")).to_contain_text("width")
    assert lab.run_ids() == []


def test_a_server_without_control_offers_no_changes(tabs, lab, serve):
    page = tabs.open(serve(lab).address("/runs"))
    expect(page.get_by_test_id("run-row").first).to_be_visible()
    for deed in ("start", "stop", "resume", "delete"):
        expect(page.get_by_test_id(deed)).to_have_count(0)
