"""Confidence intervals that hold their level where runs are few. scipy is loaded when it is used."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latebloom.statistics import rate

LEVEL = 0.05
NORMAL = NormalDist()
Bounds = tuple[float | None, float | None]


def median_bounds(values: Sequence[float], level: float = LEVEL) -> Bounds:
    """Bound a median by two members of the sample; None on both sides where the sample is too small.

    Holds its level for every distribution, ties and infinities among the values included.

    Source: Conover, Practical Nonparametric Statistics, 3.2.

    >>> median_bounds([1, 2, 3, 4, 5, 6])
    (1.0, 6.0)
    """
    place = _rank(len(values), level)
    ordered = sorted(values)
    return (float(ordered[place - 1]), float(ordered[len(ordered) - place])) if place else (None, None)


def _rank(n: int, level: float) -> int:
    """The largest k with P(Binomial(n, 1/2) < k) <= level / 2; 0 where there is none."""
    total, rank = 0.0, 0
    while True:
        total += math.comb(n, rank) / 2**n
        if total > level / 2:
            return rank
        rank += 1


@lru_cache(maxsize=256)
def student(share: float, freedom: float) -> float:
    """Return the quantile of Student's t."""
    from scipy.stats import t

    return float(t.ppf(share, freedom))


def mean_bounds(values: Sequence[float], level: float = LEVEL) -> Bounds:
    """Bound a mean by Student's t; a single number bounds nothing."""
    n = len(values)
    if n < 2:
        return None, None
    half = student(1 - level / 2, n - 1) * float(np.std(values, ddof=1)) / math.sqrt(n)
    mean = float(np.mean(values))
    return mean - half, mean + half


@lru_cache(maxsize=4096)
def share_bounds(count: int, of: int, level: float = LEVEL) -> tuple[float, float]:
    """Bound a share by Clopper and Pearson's exact interval, which holds its level for every share."""
    from scipy.stats import binomtest

    found = binomtest(count, of).proportion_ci(1 - level, method="exact")
    return float(found.low), float(found.high)


def shift_bounds(
    first: Sequence[float], second: Sequence[float], level: float = LEVEL
) -> tuple[float, Bounds]:
    """Estimate by how much `first` lies above `second`: the median of all differences, and its interval.

    The interval inverts the Mann-Whitney test; its ranks are by the normal approximation, rounded outwards.

    Source: Hodges and Lehmann 1963; Conover, 5.4.

    >>> shift_bounds([11, 12, 13, 14], [1, 2, 3, 4])
    (10.0, (7.0, 13.0))
    """
    m, n = len(first), len(second)
    differences = np.sort(np.subtract.outer(np.asarray(first, float), np.asarray(second, float)).ravel())
    middle = float(np.median(differences))
    spread = math.sqrt(m * n * (m + n + 1) / 12)
    place = math.floor(m * n / 2 - NORMAL.inv_cdf(1 - level / 2) * spread)
    if place < 1:
        return middle, (None, None)
    return middle, (float(differences[place - 1]), float(differences[m * n - place]))


def rank_correlation_bounds(rho: float, n: int, level: float = LEVEL) -> Bounds:
    """Bound a rank correlation by Fisher's z with the variance of Bonett and Wright 2000."""
    if n < 4:
        return None, None
    # z is infinite at 1; one pair of neighbours exchanged gives the nearest value that is not
    nearest = min(abs(rho), 1 - 12 / (n * (n * n - 1)))
    middle = math.copysign(math.atanh(nearest), rho)
    half = NORMAL.inv_cdf(1 - level / 2) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return min(rho, math.tanh(middle - half)), max(rho, math.tanh(middle + half))


def bootstrap_bounds(
    groups: Sequence[Sequence[object]],
    of: Callable[[Sequence[Sequence[object]]], float],
    *,
    draws: int = 2000,
    seed: int = 0,
    level: float = LEVEL,
) -> tuple[Bounds, NDArray[np.float64]]:
    """Bound a number computed of groups of runs, by drawing runs within their groups with replacement.

    Percentiles, widened for few runs as Hesterberg 2015 has it, so that they hold about as a t interval does. The draws
    are seeded, so the same runs give the same bounds. Draws of which the number is nan are left out.
    """
    random = np.random.default_rng(seed)
    drawn = np.array(
        [
            of([[group[place] for place in random.integers(0, len(group), len(group))] for group in groups])
            for _ in range(draws)
        ]
    )
    drawn = drawn[~np.isnan(drawn)]
    n = min(map(len, groups))
    if n < 2 or len(drawn) < draws / 2:
        return (None, None), drawn
    tail = NORMAL.cdf(math.sqrt(n / (n - 1)) * student(level / 2, n - 1))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return (float(low), float(high)), drawn


class Difference(NamedTuple):
    """A difference of means, its 95 % interval, and the t distribution behind it."""

    difference: float
    low: float
    high: float
    error: float
    freedom: float

    def above(self, value: float) -> float:
        """Return the p of the test whether the difference is above a value."""
        return self._tail(self.difference - value)

    def below(self, value: float) -> float:
        """Return the p of the test whether the difference is below a value."""
        return self._tail(value - self.difference)

    def _tail(self, distance: float) -> float:
        from scipy.stats import t

        if self.error == 0:
            return 0.0 if distance > 0 else 1.0
        return float(t.sf(distance / self.error, self.freedom))


def welch(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Compare two means by Welch's t, or the mean of one sample with 0 where the second is empty."""
    parts = [np.asarray(group, dtype=np.float64) for group in (first, second) if len(group)]
    errors = [float(np.var(part, ddof=1)) / len(part) for part in parts]
    difference = float(parts[0].mean()) - (float(parts[1].mean()) if len(parts) == 2 else 0.0)
    total = sum(errors)
    shares = sum(one**2 / (len(part) - 1) for one, part in zip(errors, parts, strict=True))
    freedom = total**2 / shares if shares else float(len(first))
    error = math.sqrt(total)
    half = student(1 - LEVEL / 2, freedom) * error
    return Difference(difference, difference - half, difference + half, error, freedom)


def newcombe_bounds(count: int, of: int, other: int, others: int) -> tuple[float, float, float]:
    """Return a difference of shares and its interval.

    Source: Newcombe 1998, method 10: the two Wilson intervals, squared and added.
    """
    first, second = rate(count, of), rate(other, others)
    a, b = count / of, other / others
    low_a, high_a = first["low"] or 0.0, 1.0 if first["high"] is None else first["high"]
    low_b, high_b = second["low"] or 0.0, 1.0 if second["high"] is None else second["high"]
    below, above = math.hypot(a - low_a, high_b - b), math.hypot(high_a - a, b - low_b)
    return a - b, a - b - below, a - b + above
