"""Rates with intervals and times with censoring, at 95 % confidence. scipy is loaded when it is used."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
ROUNDING = 1e-9  # a survival of one half comes as a product of fractions, 1e-16 off


def finite(value: float | None) -> float | None:
    """Put a number in a form JSON has: None for nan and the infinities."""
    return value if value is not None and math.isfinite(value) else None


def finite_list(values: Sequence[float] | NDArray[np.float64]) -> list[float | None]:
    """Put numbers in a form JSON has, as `finite` does."""
    array = np.asarray(values, dtype=np.float64)
    if np.isfinite(array).all():
        return array.tolist()
    return [finite(value) for value in array.tolist()]


class Rate(TypedDict):
    """`count` of `of` runs; `share` and its Wilson interval are None where `of` is 0."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class SurvivalCurve(TypedDict):
    """Kaplan-Meier: the share to which it has not happened from `at[i]` on; its 95 % interval.

    The interval is None where it is undefined. The curve begins with 1 at 0. `censored` are the times at
    which runs were last seen without it, sorted.
    """

    at: list[float]
    share: list[float | None]
    low: list[float | None]
    high: list[float | None]
    censored: list[float]


class Times(TypedDict):
    """How long until something happened, no run left out: those to which it did not are right-censored.

    Attributes:
        happened, censored: how many runs each.
        median: the first time by which it had happened to half of the runs; None if it has not.
        low, high: the median's 95 % interval; None where the data do not bound it. By order statistics where
            no run is censored, which is exact; else by where the survival curve's interval crosses one half.
        lower_quartile, upper_quartile: the same as the median for a quarter and three quarters.
        curve: the survival curve that these were read from.
    """

    happened: int
    censored: int
    median: float | None
    low: float | None
    high: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    curve: SurvivalCurve


class Quartiles(TypedDict):
    """The ordinary quartiles of `of` numbers, with the smallest; None where there are none."""

    of: int
    lowest: float | None
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None


def rate(count: int, of: int) -> Rate:
    """Give a share of runs with its Wilson interval.

    Source: Wilson 1927, as `scipy.stats.binomtest(...).proportion_ci`.

    >>> found = rate(9, 10)
    >>> found["share"], round(found["low"], 3), round(found["high"], 3)
    (0.9, 0.596, 0.982)
    """
    if of == 0:
        return Rate(count=0, of=0, share=None, low=None, high=None)
    from scipy.stats import binomtest

    interval = binomtest(count, of).proportion_ci(CONFIDENCE, method="wilson")
    return Rate(count=count, of=of, share=count / of, low=float(interval.low), high=float(interval.high))


def times(happened: Sequence[float], censored: Sequence[float]) -> Times:
    """Estimate when something happens, from when it did and when other runs were last seen without.

    Source: Kaplan and Meier 1958, with log-log intervals, as `scipy.stats.ecdf`; the median's interval by
    Brookmeyer and Crowley 1982, or without censoring by Conover 1999, as `scipy.stats.quantile_test`.

    >>> found = times([100, 200, 300], [400])
    >>> found["median"], found["upper_quartile"], found["censored"]
    (200.0, 300.0, 1)
    >>> times([100], [400, 400])["median"] is None
    True
    """
    if not len(happened) and not len(censored):
        empty = SurvivalCurve(at=[], share=[], low=[], high=[], censored=[])
        return Times(
            happened=0,
            censored=0,
            median=None,
            low=None,
            high=None,
            lower_quartile=None,
            upper_quartile=None,
            curve=empty,
        )
    at, share, low, high = _kaplan_meier(happened, censored)
    crossings = _first(at, low <= 0.5 + ROUNDING), _first(at, high <= 0.5 + ROUNDING)
    bounds = crossings if len(censored) else _order_statistics(happened)
    return Times(
        happened=len(happened),
        censored=len(censored),
        median=_first(at, share <= 0.5 + ROUNDING),
        low=bounds[0],
        high=bounds[1],
        lower_quartile=_first(at, share <= 0.75 + ROUNDING),
        upper_quartile=_first(at, share <= 0.25 + ROUNDING),
        curve=SurvivalCurve(
            at=at.tolist(),
            share=finite_list(share),
            low=finite_list(low),
            high=finite_list(high),
            censored=sorted(float(time) for time in censored),
        ),
    )


def _kaplan_meier(happened: Sequence[float], censored: Sequence[float]) -> tuple[NDArray[np.float64], ...]:
    """Return times, survival and its interval, beginning with 1 at 0; all of shape (time,)."""
    from scipy.stats import CensoredData, ecdf

    survival: Any = ecdf(CensoredData(uncensored=happened, right=censored)).sf
    with warnings.catch_warnings():
        # scipy warns that the interval is undefined at survivals of 0 and 1; it is nan there, shown as none
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)
        interval = survival.confidence_interval(CONFIDENCE, method="log-log")
    share = np.asarray(survival.probabilities, dtype=np.float64)
    bounds = (interval.low.probabilities, interval.high.probabilities)
    low, high = (np.where(share == 1, 1.0, np.asarray(bound, dtype=np.float64)) for bound in bounds)
    at = np.asarray(survival.quantiles, dtype=np.float64)
    if at[0] > 0:
        return np.r_[0.0, at], np.r_[1.0, share], np.r_[1.0, low], np.r_[1.0, high]
    return at, share, low, high


def _order_statistics(happened: Sequence[float]) -> tuple[float | None, float | None]:
    """Bound the median of a complete sample by two of its members; None where it is too small for that."""
    from scipy.stats import quantile_test

    interval = quantile_test(np.asarray(happened, dtype=np.float64), p=0.5).confidence_interval(CONFIDENCE)
    return finite(float(interval.low)), finite(float(interval.high))


def _first(at: NDArray[np.float64], reached: NDArray[np.bool_]) -> float | None:
    """The first time at which a condition holds; None if it never does. nan compares as not reached."""
    return float(at[int(np.argmax(reached))]) if reached.any() else None


def quartiles(values: Sequence[float]) -> Quartiles:
    """Give the ordinary quartiles of numbers that all runs have.

    >>> quartiles([1.0, 2.0, 4.0])["median"]
    2.0
    """
    if not len(values):
        return Quartiles(of=0, lowest=None, lower_quartile=None, median=None, upper_quartile=None)
    lowest, lower, middle, upper = np.quantile(
        np.asarray(values, dtype=np.float64), [0, 0.25, 0.5, 0.75]
    ).tolist()
    return Quartiles(of=len(values), lowest=lowest, lower_quartile=lower, median=middle, upper_quartile=upper)
