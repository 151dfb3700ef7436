"""Shapes are checked while testing, and every test is alone on its core."""

import os
import sys

import pytest

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


@pytest.fixture(autouse=True)
def leaves_threads_as_they_were():
    """Fail a test that leaves the next ones another number of threads, and with it other rounding; put it right."""
    yield
    torch = sys.modules.get("torch")
    if torch is None:
        return
    left, right = torch.get_num_threads(), int(os.environ["OMP_NUM_THREADS"])
    torch.set_num_threads(right)
    assert left == right, f"this test left torch with {left} threads, and there were {right}"
