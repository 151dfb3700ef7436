from __future__ import annotations

import pytest

from latebloom.errors import InputError
from latebloom.report import write_figure, write_report

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
