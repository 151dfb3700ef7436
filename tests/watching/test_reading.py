"""Watched runs beside trained ones: lists, pages, reports, tables and commands show them and leave them alone."""

import json

import pytest
from matplotlib.figure import Figure

import latebloom
from latebloom.report.figures import representation_figure, shown_numbers
from latebloom.report.scene import scene
from latebloom.report.tables import list_table
from latebloom.report.writing import _known
from latebloom.store import Lab
from latebloom.views import group_members, list_view, member_curves, read_members
from tests.cli.commands import say
from tests.watching.strangers import LABELS, PAIRS, stranger

COURSE = [(0.4, 0.1), (1.0, 0.1), (1.0, 0.95)]


def watch(lab, name, seed=0, accuracies=COURSE, **options):
    given = {"sites": ["2", "4"], "inputs": PAIRS, "labels": LABELS, "every": 2} | options
    with latebloom.watch(stranger(seed), lab=lab, name=name, seed=seed, **given) as w:
        for train, test in accuracies:
            w.step(loss=1.0, **({"train_accuracy": train, "test_accuracy": test} if train else {}))
            w.step(loss=0.5)
    return w.run.id


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    path = tmp_path_factory.mktemp("watched") / "lab"
    for seed in (0, 1):
        watch(path, "told", seed)
    watch(path, "silent", accuracies=[(None, None)] * 3)
    with pytest.raises(RuntimeError, match="own"):
        fail(path)
    return path


def fail(path):
    given = {"sites": ["2"], "inputs": PAIRS, "every": 2, "lab": path, "name": "failed"}
    with latebloom.watch(stranger(), **given) as w:
        w.step()
        raise RuntimeError("the loop's own")


def test_the_list_has_watched_runs_with_their_steps_and_events(lab):
    runs = {run["task"]: run for run in json.loads(say("list", "--lab", lab, "--json").out)}
    assert runs["told"]["status"] == "done"
    assert (runs["told"]["step"], runs["told"]["steps"]) == (6, 6)
    assert (runs["told"]["memorised"], runs["told"]["grokked_first"]) == (3, 5)
    assert runs["silent"]["train_accuracy"] is None
    assert runs["failed"]["status"] == "stopped"
    statuses = [row[1] for row in list_table(list_view(Lab.open(lab))).rows]
    assert statuses == ["stopped, raised RuntimeError", "done", "done", "done"]


def test_a_page_says_what_was_watched_and_not_how_to_train_it(lab):
    said = say("show", "told-s0", "--lab", lab).out
    assert 'kind = "watched"' in said
    assert "step 6 of 6" in said
    assert "latebloom run" not in said
    assert "raised RuntimeError, at step 1" in say("show", "failed", "--lab", lab).out


def test_runs_that_differ_in_their_seed_alone_are_a_group(lab):
    view = latebloom.open_runs(lab, ["told-s0", "told-s1"]).view
    [group] = view["groups"]
    assert group["seeds"] == [0, 1]
    assert group["title"] == "told, Sequential"
    assert group["grokked_first"]["rate"]["count"] == 2
    assert group["command"] == ""


@pytest.mark.parametrize("name", ["told-s0", "silent", "failed"])
@pytest.mark.parametrize("ending", [".html", ".md", ".png"])
def test_reports_of_all_kinds_are_written(lab, tmp_path, name, ending):
    out = tmp_path / f"report{ending}"
    said = say("report", name, "--lab", lab, "--out", out)
    assert said.code == 0, said.err
    if ending != ".png":
        text = out.read_text()
        assert "These runs were watched" in text
        assert "Train these runs again" not in text
        assert ("raised RuntimeError" in text) is (name == "failed")
    if name == "silent":
        assert "was not told train and test accuracy" in said.out


def test_a_report_draws_the_representation_at_every_site(lab):
    opened = Lab.open(lab)
    members = read_members(opened, [run for run in opened.run_ids() if run.startswith("told")])
    drawn = scene(group_members(opened, members), member_curves(members, shown_numbers(_known(members))))
    labels = [axes.get_ylabel() for axes in representation_figure(drawn).axes]
    assert [label for label in labels if label.startswith("PCA")] == [
        "PCA dimension\n(95% of variance)\nat 2",
        "PCA dimension\n(95% of variance)\nat 4",
    ]
    assert "weight norm\n(L2)" in labels


def test_panels_that_do_not_fit_into_the_picture_are_counted_on_it(tmp_path):
    sites = ["0", "2", "3", "4", "5", "6"]
    watch(
        tmp_path / "lab",
        "many",
        sites={"0": lambda output: output.flatten(1), **dict.fromkeys(sites[1:], lambda x: x)},
    )
    opened = Lab.open(tmp_path / "lab")
    members = read_members(opened, opened.run_ids())
    drawn = scene(group_members(opened, members), member_curves(members, shown_numbers(_known(members))))
    figure = representation_figure(drawn)
    assert len(figure.axes) == 9
    assert "4 more are not drawn" in " ".join(text.get_text() for text in figure.texts)


def test_a_run_whose_loop_told_no_accuracy_shows_that_of_the_probe(lab):
    run = latebloom.open_runs(lab, ["silent"])[0]
    figure = run.plot()
    assert isinstance(figure, Figure)
    assert "probe" in [text.get_text() for legend in figure.legends for text in legend.get_texts()] or any(
        line.get_label() == "probe" for axes in figure.axes for line in axes.get_lines()
    )


def test_every_number_is_exported(lab, tmp_path):
    out = tmp_path / "numbers.csv"
    assert say("export", "told-s0", "--lab", lab, "--out", out).code == 0
    assert ",4,pca_dimension_95@2," in out.read_text()


def test_resume_leaves_watched_runs_alone_and_refuses_them_by_name(lab):
    said = say("resume", "--lab", lab)
    assert said.code == 0, said.err
    for words in (["resume", "failed"], ["verify", "told-s0"]):
        refused = say(*words, "--lab", lab)
        assert refused.code == 2
        assert "was watched while a loop of its own trained it" in refused.err


def test_an_interrupted_watch_is_not_resumed_with_the_others(tmp_path):
    path = tmp_path / "lab"
    w = latebloom.watch(stranger(), sites=["2"], inputs=PAIRS, lab=path, name="left").begin()
    w._recorder.close()  # what the death of the process does
    assert latebloom.open_runs(path)[0].status == "interrupted"
    said = say("resume", "--lab", path)
    assert (said.code, said.err) == (0, "")
