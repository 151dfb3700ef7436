"""Measures: pure functions, arrays in, numbers out.

A measure takes torch tensors with any leading population axes, on any device, and returns float64 with
exactly those
axes: a number per lane, or a mapping from names to such tensors. Lanes are independent: what one gets does
not depend on which stand beside it, and a lane whose numbers are not finite spoils its own result alone. No
gradient flows through a measure. What cannot be measured raises `latebloom.errors.ShapeError`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import Tensor

from latebloom.measures.accuracy import accuracy
from latebloom.measures.activations import (
    activation_l2,
    activation_max,
    activation_sparsity,
    activation_statistics,
    activation_std,
)
from latebloom.measures.dimension import (
    covariance_spectrum,
    linear_dimensions,
    participation_ratio,
    pca_dimension,
)
from latebloom.measures.weights import weight_change, weight_norm

Measure = Callable[..., Tensor | dict[str, Tensor]]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "accuracy": accuracy,
        "activation_l2": activation_l2,
        "activation_max": activation_max,
        "activation_sparsity": activation_sparsity,
        "activation_statistics": activation_statistics,
        "activation_std": activation_std,
        "covariance_spectrum": covariance_spectrum,
        "linear_dimensions": linear_dimensions,
        "participation_ratio": participation_ratio,
        "pca_dimension": pca_dimension,
        "weight_change": weight_change,
        "weight_norm": weight_norm,
    }
)
"""Every measure by its name. The contract tests take each from here and hold it to the promises above."""

INVARIANCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "accuracy": frozenset({"order of samples"}),
        "activation_l2": frozenset({"rotation", "order of samples"}),
        "activation_max": frozenset({"order of samples"}),
        "activation_sparsity": frozenset({"order of samples"}),
        "activation_statistics": frozenset({"order of samples"}),
        "activation_std": frozenset({"order of samples"}),
        "covariance_spectrum": frozenset({"rotation", "translation", "order of samples"}),
        "linear_dimensions": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "participation_ratio": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "pca_dimension": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "weight_change": frozenset({"order of parameters"}),
        "weight_norm": frozenset({"order of parameters"}),
    }
)
"""What may be done to a measure's input without changing its result; its docstring says the same."""

__all__ = [
    "INVARIANCES",
    "MEASURES",
    "Measure",
    "accuracy",
    "activation_l2",
    "activation_max",
    "activation_sparsity",
    "activation_statistics",
    "activation_std",
    "covariance_spectrum",
    "linear_dimensions",
    "participation_ratio",
    "pca_dimension",
    "weight_change",
    "weight_norm",
]
