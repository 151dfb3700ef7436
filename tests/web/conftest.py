import pytest

from tests.views.labs import make, ten
from tests.web.asking import Server


@pytest.fixture(scope="session")
def ten_runs(tmp_path_factory):
    """A lab of ten runs, only to be read."""
    lab = make(tmp_path_factory.mktemp("served") / "lab")
    ten(lab)
    return lab


@pytest.fixture
def server(ten_runs):
    """A server that only shows."""
    return Server(ten_runs)
