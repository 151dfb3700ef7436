"""How pure clusters are at every quotient of the group, and at the one that the group's spectrum suggests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from latebloom.measures.applying import apply
from latebloom.measures.clusters import umap_plane
from latebloom.tasks.numbers import divisors

MOST_CLUSTERS = 64
"""Quotients with more cosets are left out: k-means with 48 clusters on 6587 x 128 points took 2.3 s."""
DRAWS = 1000
"""Relabellings. The p-value is multiplied by the number of quotients; with 200 none would be below 0.05."""


@dataclass(frozen=True, slots=True)
class Purities:
    """Purities by quotient, those of the suggested quotient under the measure's own names, or why there are none."""

    by_quotient: Mapping[int, Mapping[str, float]]
    numbers: Mapping[str, Tensor]
    reason: str


def coset_purities(inputs: Mapping[str, object], order: int, leading_gcd: int) -> Purities:
    """Measure `coset_purity` at each proper quotient with up to 64 cosets.

    An embedding at a frequency that shares the divisor g with the order is constant on order / g cosets: that
    quotient is the suggested one. As it was suggested by the same points, the p-value under the measure's own
    name is that of its quotient times the number of quotients, at most 1. In `by_quotient` p-values are as
    `latebloom.measures.coset_purity` gives them, each for a quotient that was chosen beforehand.

    Args:
        inputs: points, labels (coordinates) and order.
        order: of the group, which is not prime.
        leading_gcd: the divisor that the leading frequency of the spectrum shares with the order.
    """
    quotients = [divisor for divisor in divisors(order)[1:-1] if divisor <= MOST_CLUSTERS]
    each = {quotient: apply("coset_purity", inputs, quotient=quotient, draws=DRAWS) for quotient in quotients}
    by_quotient = {
        quotient: {name.removeprefix("coset_"): value.item() for name, value in sorted(found.items())}
        for quotient, found in each.items()
    }
    suggested = order // leading_gcd
    if leading_gcd == 1:
        reason = (
            f"the leading frequency of the spectrum shares no divisor with {order}: no quotient is suggested"
        )
        return Purities(by_quotient, {}, reason)
    if suggested not in each:
        return Purities(by_quotient, {}, f"the quotient {suggested} has more than {MOST_CLUSTERS} cosets")
    numbers = each[suggested]
    p_value = (numbers["coset_purity_p_value"] * len(quotients)).clamp(max=1.0)
    quotient = p_value.new_tensor(float(suggested))
    return Purities(
        by_quotient, {**numbers, "coset_purity_p_value": p_value, "coset_purity_quotient": quotient}, ""
    )


def plane_purities(inputs: Mapping[str, object], order: int, leading_gcd: int) -> Purities:
    """Do as `coset_purities` in the UMAP plane of the points, laid out once; names begin with coset_purity_umap.

    Raises:
        ShapeError: fewer than 16 points.
        MissingExtraError: umap-learn is not installed.
    """
    points = inputs["points"]
    assert isinstance(points, Tensor)
    plane = umap_plane(points.double())
    found = coset_purities({**inputs, "points": plane}, order, leading_gcd)
    numbers = {
        name.replace("coset_purity", "coset_purity_umap"): value
        for name, value in found.numbers.items()
        if name != "coset_purity_quotient"  # the same
    }
    return Purities(found.by_quotient, numbers, found.reason)
