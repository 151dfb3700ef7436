"""latebloom: train populations of small networks to grokking, measure them while they train, see what happened."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latebloom.clouds.measuring import measure_cloud
    from latebloom.errors import LatebloomError
    from latebloom.measures.contract import check_measure
    from latebloom.running.api import run
    from latebloom.runs import Run, Runs, open_runs
    from latebloom.spec import Spec
    from latebloom.watching.watch import watch

_HOMES = {
    "LatebloomError": "latebloom.errors",
    "Run": "latebloom.runs",
    "Runs": "latebloom.runs",
    "Spec": "latebloom.spec",
    "check_measure": "latebloom.measures.contract",
    "measure_cloud": "latebloom.clouds.measuring",
    "open_runs": "latebloom.runs",
    "run": "latebloom.running.api",
    "watch": "latebloom.watching.watch",
}

__all__ = [
    "LatebloomError",
    "Run",
    "Runs",
    "Spec",
    "check_measure",
    "measure_cloud",
    "open_runs",
    "run",
    "watch",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that importing the package stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'latebloom' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
