"""What was measured of a cloud, as rows: a value, where it can lie, what chance gives, how likely chance is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FAMILIES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "activations": {
        "activation_l2": ("from 0", ""),
        "activation_std": ("from 0", ""),
        "activation_max": ("from 0", ""),
        "activation_sparsity": ("0 to 1", ""),
    },
    "dimension": {
        "pca_dimension_95": ("1 to {directions}", ""),
        "pca_dimension_99": ("1 to {directions}", ""),
        "participation_ratio": ("1 to {directions}", ""),
        "effective_rank": ("1 to {rank}", ""),
        "feature_diversity": ("0 to {log_rank}", ""),
        "stable_rank": ("1 to {rank}", ""),
        "twonn_dimension": ("from 0", ""),
        "twonn_dimension_facco": ("from 0", ""),
        "twonn_dimension_ml": ("from 0", ""),
        "twonn_duplicates": ("0 to 1", ""),
        "twonn_samples": ("1 to {samples}", ""),
    },
    "topology": {
        "betti_0": ("1 to {landmarks}", ""),
        "betti_1": ("from 0", ""),
        "betti_0_relative": ("2 to {landmarks}", ""),
        "betti_1_relative": ("from 0", ""),
        "longest_h0_bar": ("from 0", ""),
        "longest_h1_bar": ("from 0", ""),
        "h0_bars": ("from 0", ""),
        "h1_bars": ("from 0", ""),
        "loop_dominance": ("0, from 1", "loop_dominance"),
        "loop_prominence": ("from 0", "loop_prominence"),
    },
    "classes": {
        "factorisation": ("0 to 1", ""),
        "within_class_variance": ("from 0", ""),
        "between_class_variance": ("from 0", ""),
        "total_variance": ("from 0", ""),
    },
    "rings": {
        "adjacency_stride_1": ("0 to 1", ""),
        "ring_best_stride": ("1 to {half}", ""),
        "ring_best_gcd": ("1 to {half}", ""),
        "ring_best_score": ("0 to 1", "ring"),
        "quotient_scan_divisor": ("2 to {order}", ""),
        "quotient_scan_inside": ("0 or 1", ""),
        "quotient_scan_stride": ("1 to {half}", ""),
        "quotient_scan_gcd": ("1 to {half}", ""),
        "quotient_scan_score": ("0 to 1", ""),
        "quotient_scan_excess": ("to 14.1", "quotient_scan"),
    },
    "cosets": {
        "quotient_variance_best_divisor": ("2 to {half}", ""),
        "quotient_variance_best_excess": ("to 14.1", "quotient_variance_best"),
        "coset_purity_quotient": ("2 to {half}", ""),
        "coset_purity": ("0 to 1", "coset_purity"),
        "coset_purity_umap": ("0 to 1", "coset_purity_umap"),
    },
    "spectrum": {
        "spectrum_leading_frequency": ("1 to {half}", ""),
        "spectrum_leading_gcd": ("1 to {half}", ""),
        "spectrum_leading_share": ("0 to 1", "spectrum"),
        "spectrum_key_frequencies": ("0 to {half}", ""),
        "spectrum_gini": ("0 to 1", ""),
        "spectrum_mean_frequency": ("0 to 1", ""),
        "spectrum_entropy": ("0 to {log_half}", ""),
    },
    "representations": {
        "irrep_best": ("from 1", ""),
        "irrep_best_power": ("0 to 1", ""),
        "irrep_best_score": ("any", "irrep"),
        "subgroup_best": ("from 1", ""),
        "subgroup_best_order": ("2 to {half}", ""),
        "subgroup_best_side": ("0 or 1", ""),
        "subgroup_best_explained": ("0 to 1", ""),
        "subgroup_best_score": ("any", "subgroup"),
    },
}
"""By family the numbers that have a row, each with its range and the beginning of the names of its null."""
OTHERS = "other arrays"
MANY = 1e6
"""Whole numbers from here on are written as others are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number, as texts; those of what there is not are empty."""

    family: str
    name: str
    value: str
    range: str
    null_median: str
    null_95: str
    p_value: str


def rows(found: Mapping[str, Any]) -> list[Row]:
    """Make a row of each number in an answer of `latebloom.measure_cloud`, by family, in a fixed order.

    Numbers that are nan have none: `not_measured` says why.
    """
    bounds = _bounds(found)
    made = [
        Row(
            family,
            name,
            written(found[name]),
            where.format(**bounds),
            written(found.get(f"{null}_null_median"), 3),
            written(found.get(f"{null}_null_95"), 3),
            written(found.get(f"{null}_p_value"), 2),
        )
        for family, names in FAMILIES.items()
        for name, (where, null) in names.items()
        if name in found and not math.isnan(found[name])
    ]
    known = {name for names in FAMILIES.values() for name in names}
    extra = [
        Row(OTHERS, name, written(value), "", "", "", "")
        for name, value in found.items()
        if isinstance(value, float) and not math.isnan(value) and name not in known and not _of_null(name)
    ]
    return made + extra


def lists(found: Mapping[str, Any]) -> list[str]:
    """Name what has several numbers, and so no row."""
    return [
        name
        for name, value in found.items()
        if isinstance(value, list) and name != "notes" and not _of_null(name)
    ]


def written(value: float | None, digits: int = 4) -> str:
    """Write a number as a table shows it; "" for none.

    >>> written(32.0), written(0.00497512), written(0.00497512, 2), written(float("inf"))
    ('32', '0.004975', '0.005', 'inf')
    """
    if value is None:
        return ""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < MANY else f"{value:.{digits}g}"


def _of_null(name: str) -> bool:
    return "_null_" in name or name.endswith("_p_value")


def _bounds(found: Mapping[str, Any]) -> dict[str, str]:
    samples, features, order = found["samples"], found["features"], found.get("order", 0)
    rank, half = min(samples, features), order // 2
    return {
        "samples": f"{samples}",
        "directions": f"{min(samples - 1, features)}",
        "rank": f"{rank}",
        "log_rank": f"{math.log(rank):.3g}",
        "landmarks": f"{min(500, samples)}",
        "order": f"{order}",
        "half": f"{half}",
        "log_half": f"{math.log(max(1, half)):.3g}",
    }
