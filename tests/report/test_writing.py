from __future__ import annotations

import pytest

from latebloom.errors import InputError, ResourceError
from latebloom.report import write_figure, write_report
from latebloom.store import files

from ..views.labs import Story, tell

BEGINNINGS = {".html": b"<!doctype html>", ".md": b"# Grokking", ".png": b"\x89PNG", ".svg": b"<?xml"}


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_the_ending_decides_what_is_written(lab, tmp_path, suffix):
    out = tmp_path / f"report{suffix}"
    assert write_report(lab, [tell(lab, Story())], out) == out
    assert out.read_bytes().startswith(BEGINNINGS[suffix])
    assert [path.name for path in tmp_path.iterdir() if path.name not in (out.name, "lab")] == []


@pytest.mark.parametrize("name", ["report.pdf", "report", "report.htm"])
def test_another_ending_is_refused_with_the_right_ones(lab, tmp_path, name):
    with pytest.raises(InputError, match=r"\.html, \.md, \.png, \.svg"):
        write_report(lab, [tell(lab, Story())], tmp_path / name)


def test_a_place_that_is_none_is_refused_before_anything_is_read(lab, tmp_path):
    with pytest.raises(InputError, match="no directory"):
        write_report(lab, ["nonsense"], tmp_path / "no" / "report.html")
    (tmp_path / "a.html").mkdir()
    with pytest.raises(InputError, match="is a directory"):
        write_report(lab, ["nonsense"], tmp_path / "a.html")


def test_a_picture_is_no_page(lab, tmp_path):
    with pytest.raises(InputError, match=r"\.png, \.svg"):
        write_figure(lab, [tell(lab, Story())], tmp_path / "x.html")


def test_an_empty_lab_says_how_to_fill_it(lab, tmp_path):
    with pytest.raises(InputError, match="latebloom run demo"):
        write_report(lab, [], tmp_path / "report.html")


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_a_full_disk_leaves_the_report_that_was_there(lab, tmp_path, monkeypatch, suffix):
    out = tmp_path / f"report{suffix}"
    out.write_text("old")
    run = tell(lab, Story(every=300))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "calls", files.Calls(write=full))
    with pytest.raises(ResourceError):
        write_report(lab, [run], out)
    assert out.read_text() == "old"
