"""The house stands as its plans say: doors complete, reading side light, contracts and pictures the same."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import latebloom

ROOT = Path(__file__).parents[1]
READING = (
    "records",
    "errors",
    "randomness",
    "statistics",
    "store",
    "events",
    "presets",
    "spec",
    "study",
    "propositions",
    "studies",
    "views",
    "report",
    "runs",
    "web",
    "lens.client",
)


def loaded_after(code):
    program = f"{code}\nimport sys\nprint(*sorted(name for name in sys.modules if '.' not in name))"
    return set(
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_a_fresh_interpreter_that_imports_the_reading_side_has_no_torch():
    assert "torch" not in loaded_after("\n".join(f"import latebloom.{room}" for room in READING))


def test_importing_the_package_and_the_command_line_loads_nothing_heavy():
    heavy = {"torch", "scipy", "pandas", "matplotlib"}
    assert not heavy & loaded_after("import latebloom, latebloom.cli")


def test_every_public_name_is_there_and_documented():
    assert latebloom.__all__ == sorted(latebloom.__all__)
    for name in latebloom.__all__:
        assert getattr(latebloom, name).__doc__, name
    assert set(dir(latebloom)) >= set(latebloom.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = latebloom.nothing


def test_the_function_run_stays_a_function_after_rooms_were_imported():
    code = "import latebloom, latebloom.running.api, latebloom.cli\nassert callable(latebloom.run)"
    assert "latebloom" in loaded_after(code)


def rows_of_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [sorted(row.split(" | ")) for row in contracts[0]["layers"]]


def test_the_rows_in_the_architecture_are_those_of_the_contract():
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| \d+ \| ((?:`\w+`(?:, )?)+) \|", page, re.MULTILINE)
    assert [sorted(re.findall(r"\w+", row)) for row in rows] == rows_of_contract()


def test_every_room_is_in_the_contract():
    source = ROOT / "src" / "latebloom"
    rooms = {
        path.stem for path in source.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__", "__main__"} == {room for row in rows_of_contract() for room in row}


def test_every_page_that_the_readme_names_exists():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / "README.md").read_text())
    assert len(links) >= 10
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readmes_second_line_is_what_the_checks_run():
    readme, script = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    lines = [line for line in readme.splitlines() if re.match(r"^(python3 -m venv|\.venv/bin/pip)", line)]
    assert len(lines) == 2
    assert "grep -m1 '^python3 -m venv' README.md" in script
    assert all("-c constraints.txt" in line for line in lines)


def test_no_file_is_longer_than_four_hundred_lines():
    long = {
        str(path): count
        for path in (ROOT / "src").rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
