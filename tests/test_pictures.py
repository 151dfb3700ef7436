"""The pictures of docs/measures: the command that draws them, and the pages that show them."""

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).parents[1] / "docs"
SCRIPT = DOCS / "pictures" / "measures.py"
PAGES = sorted(DOCS.glob("measures/*.md"))
LARGEST = 125_000  # bytes of a picture
SVG = "{http://www.w3.org/2000/svg}"
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pytest.fixture
def script(monkeypatch):
    """The script as a module; what it brings along is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    before = set(sys.modules)
    yield importlib.import_module("measures")
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("measures", "drawing"):
            del sys.modules[name]


def parsed(path):
    return ElementTree.parse(path).getroot()


def test_the_help_names_every_family_and_loads_nothing_heavy():
    heavy = "sys.exit(bool({'torch', 'matplotlib'} & set(sys.modules)))"
    code = f"import runpy, sys\ntry: runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\nexcept SystemExit: {heavy}"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv += ['--help']\n{code}"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SCRIPT.parent), "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    assert all(page.stem in done.stdout for page in PAGES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fourrier"], r"no family 'fourrier'; known: accuracy, .*, fourier, .*, weights"),
        (["accuracy", "--out", "nowhere"], r"--out is 'nowhere'; a folder that exists is needed"),
    ],
    ids=["an unknown family", "a folder that is not there"],
)
def test_what_cannot_be_drawn_is_refused_in_one_line_before_anything_is_trained(script, capsys, words, said):
    with pytest.raises(SystemExit) as refused:
        script.main(words)
    assert refused.value.code == 2
    assert re.search(said, capsys.readouterr().err)


def test_a_lab_that_is_none_is_refused_with_the_code_of_the_error(script, capsys, tmp_path):
    (tmp_path / "lab").write_text("a file")
    assert script.main(["accuracy", "--quick", "--lab", str(tmp_path / "lab"), "--out", str(tmp_path)]) == 2
    assert str(tmp_path / "lab") in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [tmp_path / "lab"]


def test_a_family_is_drawn_to_a_folder_and_again_to_the_same_bytes(script, tmp_path):
    words = ["accuracy", "--quick", "--lab", str(tmp_path / "lab"), "--out", str(tmp_path)]
    picture = tmp_path / "measures-accuracy.svg"
    assert script.main(words) == 0
    first = picture.read_bytes()
    assert parsed(picture).tag == f"{SVG}svg"
    assert len(list(parsed(picture).iter(f"{SVG}path"))) > 20
    assert script.main(words) == 0
    assert picture.read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab", "measures-accuracy.svg"]


@pytest.mark.slow
def test_every_family_is_drawn_also_of_runs_that_have_not_grokked(script, tmp_path):
    assert script.main(["--quick", "--lab", str(tmp_path / "lab"), "--out", str(tmp_path)]) == 0
    drawn = {path.stem for path in tmp_path.glob("*.svg") if parsed(path).tag == f"{SVG}svg"}
    assert drawn == {f"measures-{page.stem}" for page in PAGES}


def test_every_family_has_a_page_and_every_page_a_family(script):
    assert list(script.FAMILIES) == [page.stem for page in PAGES]


@each_page
def test_a_page_shows_its_picture_near_the_top_and_names_the_command_that_draws_it(page):
    top = page.read_text("utf-8").partition("\n## ")[0]
    (shown,) = re.findall(r"^!\[[^\]]{20,}\]\(([^)]+)\)$", top, re.MULTILINE)
    assert shown == f"../pictures/measures-{page.stem}.svg"
    assert (page.parent / shown).exists()
    assert f"`python docs/pictures/measures.py {page.stem}`" in top


@each_page
def test_a_picture_is_small_svg_that_needs_nothing_and_says_no_date(page):
    picture = DOCS / "pictures" / f"measures-{page.stem}.svg"
    text = picture.read_text("utf-8")
    assert len(text) < LARGEST
    assert not re.search(r"<script|<text|(?<!xmlns=\")(?<!xlink=\")https?://(?!www\.w3\.org)|dc:date", text)
    width, height = (float(size) for size in parsed(picture).attrib["viewBox"].split()[2:])
    assert width == 720
    assert 250 < height < 600


@pytest.mark.usefixtures("script")
def test_a_shortened_path_goes_through_the_same_points():
    saving = importlib.import_module("drawing.saving")
    assert doctest.testmod(saving).failed == 0
    path = "M 1.004 2 L 3.333 4.666 L 3.333 0 C 1 2 3 4 -5 -6.5 z M 10 10 Q 11 12 13.01 14 L 0.1 0.2 z"
    assert absolute(saving.shorter_path(path)) == pytest.approx(absolute(path), abs=0.006)


def absolute(path):
    """Follow a path; the points it goes through, one after the other."""
    points, here = [], (0.0, 0.0)
    for command, rest in re.findall(r"([MLCQzlcq])([^MLCQzlcq]*)", path):
        numbers = [float(word) for word in re.findall(r"-?[\d.]+", rest)]
        origin = here if command.islower() else (0.0, 0.0)
        own = [(x + origin[0], y + origin[1]) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        here = own[-1] if own else here
        points += [number for point in own for number in point]
    return points
