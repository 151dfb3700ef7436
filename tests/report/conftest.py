from __future__ import annotations

from pathlib import Path

import pytest

from latebloom.store import Lab

from ..views.labs import make, ten


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return make(tmp_path / "lab")


@pytest.fixture(scope="session")
def ten_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, list[str]]:
    """Eight that grok, one that never does, one that groks and collapses; only to be read."""
    lab = make(tmp_path_factory.mktemp("ten") / "lab")
    return lab, ten(lab)
