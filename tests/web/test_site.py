"""An exported site holds the page and the same answers that the server gives, and takes no other folder's place."""

import json

import pytest

from latebloom.errors import InputError
from latebloom.web import site
from latebloom.web.assets import Assets
from latebloom.web.site import MARK, export_site
from tests.web.asking import Server


@pytest.fixture
def assets(tmp_path):
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><html><head><title>the page</title></head></html>")
    (static / "assets" / "index.js").write_text("export {}")
    return Assets(static)


@pytest.fixture(autouse=True)
def no_lens(monkeypatch):
    """Leave out what is computed of snapshots: these runs hold none that a network could be made of."""
    monkeypatch.setattr(site, "SEEN", ())


def entries(out):
    return json.loads((out / "data" / "index.json").read_text())["entries"]


def answer(out, view, **query):
    """Answer as the page does: of the entries that agree with the query, the one that names most."""
    fitting = [e for e in entries(out) if e["view"] == view and e["query"].items() <= query.items()]
    return (out / "data" / max(fitting, key=lambda entry: len(entry["query"]))["file"]).read_bytes()


def test_a_site_answers_what_the_server_answers(ten_runs, tmp_path, assets):
    out = tmp_path / "site"
    assert export_site(ten_runs, out, assets=assets) == out / "index.html"
    assert MARK in (out / "index.html").read_bytes()
    assert (out / "assets" / "index.js").read_text() == "export {}"
    server, run = Server(ten_runs), ten_runs.run_ids()[3]
    for view, query in (
        ("runs", {}),
        ("run", {"run": run}),
        ("timebar", {"run": run}),
        ("phase", {"outcome": "up_time"}),
    ):
        told = server.ask(f"/api/{view}", params=query).json()
        assert {**json.loads(answer(out, view, **query)), "cursor": ""} == {**told, "cursor": ""}
    lab = json.loads(answer(out, "lab"))
    assert (lab["static"], lab["control"], lab["runs"]) == (True, False, 10)
    training = json.loads(answer(out, "training", origin="memorised", runs="any"))
    assert (training["origin"], len(training["runs"])) == ("memorised", 10)
    assert answer(out, "training", origin="step", format="f32")[4:5] == b"{"


def test_a_site_of_some_runs_holds_nothing_of_the_others(ten_runs, tmp_path, assets):
    chosen, others = ten_runs.run_ids()[:2], ten_runs.run_ids()[2:]
    export_site(ten_runs, tmp_path / "site", chosen, assets)
    everything = b"".join(
        path.read_bytes() for path in sorted((tmp_path / "site").rglob("*")) if path.is_file()
    )
    assert all(run.encode() in everything for run in chosen)
    assert not any(run.encode() in everything for run in others)
    assert str(ten_runs.path).encode() not in everything


def test_a_site_replaces_a_site_and_nothing_else(ten_runs, tmp_path, assets):
    out = tmp_path / "site"
    export_site(ten_runs, out, ten_runs.run_ids()[:1], assets)
    export_site(ten_runs, out, ten_runs.run_ids()[:2], assets)
    assert len(json.loads(answer(out, "runs"))["runs"]) == 2
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious").write_text("stays")
    with pytest.raises(InputError, match="no exported site"):
        export_site(ten_runs, other, assets=assets)
    with pytest.raises(InputError, match="is a file"):
        export_site(ten_runs, other / "precious", assets=assets)
    assert [path.name for path in other.iterdir()] == ["precious"]


def test_without_the_page_nothing_is_exported(ten_runs, tmp_path):
    with pytest.raises(InputError, match="not built"):
        export_site(ten_runs, tmp_path / "site", assets=Assets(tmp_path / "none"))
    assert not (tmp_path / "site").exists()
