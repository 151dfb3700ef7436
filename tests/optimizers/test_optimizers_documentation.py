"""The page docs/optimizers.md tells every field with its default, and its examples are valid."""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from latebloom.objectives import OBJECTIVES
from latebloom.optimizers import OPTIMIZERS

PAGE = (Path(__file__).parents[2] / "docs" / "optimizers.md").read_text(encoding="utf-8")
EXAMPLES = [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)]
ROWS = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE, flags=re.MULTILINE))
SHELVES: dict[str, Any] = {"optimizer": OPTIMIZERS, "objective": OBJECTIVES}
THINGS = [(name, kind) for shelf in SHELVES.values() for name, kind in shelf.items()]


def frozen(value: Any) -> Any:
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def documented_default(field: str, name: str) -> Any:
    """Read a row such as ``1e-3` (`sgd`: `0.1`)``: the default of all, and those of some."""
    cell = ROWS[field]
    own = dict(re.findall(r"`([\w-]+)`: `([^`]+)`", cell)).get(name)
    text = own or re.findall(r"^`([^`]+)`", cell)[0]
    return frozen(tomllib.loads(f"value = {text}")["value"])


@pytest.mark.parametrize(("name", "kind"), THINGS)
def test_every_field_has_a_row_with_its_default(name: str, kind: type):
    assert f"\n| `{name}` |" in PAGE
    for field in dataclasses.fields(kind):
        assert documented_default(field.name, name) == field.default


def test_every_thing_has_an_example():
    shown = {(shelf, example[shelf]["name"]) for example in EXAMPLES for shelf in example}
    assert shown == {(shelf, name) for shelf, things in SHELVES.items() for name in things}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_makes_what_it_says(example: dict[str, Any]):
    for shelf, table in example.items():
        fields = {key: frozen(value) for key, value in table.items() if key != "name"}
        assert SHELVES[shelf][table["name"]](**fields).name == table["name"]
