"""What is saved holds the numbers of the lab."""

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import expect

from latebloom.store.studies import VERDICTS, read_study
from tests.browser import lookup
from tests.browser.reading import answer_of, table_of
from tests.browser.watched import let_go
from tests.lens.labs import trained

SVG = "{http://www.w3.org/2000/svg}"
CHARTS = {
    "runs": {"runs": ["Runs of bloom", "grokked stably", "weight decay"]},
    "training": {"chart-accuracy": [], "chart-loss": []},
    "manifold": {"manifold": ["Manifold", "at final at step 500", "principal axis 1", "place on Z_23"]},
    "spectrum": {
        "energy": ["Energy by frequency", "frequency", "share", "within chance", "500"],
        "gini": ["How sharp the spectrum is", "Gini", "500"],
        "singular-readout-weight": ["Singular values", "500"],
        "waves": ["Embedding against cosines", "explained"],
    },
    "structure": {
        "rings": ["Rings", "stride", "score", "within chance", "500"],
        "persistence": ["Persistence", "born at scale", "dies at scale", "loops (H1)"],
        "loop-points": ["Its points", "principal axis 1"],
        "betti": ["Betti numbers", "pieces at scale", "500"],
    },
    "phase": {"chart-phase": ["Step of first grokking", "The median of the runs"]},
    "studies": {"studies": ["theory at smoke"], "claim": []},
}
SHOWN = {"runs": "run-row", "studies": "claim"}
"""Every chart of every view, and what its SVG says in letters where the page draws it: title, axes, legend."""


def saved(page, press):
    with page.expect_download() as waiting:
        press()
    return Path(waiting.value.path()).read_bytes()


def save(page, chart, kind):
    """Save a chart by its own menu."""
    expect(page.get_by_test_id(SHOWN.get(chart, chart)).first).to_be_visible()
    page.wait_for_timeout(300)
    choice = page.get_by_test_id(f"{chart}-{kind}").first
    choice.locator("xpath=ancestor::details/summary").click()
    return saved(page, choice.click)


def letters(svg):
    """What an SVG says, in one string."""
    return " ".join("".join(one.itertext()) for one in svg.iter(f"{SVG}text"))


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_table_of_runs_holds_every_run(open_view, lab):
    page = open_view("/runs")
    expect(page.get_by_test_id("run-row").first).to_be_visible()
    found = {row["id"]: row for row in rows(save(page, "runs", "csv"))}
    assert sorted(found) == sorted(lab.run_ids())
    for run in lookup.runs(lab):
        assert float(found[run.id]["test_accuracy"]) == lookup.last(run, "test_accuracy")


def test_the_curves_hold_every_recorded_number(open_view, lab):
    members = lookup.grokking(lab)
    page = open_view(f"/training?runs={','.join(run.id for run in members)}")
    found = rows(save(page, "chart-accuracy", "csv"))
    for run in members:
        steps, values = lookup.curve(run, "test_accuracy")
        own = {
            int(row["step"]): float(row["value"])
            for row in found
            if row["run"] == run.id and row["name"] == "test_accuracy"
        }
        assert own == dict(zip(steps.tolist(), values.tolist(), strict=True))


@pytest.mark.parametrize("view", CHARTS)
def test_every_chart_is_saved_as_a_picture_of_both_kinds_and_as_a_table(open_view, lab, view):
    page = open_view(f"/{view}?run={lookup.grokking(lab)[1].id}")
    for chart, words in CHARTS[view].items():
        png = save(page, chart, "png")
        assert png.startswith(b"\x89PNG\r\n")
        assert len(png) > 5_000
        svg = ElementTree.fromstring(save(page, chart, "svg"))
        assert svg.tag == f"{SVG}svg"
        assert sum(1 for _ in svg.iter()) > 5
        assert [word for word in words if word not in letters(svg)] == []
        assert len(rows(save(page, chart, "csv"))) > 1


