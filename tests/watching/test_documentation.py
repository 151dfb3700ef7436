"""The page and the example do what they say."""

import inspect
import re
import runpy
from pathlib import Path

import pytest
import torch

import latebloom
from latebloom.errors import InputError
from latebloom.looks.history import LONGEST, WINDOW
from latebloom.looks.lists import LISTS
from latebloom.looks.look import OF_ALL, OF_EACH
from latebloom.measures.applying import APPLICABLE, takes
from latebloom.watching.function import LARGEST, MOST_GRADIENTS
from latebloom.watching.measuring import WHY, Elements, Plan
from tests.cli.commands import say

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "watching.md").read_text()
EXAMPLE = ROOT / "examples" / "watch_a_stranger.py"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_programs_and_commands_of_the_page_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks("python"):
        exec(compile(block, "docs/watching.md", "exec"), names)
    for line in "".join(blocks("sh")).splitlines():
        said = say(*line.split()[1:])
        assert said.code == 0, said.err
    assert "my-mlp-s0-" in say("list", "--lab", "my-lab").out
    assert names["w"].run.status == "done"


def test_the_page_names_every_argument_and_its_default():
    section = PAGE.split("## Arguments")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, re.MULTILINE))
    given = inspect.signature(latebloom.watch).parameters
    assert set(rows) == set(given) - {"model"}
    for name in ("every", "lab", "seed", "start", "again"):
        assert rows[name] == f"`{given[name].default}`"


def test_the_example_is_short_and_watches_a_model_that_is_not_ours(tmp_path, monkeypatch, capsys):
    assert len(EXAMPLE.read_text().splitlines()) <= 45
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(EXAMPLE), "3"])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    [run] = latebloom.open_runs("latebloom-lab")
    assert run.status == "done"
    assert run.id in capsys.readouterr().out
    assert "examples/watch_a_stranger.py" in PAGE


@pytest.mark.parametrize("name", ["latebloom.watching.lightning", "latebloom.watching.huggingface"])
def test_the_page_names_both_adapters(name):
    assert f"from {name} import WatchCallback" in PAGE


def taken(measure):
    """Say which arguments a watch lacks for a measure, with labels and whatever group it takes."""
    named = f"{measure}(quotient=2)" if "quotient" in takes(measure).required else measure
    for group, labels in (("cyclic:6", torch.arange(6)), ("symmetric:3", torch.arange(6))):
        try:
            plan = Plan.of([named], labels=True, elements=Elements.of(group, labels))
        except InputError as error:
            said = str(error)
            if "is of cyclic groups" not in said:
                lacking = re.search(r"needs (.*?), which a watch does not have: (.*)", said)
                return set(lacking[1].split(" and ")), lacking[2]
        else:
            assert len((*plan.at_sites, *plan.of_model)) == 1
    return set(), ""


def test_the_page_lists_what_a_watch_cannot_give_and_every_other_measure_is_taken():
    found = {}
    for measure in APPLICABLE.keys() - LISTS.keys():
        lacking, why = taken(measure)
        for argument in lacking & WHY.keys():
            found.setdefault((argument, WHY[argument]), set()).add(measure)
        assert bool(lacking) == bool(why)
        assert lacking <= WHY.keys()
    table = PAGE.split("| argument | why | measures |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", table, re.MULTILINE)
    assert {(name, why): set(re.findall(r"`(\w+)`", told)) for name, why, told in rows} == found
    assert {name for name, _ in found} == WHY.keys()


def test_the_bounds_on_the_page_are_those_of_the_code():
    assert f"more than {MOST_GRADIENTS:,} gradients" in PAGE
    assert f"than {LARGEST:,} numbers" in PAGE
    assert f"({WINDOW}; at most {LONGEST})" in PAGE
    assert f"on {OF_EACH.usual} samples" in PAGE
    assert f"up to {OF_EACH.most}." in PAGE
    assert f"or on {OF_ALL.usual:,} of them" in PAGE
