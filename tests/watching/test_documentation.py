"""The page and the example do what they say."""

import inspect
import re
import runpy
from pathlib import Path

import pytest

import latebloom
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
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))
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
