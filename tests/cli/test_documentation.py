"""The user guide holds: its commands run, its files are read, and nothing that can be said is missing from it."""

import dataclasses
import inspect
import json
import re
import shlex

import numpy as np
import pytest

from latebloom import web
from latebloom.cli.main import VERBS
from latebloom.models import MODELS
from latebloom.objectives import OBJECTIVES
from latebloom.optimizers import OPTIMIZERS
from latebloom.running import execute
from latebloom.running.execute import Outcome
from latebloom.spec import Schedule, Training, read_request
from latebloom.spec.reading import OWN_KEYS, SPEC_KEYS
from latebloom.store import Lab
from latebloom.tasks import TASKS, Split
from tests.cli.commands import ROOT, say

PAGE = (ROOT / "docs" / "running.md").read_text()
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
ID = re.compile(r"\bRUN\b|\b[a-z]+-s[0-9]+-[0-9a-f]{10}\b|\b1f3a9c02d4\b")
JSON = PAGE[PAGE.index("## JSON") : PAGE.index("## Exit codes")]
SHELVES = {**TASKS, **MODELS, **OPTIMIZERS, **OBJECTIVES}


def blocks(language, text=PAGE):
    return [body for kind, body in FENCE.findall(text) if kind == language]


def lines(text):
    return [line.split("  ")[0] for line in text.splitlines() if line.strip().startswith("latebloom ")]


COMMANDS = [line for block in blocks("sh") for line in lines(block)]
EXAMPLES = [line.strip() for verb in VERBS.values() for line in lines(inspect.cleandoc(verb.__doc__))]


@pytest.fixture
def place(folder, monkeypatch):
    """A working directory with a lab and the page's own file, in which training and serving do nothing."""
    (folder / "lab").rename(folder / "latebloom-lab")
    (folder / "my-experiment.toml").write_text(blocks("toml")[0])
    np.savez(folder / "cloud.npz", hidden=np.eye(97)[:, :5], labels=np.arange(97))
    nothing = Outcome((), (), (), interrupted=False)
    monkeypatch.setattr(web, "serve", lambda *_, **__: None)
    monkeypatch.setattr(web, "export_site", lambda *_: "site/index.html")
    monkeypatch.setattr(execute, "carry_out", lambda *_, **__: nothing)
    monkeypatch.setattr(execute, "carry_out_plan", lambda *_, **__: nothing)
    return folder


def followed(line, place):
    """Say a command of the page with a run that there is, in the lab that there is."""
    run = Lab.open(place / "latebloom-lab").run_ids()[0]
    words = shlex.split(ID.sub(run, line))[1:]
    if ">" in words:
        words = words[: words.index(">")]
    if "--lab" in words and words[0] not in ("run", "demo"):
        words[words.index("--lab") + 1] = "latebloom-lab"
    return say(*words)


def test_the_page_has_commands_of_every_verb():
    assert {line.split()[1] for line in COMMANDS} == set(VERBS)
    assert {line.split()[1] for line in EXAMPLES} == set(VERBS)


@pytest.mark.parametrize("line", sorted({*COMMANDS, *EXAMPLES}))
def test_a_command_of_the_page_or_of_a_verbs_help_does_what_it_says(place, line):
    said = followed(line, place)
    assert said.code == 0, said.err
    if "--json" in line:
        json.loads(said.out)


@pytest.mark.parametrize("text", blocks("toml"))
def test_a_file_of_the_page_is_read(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    assert read_request(str(path)).specs


def test_the_first_file_asks_for_as_many_runs_as_the_page_says(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(blocks("toml")[0])
    assert len(read_request(str(path)).specs) == 24
    assert "asks for 24 runs" in PAGE


def test_every_option_of_every_verb_stands_in_the_page():
    for verb in VERBS.values():
        for name in inspect.signature(verb).parameters:
            option = "--" + name.strip("_").replace("_", "-")
            assert option in PAGE or name in ("runs", "run", "name", "source", "out"), option


def test_every_key_of_a_file_stands_in_the_page():
    for key in (*OWN_KEYS, *SPEC_KEYS):
        assert f"`{key}`" in PAGE or f"`[{key}]`" in PAGE, key
    for settings in (Training, Schedule, Split):
        for field in dataclasses.fields(settings):
            assert f"| `{field.name}` |" in PAGE, field.name
    for name, settings in SHELVES.items():
        (row,) = (
            line
            for line in PAGE.splitlines()
            if re.match(rf"\| [^|]*`{name}`[^|]*\| (`|none)", line) and "[" not in line
        )
        for field in dataclasses.fields(settings):
            assert f"`{field.name}`" in row.split("|")[2], f"{name}.{field.name}"
        assert row.count("`", row.index("|", 2)) == 2 * len(dataclasses.fields(settings)), (
            f"{name} has fewer keys"
        )


@pytest.mark.parametrize(
    "command", ["list", "report", "show RUN", "verify RUN", "run my-experiment.toml --dry-run"]
)
def test_the_keys_of_a_json_answer_are_those_that_the_page_names(place, command):
    answer = json.loads(followed(f"latebloom {command} --json", place).out)
    keys = set(answer[0] if isinstance(answer, list) else answer)
    verb = command.split()[0] + (" --dry-run" if "dry" in command else "")
    (row,) = (line for line in JSON.splitlines() if f"`{verb}`" in line.partition("|")[2].split("|")[0])
    named = set(re.findall(r"`(\w+)`", row.split("|")[2])) - {"run", "resume"} | ({"run"} & keys)
    if verb == "show":
        assert named <= keys
    elif verb == "report":
        assert named == keys - {"lab"}
    else:
        inner = set(answer["populations"][0]) if "dry" in command else set()
        assert named == keys | inner


def test_every_exit_code_stands_in_the_page():
    table = PAGE[PAGE.index("## Exit codes") :]
    for code in (0, 1, 2, 4, 5, 75, 130):
        assert re.search(rf"^\| {code}\b", table, re.MULTILINE), code
