import jaxtyping
import pytest


@pytest.fixture
def unhooked(monkeypatch):
    """Switch the tests' own shape checks off, to meet the errors that a caller meets."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
