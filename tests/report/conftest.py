from __future__ import annotations

from pathlib import Path

import pytest

from latebloom.store import Lab

from ..views.labs import make


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return make(tmp_path / "lab")
