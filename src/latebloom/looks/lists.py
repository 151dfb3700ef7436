"""Measures that cannot be looks, since what they give is no number of a run's log: why, and which can instead."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from latebloom.measures import MEASURES


class Instead(NamedTuple):
    """What a measure gives, and the measures that make numbers of it."""

    gives: str
    ask: tuple[str, ...]


LISTS: Mapping[str, Instead] = MappingProxyType(
    {
        "class_centroids": Instead("a point for each class", ("ring_scan", "group_spectrum")),
        "coset_concentration": Instead("a subgroup for each unit", ("subgroup_scan",)),
        "covariance_spectrum": Instead("an eigenvalue for each feature", ("linear_dimensions",)),
        "irrep_power": Instead("a share for each irrep", ("irrep_scan",)),
        "logit_trace_similarity": Instead("a cosine for each irrep", ("logit_trace_scan",)),
        "persistence_diagrams": Instead(
            "the ends of each bar", ("persistence_summary", "betti_numbers", "loop_strength")
        ),
        "quotient_centroids": Instead("a point for each coset", ("quotient_ring_scan",)),
        "singular_values": Instead("a value for each row or column", ("weight_spectrum",)),
        "tangent_kernel": Instead(
            "an entry for each two samples",
            ("kernel_alignment", "kernel_target_alignment", "kernel_distance"),
        ),
    }
)
"""Every measure that gives lists alone. A test tries all others."""


def no_number(measure: str) -> str:
    """Say why such a measure cannot be a look, and what to do instead."""
    gives, ask = LISTS[measure]
    room = "latebloom.measures" if measure in MEASURES else "latebloom.measures.functions"
    return (
        f"gives no single number for each run, but {gives}; {' or '.join(ask)} would, or call {room}.{measure} "
        "on stored activations and weights"
    )
