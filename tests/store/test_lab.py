from __future__ import annotations

import json
from pathlib import Path

import pytest

from latebloom.errors import DamagedError, LabError, UnknownNameError
from latebloom.store import Lab

from .story import DOCUMENT, RUN, tell


def test_a_lab_is_made_once_and_opened_ever_after(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lab"
    assert Lab.open(path, create=True) == Lab.open(path) == Lab.open(str(path), create=True)
    assert json.loads((path / "lab.json").read_text()) == {"format": 1, "name": "latebloom lab"}
    assert Lab.open(path).run_ids() == []


def test_a_missing_lab_is_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"there is no lab at .*--lab .*makes one"):
        Lab.open(tmp_path / "lab")
    assert not (tmp_path / "lab").exists()


@pytest.mark.parametrize("create", [False, True])
def test_a_file_is_no_lab(tmp_path: Path, create: bool) -> None:
    (tmp_path / "lab").write_text("hello")
    with pytest.raises(LabError, match="is a file"):
        Lab.open(tmp_path / "lab", create=create)


def test_a_directory_with_other_things_in_it_is_never_made_a_lab(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("hello")
    with pytest.raises(LabError, match=r"no lab.json"):
        Lab.open(tmp_path)
    with pytest.raises(LabError, match=r"not empty \(it holds 'thesis.tex'\)"):
        Lab.open(tmp_path, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_a_killed_maker_left_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / ".lab.json.0.tmp").write_bytes(b'{"form')
    assert Lab.open(tmp_path, create=True).run_ids() == []


def test_a_newer_lab_is_refused_with_both_versions(tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_text('{"format": 7, "name": "latebloom lab"}')
    with pytest.raises(LabError, match=r"format 7.*up to 1"):
        Lab.open(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": "1"}', '{"format": 0}', '{"format": true}']
)
def test_a_lab_json_that_is_none_is_damage(tmp_path: Path, text: str) -> None:
    (tmp_path / "lab.json").write_text(text)
    with pytest.raises(DamagedError, match=r"lab\.json|format version"):
        Lab.open(tmp_path, create=True)


def test_a_huge_lab_json_is_damage(tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_bytes(b" " * 100_000)
    with pytest.raises(DamagedError, match="larger than"):
        Lab.open(tmp_path)


def test_only_folders_that_are_runs_are_listed(tmp_path: Path) -> None:
    tell(tmp_path / "lab")
    lab = Lab.open(tmp_path / "lab")
    for name in ("Upper", "with.dot", "x" * 65, "empty"):
        (lab.runs / name).mkdir()
    (lab.runs / "a-file").write_text("")
    assert lab.run_ids() == [RUN]


@pytest.mark.parametrize("run", ["", "..", "a/b", "../x", "A", "x" * 65, "a\n", ".", "a b"])
def test_what_is_no_id_never_becomes_a_path(tmp_path: Path, run: str) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    with pytest.raises(LabError, match="is no run's id"):
        lab.folder(run)


def test_a_run_is_found_by_its_beginning_its_end_or_all_of_its_id(tmp_path: Path) -> None:
    tell(tmp_path / "lab")
    lab = Lab.open(tmp_path / "lab")
    assert {lab.resolve(given) for given in (RUN, RUN[:5], RUN[-4:])} == {RUN}
    with pytest.raises(UnknownNameError, match=f"no run 'division'.*{RUN}"):
        lab.resolve("division")
    with pytest.raises(UnknownNameError):
        lab.resolve("")


def test_a_beginning_of_several_runs_names_them(tmp_path: Path) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    for index in range(7):
        (lab.runs / f"run-{index}").mkdir(parents=True)
        (lab.runs / f"run-{index}" / "spec.json").write_text("{}")
    with pytest.raises(LabError, match=r"'run' fits 7 runs: run-0, run-1.* and 2 more"):
        lab.resolve("run")
    assert lab.resolve("3") == "run-3"


def test_an_empty_lab_says_that_it_is(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="holds no runs yet"):
        Lab.open(tmp_path / "lab", create=True).resolve(DOCUMENT["id"])


def test_asking_whether_a_lab_can_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    lab = Lab.open(tmp_path / "lab", create=True)
    lab.writable()
    assert [path.name for path in lab.path.iterdir()] == ["lab.json"]
