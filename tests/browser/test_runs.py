"""The view of all runs shows what the lab holds."""

from playwright.sync_api import expect

from tests.browser import lookup
from tests.browser.reading import rows_of


def test_every_run_stands_in_a_row_with_its_own_numbers(open_view, lab):
    page = open_view("/runs")
    table = page.get_by_test_id("runs-table")
    expect(table.get_by_test_id("run-row")).to_have_count(len(lab.run_ids()))
    heads, *rows = rows_of(table)
    column = {head.split(" ↓")[0]: place for place, head in enumerate(heads)}
    shown = {row[column["run"]]: row for row in rows}
    for run in lookup.runs(lab):
        row = shown[run.id]
        assert row[column["status"]].split()[-1] == run.status
        assert row[column["step"]] == lookup.step(run.step)
        for name in ("train", "test"):
            assert row[column[name]] == lookup.share(lookup.last(run, f"{name}_accuracy"))
        for head, event in {
            "memorised": "memorised",
            "grokked": "grokked_first",
            "stably": "grokked_stable",
        }.items():
            assert row[column[head]] == lookup.step(lookup.first(run, event))


def test_the_count_of_grokked_runs_is_the_labs(open_view, lab):
    page = open_view("/runs")
    grokked = sum(lookup.first(run, "grokked_stable") is not None for run in lookup.runs(lab))
    assert 0 < grokked < len(lab.run_ids())
    expect(page.get_by_test_id("runs-counts")).to_contain_text(
        f"{len(lab.run_ids())} runs, {grokked} grokked stably"
    )


def test_a_filter_leaves_the_runs_that_fit_and_groups_part_them(open_view, lab):
    page = open_view("/runs")
    page.get_by_test_id("filter").fill("weight_decay>0.5")
    strong = [run.id for run in lookup.runs(lab) if lookup.decay(run) > 0.5]
    rows = page.get_by_test_id("run-row")
    expect(rows).to_have_count(len(strong))
    assert sorted(row.get_attribute("data-run") for row in rows.all()) == sorted(strong)
    page.get_by_test_id("filter").fill("")
    page.get_by_test_id("group-by").select_option("model")
    expect(page.locator("tr.group")).to_have_count(2)


def test_sorting_by_test_accuracy_puts_the_best_first(open_view, lab):
    page = open_view("/runs?sort=-test_accuracy")
    rows = page.get_by_test_id("run-row")
    expect(rows).to_have_count(len(lab.run_ids()))
    best = sorted(lookup.runs(lab), key=lambda run: -lookup.last(run, "test_accuracy"))
    shown = [row.locator("td.test").inner_text() for row in rows.all()]
    assert shown == [lookup.share(lookup.last(run, "test_accuracy")) for run in best]


def test_moving_the_criterion_counts_anew(open_view, lab):
    page = open_view("/runs?test=0.5&stable=0.5")
    page.get_by_test_id("criterion").click()
    expect(page.get_by_test_id("criterion-count")).to_contain_text("of 7 grokked stably")
