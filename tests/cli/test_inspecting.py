import json

import pytest

from latebloom import presets
from latebloom.spec import read_request
from latebloom.store import Lab
from tests.cli.commands import say


def read(*words):
    said = say(*words, "--json")
    assert said.code == 0, said.err
    assert said.err == ""

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(said.out, parse_constant=refuse)


def test_the_list_names_every_run_with_its_status(folder):
    entries = read("list", "--lab", "lab")
    assert sorted(entry["status"] for entry in entries) == ["diverged", "done", "done"]
    said = say("list", "--lab", "lab")
    assert said.code == 0
    assert "diverged" in said.out


def test_one_run_is_shown_by_a_part_of_its_id(folder):
    for run in Lab.open("lab").run_ids():
        view = read("show", run[-10:], "--lab", "lab")
        assert view["id"] == run
        assert run in say("show", run, "--lab", "lab").out


def test_a_report_as_json_writes_no_file(folder):
    before = sorted(folder.rglob("*"))
    view = read("report", "--lab", "lab")
    assert view
    assert sorted(folder.rglob("*")) == before


def test_a_report_is_written_and_named(folder):
    said = say("report", "--lab", "lab", "--out", "summary.md")
    assert said.code == 0, said.err
    assert said.out.splitlines()[-1] == "report: summary.md"
    assert (folder / "summary.md").stat().st_size > 100


def test_numbers_are_exported_and_the_file_is_named(folder):
    said = say("export", "-s1-", "--lab", "lab", "--out", "numbers.csv")
    assert said.code == 2
    run = next(known for known in Lab.open("lab").run_ids() if "-s1-" in known)
    said = say("export", run, "--lab", "lab", "--out", "numbers.csv")
    assert (said.code, said.out) == (0, "numbers.csv\n")
    lines = (folder / "numbers.csv").read_text().splitlines()
    assert lines[0] == "run,seed,step,name,value"
    assert all(run in line for line in lines[1:])


def test_presets_are_listed_with_what_they_are():
    said = say("presets")
    assert [line.split()[0] for line in said.out.splitlines()] == list(presets.names())
    assert read("presets").keys() == set(presets.names())


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_is_printed_as_a_file_that_can_be_run(tmp_path, name):
    path = tmp_path / "mine.toml"
    path.write_text(say("presets", name).out)
    assert read_request(str(path)).specs == read_request(name).specs
    assert list(read("presets", name)) == [name]


def test_the_settings_that_are_shown_of_a_run_are_a_file_that_makes_it_again(folder):
    for run in Lab.open("lab").run_ids():
        (folder / "settings.toml").write_text(read("show", run, "--lab", "lab")["settings_toml"])
        assert [spec.id for spec in read_request("settings.toml").specs] == [run]
