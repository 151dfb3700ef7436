"""docs/looks.md says what is so."""

import re

import pytest

from latebloom.looks import DEAR, parse_look
from latebloom.looks.checking import MOST
from latebloom.looks.history import LONGEST, WINDOW
from latebloom.looks.lists import LISTS
from latebloom.looks.look import OF_ALL, OF_EACH, OF_FEW
from latebloom.looks.sight import MAX_POINTS
from latebloom.looks.subject import LARGEST_TABLE
from latebloom.looks.taking import GIVEN
from latebloom.models import MODELS
from latebloom.running.looking import checked_looks
from latebloom.spec import read_request
from tests.cli.commands import ROOT

PAGE = (ROOT / "docs" / "looks.md").read_text()


def rows(header):
    table = PAGE.split(header)[1].split("\n\n")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.+?) \|$", table, re.MULTILINE))


def test_dear_measures_are_those_of_the_code():
    listed = re.search(r"These are \*dear\*: (.*?)\.", PAGE, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", listed[1])) == set(DEAR)


@pytest.mark.parametrize("name", MODELS)
def test_the_sites_of_each_model_are_those_of_the_code(name):
    told = set(re.findall(r"`([\w.]+)`", rows("| model | sites |")[name]))
    sites = {site for site in MODELS[name].example().sites() if not site.startswith("block1")}
    assert told - {"bottleneck"} == sites - {"bottleneck"}


def test_the_names_of_numbers_are_those_of_the_code():
    table = rows("| look | one of its numbers |")
    assert len(table) == 3
    for look, number in table.items():
        result = re.match(r"`(\w+)", number)[1]
        assert number == f"`{parse_look(look).named(result)}`"


def test_every_argument_that_a_look_gives_stands_in_the_page():
    section = PAGE.split("## Sites")[1].split("## What is recorded")[0]
    for name in GIVEN:
        assert f"`{name}`" in section, name


def test_the_bounds_on_the_page_are_those_of_the_code():
    assert f"At most {MAX_POINTS} of each part" in PAGE
    assert f"up to {LARGEST_TABLE:,} pairs" in PAGE


def test_the_file_of_the_page_asks_for_looks_that_can_be_taken(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1])
    request = read_request(str(path))
    assert len(checked_looks(request.specs, request.looks)) == 2


def looks_in(text):
    return [look.strip('"') for look in re.findall(r'--look ("[^"]+"|\S+)', text)]


def test_the_looks_of_the_commands_can_be_taken():
    commands = re.findall(r"^latebloom run ([\w-]+) (--look .*)$", PAGE, re.MULTILINE)
    assert {preset for preset, _ in commands} == {"manifold-addition", "stages", "demo"}
    assert sum(len(looks_in(text)) for _, text in commands) == 9
    for preset, text in commands:
        checked_looks(read_request(preset, seeds=1).specs, looks_in(text))
    demo = re.search(r'latebloom\.run\("demo", looks=\[(.*?)\]', PAGE)[1]
    checked_looks(read_request("demo", seeds=1).specs, re.findall(r'"([^"]+)"', demo))
    late = [
        look for text in re.findall(r"latebloom measure RUN (--look .*)", PAGE) for look in looks_in(text)
    ]
    checked_looks(read_request("demo", seeds=1).specs, late, live=False)


def test_how_many_examples_and_gradients_are_taken_is_that_of_the_code():
    assert f"{OF_EACH.usual} of the sample are" in PAGE
    assert f"up to {OF_EACH.most}:" in PAGE
    assert f"At most {OF_ALL.most:,} training examples count" in PAGE
    assert set(OF_FEW.values()) == {OF_EACH, OF_ALL}
    assert f"({WINDOW}; at most {LONGEST})" in PAGE


def test_the_measures_that_are_no_looks_stand_in_the_page_with_what_can_be_asked_instead():
    table = rows("| no look | what it gives | ask instead |")
    assert set(table) == set(LISTS)
    for measure, row in table.items():
        gives, ask = row.split(" | ")
        assert gives == LISTS[measure].gives
        assert tuple(re.findall(r"`(\w+)`", ask)) == LISTS[measure].ask


def test_the_bounds_of_counts_stand_in_the_page():
    for name, most in MOST.items():
        assert f"`{name}` up to {most:,}" in PAGE
