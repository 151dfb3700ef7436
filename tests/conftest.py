"""Shapes are checked while testing, and every test is alone on its core."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from jaxtyping import install_import_hook

install_import_hook(
    [
        "latebloom.engine",
        "latebloom.observe",
        "latebloom.measures",
        "latebloom.models.networks",
        "latebloom.objectives",
    ],
    "beartype.beartype",
)


def pytest_addoption(parser):
    group = parser.getgroup("live view")
    group.addoption("--pictures", metavar="DIR", help="keep pictures of every view in this folder")
    group.addoption("--trained-lab", metavar="DIR", help="keep the browser tests' lab here, and use it again")