def test_every_frame_of_a_chart_offers_all_three(open_view, lab):
    run = lookup.grokking(lab)[1].id
    page = open_view(f"/runs?run={run}")
    for view, charts in CHARTS.items():
        page.get_by_test_id(f"nav-{view}").click()
        for chart in charts:
            expect(page.get_by_test_id(SHOWN.get(chart, chart)).first).to_be_visible()
        for frame in page.locator("figure[data-testid]").all():
            name = frame.get_attribute("data-testid")
            for kind in ("png", "svg", "csv"):
                expect(frame.get_by_test_id(f"{name}-{kind}")).to_have_count(1)


def test_a_chart_that_is_shown_as_a_table_is_saved_as_a_drawing_all_the_same(open_view, lab):
    page = open_view(f"/spectrum?run={lookup.grokking(lab)[1].id}")
    as_drawn = ElementTree.fromstring(save(page, "energy", "svg"))
    table_of(page, "energy")
    as_table = ElementTree.fromstring(save(page, "energy", "svg"))
    assert letters(as_table) == letters(as_drawn)
    assert as_table.find(f".//{SVG}image").get("href") == as_drawn.find(f".//{SVG}image").get("href")
    expect(page.get_by_test_id("energy").get_by_role("region", name="as a table")).to_be_visible()


def test_the_table_of_a_claim_holds_what_was_compared_with_theory(open_view, lab):
    stored = read_study(lab, "theory", "smoke", VERDICTS)["verdicts"]
    verdict = next(one for one in stored if len(one["compared"]) > 2)
    page = open_view("/studies")
    claim = page.locator(f"[data-claim={verdict['claim']}]")
    claim.locator("summary").click()
    found = rows(saved(page, claim.get_by_test_id("claim-csv").click))
    shown = [(row["what"], float(row["computed"])) for row in found if row["of"] == "claim"]
    assert shown == [(one["what"], one["computed"]) for one in verdict["compared"]]


def test_a_claim_is_saved_only_with_all_that_was_seen(open_view):
    held = []
    page = open_view("/studies", hold=("**/api/study?*", held))
    claim = page.get_by_test_id("claim").first
    expect(claim).to_be_visible()
    expect(claim.locator("summary")).to_have_count(0)
    let_go(page, held)
    expect(page.get_by_test_id("claim").locator("summary").first).to_be_visible()


def test_the_table_of_points_holds_the_coordinates_that_the_server_gave(open_view, lab):
    run = lookup.grokking(lab)[1].id
    page = open_view(f"/manifold?run={run}&inputs=all")
    found = rows(save(page, "manifold", "csv"))
    query = "inputs=all&projection=pca&labels=label&site=final&format=json"
    address = f"api/manifold?run={run}&{query}&basis=steps"
    view = answer_of(page, address)
    last = np.array(view["data"]).reshape(-1)[: len(view["steps"]) * view["points"] * 3]
    own = last.reshape(len(view["steps"]), view["points"], 3)[-1]
    assert np.array([[float(row[axis]) for axis in view["axes"]] for row in found]) == pytest.approx(
        own, rel=1e-5
    )


def test_rings_of_quotients_are_saved_as_picture_and_table(tabs, serve, tmp_path):
    lab, run = trained(tmp_path / "lab", task={"name": "addition", "modulus": 12}, snapshots={"every": 100})
    page = tabs.open(serve(lab).address(f"/structure?run={run}"))
    found = {row["quotient"]: row for row in rows(save(page, "quotient-rings", "csv"))}
    address = f"api/structure?run={run}&site=final"
    view = answer_of(page, address)
    assert len(view["quotient_ring"]) > 1
    for ring in view["quotient_ring"]:
        row = found.pop(str(ring["m"]))
        assert (float(row["score"]), float(row["p"])) == (ring["score"], ring["p"])
    assert found == {}
    said = letters(ElementTree.fromstring(save(page, "quotient-rings", "svg")))
    assert "Rings of quotients" in said
    assert all(f"mod {ring['m']}" in said for ring in view["quotient_ring"])
    assert save(page, "quotient-rings", "png").startswith(b"\x89PNG")
