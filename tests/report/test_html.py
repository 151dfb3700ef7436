from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from latebloom.report import write_report
from latebloom.report.definitions import definitions
from latebloom.views import group_view, sentences

from ..views.labs import Story, damage_document, damage_log, spec_of, tell, write

VOID = {"meta", "br", "path", "use", "link", "hr"}
HOSTILE = "<script>alert(1)</script>\"'&\x1b[2J\x9b\ud800"


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] not in ("style", "script"):
            self.words.append(data)


@pytest.fixture(scope="module")
def ten_page(ten_runs, tmp_path_factory):
    return page_of(*ten_runs, tmp_path_factory.mktemp("page"))


def page_of(lab, ids, tmp_path):
    text = write_report(lab, ids, tmp_path / "report.html").read_text(encoding="utf-8")
    return text, Page(text)


def test_the_page_is_well_formed_and_tells_everything(ten_runs, ten_page):
    lab, ids = ten_runs
    text, page = ten_page
    words = " ".join(page.words)
    for line in sentences(group_view(lab, ids)):
        assert line in words
    for run in ids:
        assert run in words
    for word, meaning, _ in definitions(group_view(lab, ids)["criteria"]):
        assert word in words
        assert meaning in words
    assert "torch 2.13.0" in words
    assert "latebloom run settings.toml" in words
    assert "not by 3,000" in words
    assert "collapsed, oscillated ×1" in words
    assert text.count("<svg") == 4


def test_the_page_needs_no_network_and_no_script(ten_page):
    text, page = ten_page
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("href", "src", "xlink:href"):
                assert (value or "").startswith("#"), (tag, name, value)
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_ids_in_the_page_are_unique_and_every_reference_has_its_target(ten_page):
    text, _ = ten_page
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', text)) | set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)


@pytest.mark.parametrize("groups", [1, 9])
def test_every_colour_in_the_pictures_follows_the_readers_light_or_dark(lab, tmp_path, groups):
    ids = [tell(lab, Story(weight_decay=float(d), every=600)) for d in range(groups)]
    text, _ = page_of(lab, ids, tmp_path)
    pictures = "".join(re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL))
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", pictures)
    used = set(re.findall(r"var\(--([a-z0-9]+)\)", text))
    style = re.search(r"<style>(.*?)</style>", text, flags=re.DOTALL)[1]
    light, dark = style.split("@media (prefers-color-scheme:dark)")[:2]
    for name in used - {"page"}:
        assert f"--{name}:" in light, name
        assert f"--{name}:" in dark, name


def test_what_comes_from_the_lab_is_never_markup(lab, tmp_path):
    spec = spec_of(0, task={"name": "x", HOSTILE: HOSTILE}, model={"name": HOSTILE})
    other = spec_of(0, task={"name": "x", HOSTILE: "b"}, model={"name": HOSTILE})
    ids = [write(lab, one, [(0, 0.1, 0.0), (100, 1.0, 0.5)], preset=HOSTILE) for one in (spec, other)]
    text, page = page_of(lab, ids, tmp_path)
    assert "<script" not in text.lower()
    assert "script" not in {tag for tag, _ in page.tags}
    assert "<script>alert(1)</script>" in " ".join(page.words)
    assert "\x1b" not in text


def test_a_page_of_damaged_interrupted_and_diverged_runs_flags_them(lab, tmp_path):
    ids = [
        tell(lab, Story(seed=0, until=500)),
        tell(lab, Story(seed=1, diverged=900)),
        tell(lab, Story(seed=2)),
        tell(lab, Story(seed=3)),
    ]
    damage_log(lab, ids[2])
    damage_document(lab, ids[3])
    _, page = page_of(lab, ids, tmp_path)
    words = " ".join(page.words)
    assert "diverged by step 900" in words
    assert f"damaged: runs/{ids[2]}/looks.log is damaged" in words
    assert f"Left out, as its settings cannot be read: {ids[3]}" in words
    assert "1 run not finished" in words
    assert str(lab.path) not in words


def test_a_page_of_nothing_readable_is_a_page(lab, tmp_path):
    run = tell(lab, Story())
    damage_document(lab, run)
    text, _ = page_of(lab, [run], tmp_path)
    assert "<svg" not in text
    assert "1 run whose settings cannot be read" in text


def test_the_same_lab_gives_the_same_page(ten_runs, ten_page, tmp_path):
    assert page_of(*ten_runs, tmp_path)[0] == ten_page[0]


def test_a_table_of_many_runs_is_folded(lab, tmp_path):
    ids = [write(lab, spec_of(s), [(0, 0.1, 0.0), (100, 1.0, 0.5)]) for s in range(25)]
    text, _ = page_of(lab, ids, tmp_path)
    assert "<summary>25 rows</summary>" in text
