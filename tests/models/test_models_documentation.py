"""The page docs/models.md tells every field with its default and every site, and its examples are valid."""

import dataclasses
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from latebloom.models import MODELS, Model

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
EXAMPLES = [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)]
COMMON = {field.name for field in dataclasses.fields(Model)}


def section(name: str) -> str:
    return PAGE.split(f"\n## `{name}`\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", MODELS)
def test_every_field_has_a_row_with_its_default(name: str):
    fields = [field for field in dataclasses.fields(MODELS[name]) if field.name not in COMMON]
    documented = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", section(name), flags=re.MULTILINE)
    assert documented == [(field.name, json.dumps(field.default)) for field in fields]
    assert f"\n| `{name}` |" in PAGE


@pytest.mark.parametrize("name", MODELS)
def test_every_site_is_told(name: str):
    sites = MODELS[name].example().sites()
    for site in sites:
        assert re.sub(r"^block\d+", "block0", site) in re.findall(r"`([\w.]+)`", section(name))


def test_every_model_has_an_example():
    assert {example["model"]["name"] for example in EXAMPLES} == set(MODELS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_makes_what_it_says(example: dict[str, Any]):
    fields = {key: value for key, value in example["model"].items() if key != "name"}
    model = MODELS[example["model"]["name"]](**fields)
    assert model.parameters(vocabulary=97, length=2, classes=97) > 0
