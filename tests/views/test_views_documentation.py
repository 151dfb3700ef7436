from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import latebloom.report
import latebloom.views
from latebloom import runs

MODULES = [
    name
    for package in (latebloom.views, latebloom.report)
    for _, name, _ in pkgutil.iter_modules(package.__path__, package.__name__ + ".")
]


@pytest.mark.parametrize("name", [*MODULES, runs.__name__])
def test_the_examples_in_docstrings_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_reading_side_loads_nothing_heavy_until_it_is_used():
    program = (
        "import sys, latebloom.views, latebloom.runs\n"
        "import latebloom.report.terminal, latebloom.report.html, latebloom.report.markdown\n"
        "print(*({'torch', 'matplotlib', 'pandas', 'scipy', 'pyarrow', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_listing_a_lab_loads_nothing_heavy(tmp_path):
    program = (
        "import sys; from latebloom.store import Lab; from latebloom.views import list_view\n"
        f"list_view(Lab.open({str(tmp_path / 'lab')!r}, create=True))\n"
        "print(*({'torch', 'matplotlib', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_public_name_of_the_views_is_there_and_sorted():
    assert list(latebloom.views.__all__) == sorted(latebloom.views.__all__)
    assert all(hasattr(latebloom.views, name) for name in latebloom.views.__all__)
