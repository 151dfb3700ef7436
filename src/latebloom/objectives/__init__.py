"""The shelf of objectives: losses of single examples."""

from __future__ import annotations

from collections.abc import Mapping

from latebloom.objectives.cross_entropy import CrossEntropy
from latebloom.objectives.objective import Objective
from latebloom.objectives.squared_error import SquaredError

__all__ = ["OBJECTIVES", "CrossEntropy", "Objective", "SquaredError"]

OBJECTIVES: Mapping[str, type[Objective]] = {
    "cross-entropy": CrossEntropy,
    "squared-error": SquaredError,
}
"""Every objective by the name that a specification gives it."""
