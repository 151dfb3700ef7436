import pytest

from tests.lens.labs import circling, trained


@pytest.fixture(scope="session")
def circles(tmp_path_factory):
    """A run whose points stand on exact circles, only to be read."""
    return circling(tmp_path_factory.mktemp("circles") / "lab")


@pytest.fixture(scope="session")
def addition(tmp_path_factory):
    """Addition mod 12, really trained, only to be read."""
    task = {"name": "addition", "modulus": 12}
    return trained(tmp_path_factory.mktemp("addition") / "lab", task=task)


@pytest.fixture(scope="session")
def attending(tmp_path_factory):
    """Multiplication mod 11 by a transformer, really trained."""
    return trained(
        tmp_path_factory.mktemp("attending") / "lab",
        task={"name": "multiplication", "modulus": 11},
        model={"name": "transformer", "width": 8, "heads": 2, "layers": 2, "feed_forward": 16},
    )


@pytest.fixture(scope="session")
def permuting(tmp_path_factory):
    """Products of permutations of three things, really trained."""
    return trained(
        tmp_path_factory.mktemp("permuting") / "lab", task={"name": "symmetric-group", "degree": 3}
    )


@pytest.fixture(scope="session")
def composite(tmp_path_factory):
    """Multiplication by a composite modulus, which has no group here."""
    return trained(
        tmp_path_factory.mktemp("composite") / "lab",
        task={"name": "multiplication", "modulus": 8, "zero": True},
    )
