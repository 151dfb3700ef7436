"""The page docs/tasks.md names every task, and its examples are valid."""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from latebloom.tasks import TASKS, Split, Task
from latebloom.tasks.mixed import OPERATIONS

PAGE = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
SECTION = PAGE.split("\n## The tasks\n")[1].split("\n## The split\n")[0]
EXAMPLES = [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)]


def frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return build(value) if isinstance(value, dict) else value


def build(settings: dict[str, Any]) -> Task:
    fields = {key: frozen(value) for key, value in settings.items() if key != "name"}
    return TASKS[settings["name"]](**fields)


def test_every_task_has_a_row_a_heading_and_an_example():
    headings = " ".join(re.findall(r"^### (.*)$", SECTION, flags=re.MULTILINE))
    exemplified = {example["task"]["name"] for example in EXAMPLES if "task" in example}
    for name in TASKS:
        assert f"\n| `{name}` |" in PAGE
        assert f"`{name}`" in headings
    assert exemplified == set(TASKS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_makes_what_it_says(example: dict[str, Any]):
    if "task" in example:
        task = build(example["task"])
        assert task.name == example["task"]["name"]
        assert task.examples >= 2
    if "split" in example:
        assert 0 < Split(**example["split"]).fraction < 1


def test_every_field_and_operation_is_described():
    for kind in [*TASKS.values(), Split]:
        for field in dataclasses.fields(kind):
            assert f"\n| `{field.name}` |" in PAGE
    assert all(f"`{name}`" in SECTION for name in OPERATIONS)


def test_every_coordinate_is_described():
    names = {name for kind in TASKS.values() for name in kind.example().table().coordinates}
    assert all(f"\n| `{name}` |" in PAGE for name in names)


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL))
def test_every_piece_of_python_runs(code: str):
    exec(compile(code, "docs/tasks.md", "exec"), {})
