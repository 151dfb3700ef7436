"""On records whose truth is known, each kind of rule errs seldom: false "reproduced", false "refuted", under 5 %."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest

from latebloom.study import (
    AboveNull,
    ArmGreater,
    ArmsDiffer,
    Correlates,
    Equivalent,
    MeanWithin,
    MedianWithin,
    Sample,
    ShareGreater,
    ShareWithin,
    SummaryWithin,
    Time,
    TimeWithin,
)

DRAWS = 1000
SIZES = (8, 32)


def one(values):
    return Sample({"a": list(values)})


def two(first, second):
    return Sample({"a": list(first), "b": list(second)})


def times(random, n, median, end, leaving=False):
    """Weibull times of that median, watched until `end`, or until they leave at random before."""
    happened = median * (random.exponential(size=n) / np.log(2)) ** 0.5
    watched = np.minimum(end, random.uniform(end / 2, 2 * end, n)) if leaving else np.full(n, end)
    return [Time(float(min(t, w)), bool(t <= w)) for t, w in zip(happened, watched, strict=True)]


def bent(random, n, rho):
    """Pairs of that correlation, one of them bent: ranks do not mind."""
    first, noise = random.normal(size=(2, n))
    second = rho * first + np.sqrt(1 - rho**2) * noise
    return list(zip(first.tolist(), np.exp(second).tolist(), strict=True))


def p_values(random, n, above):
    """p-values of runs of which a share is above chance."""
    return np.where(random.random(n) < above, 0.001, random.random(n)).tolist()


def middle(groups):
    return float(np.mean([value for (value,) in groups["a"]]))


def singles(values):
    return one([(float(value),) for value in values])


@dataclass(frozen=True)
class Case:
    """A rule; draws just outside what it claims, so that "reproduced" is false; and inside, so that "refuted" is."""

    rule: object
    outside: object
    inside: object


CASES = {
    "MedianWithin, skewed": Case(
        MedianWithin(low=1.0),
        lambda r, n: one(np.exp(r.normal(-0.001, 1, n)).tolist()),
        lambda r, n: one(np.exp(r.normal(0.001, 1, n)).tolist()),
    ),
    "MedianWithin, whole numbers": Case(
        MedianWithin(low=11, high=14),
        lambda r, n: one(r.poisson(10.0, n).tolist()),
        lambda r, n: one(r.poisson(11.0, n).tolist()),
    ),
    "MeanWithin": Case(
        MeanWithin(low=0.0, high=1.0),
        lambda r, n: one(r.normal(1.001, 1, n).tolist()),
        lambda r, n: one(r.normal(0.999, 1, n).tolist()),
    ),
    "ShareWithin, high": Case(
        ShareWithin(low=0.9),
        lambda r, n: one((r.random(n) < 0.899).tolist()),
        lambda r, n: one((r.random(n) < 0.901).tolist()),
    ),
    "ShareWithin, low": Case(
        ShareWithin(high=0.05),
        lambda r, n: one((r.random(n) < 0.051).tolist()),
        lambda r, n: one((r.random(n) < 0.049).tolist()),
    ),
    "ShareWithin, both": Case(
        ShareWithin(low=0.5, high=0.8),
        lambda r, n: one((r.random(n) < 0.499).tolist()),
        lambda r, n: one((r.random(n) < 0.501).tolist()),
    ),
    "TimeWithin, some not reached": Case(
        TimeWithin(high=1000.0),
        lambda r, n: one(times(r, n, 1001.0, 1300.0)),
        lambda r, n: one(times(r, n, 999.0, 1300.0)),
    ),
    "TimeWithin, some leave": Case(
        TimeWithin(low=1000.0),
        lambda r, n: one(times(r, n, 999.0, 2000.0, leaving=True)),
        lambda r, n: one(times(r, n, 1001.0, 2000.0, leaving=True)),
    ),
    "ArmGreater": Case(
        ArmGreater(),
        lambda r, n: two(r.normal(0, 1, n), r.normal(0.001, 1, n)),
        lambda r, n: two(r.normal(0.001, 1, n), r.normal(0, 1, n)),
    ),
    "ArmGreater, censored": Case(
        ArmGreater(),
        lambda r, n: two(times(r, n, 999.0, 1300.0), times(r, n, 1000.0, 1300.0)),
        lambda r, n: two(times(r, n, 1001.0, 1300.0), times(r, n, 1000.0, 1300.0)),
    ),
    "ArmsDiffer": Case(
        ArmsDiffer(by=1.0),
        lambda r, n: two(r.normal(0.999, 1, n), r.normal(0, 1, n)),
        lambda r, n: two(r.normal(1.001, 1, n), r.normal(0, 1, n)),
    ),
    "ShareGreater": Case(
        ShareGreater(),
        lambda r, n: two((r.random(n) < 0.5).tolist(), (r.random(n) < 0.501).tolist()),
        lambda r, n: two((r.random(n) < 0.501).tolist(), (r.random(n) < 0.5).tolist()),
    ),
    "Equivalent": Case(
        Equivalent(margin=1.0),
        lambda r, n: two(r.normal(1.001, 1, n), r.normal(0, 1, n)),
        lambda r, n: two(r.normal(0.999, 1, n), r.normal(0, 1, n)),
    ),
    "Equivalent, paired": Case(
        Equivalent(margin=1.0),
        lambda r, n: one(zip(r.normal(1.001, 1, n).tolist(), [0.0] * n, strict=True)),
        lambda r, n: one(zip(r.normal(0.999, 1, n).tolist(), [0.0] * n, strict=True)),
    ),
    "AboveNull": Case(
        AboveNull(share=0.5),
        lambda r, n: one(p_values(r, n, 0.47)),
        lambda r, n: one(p_values(r, n, 0.48)),
    ),
    "Correlates": Case(
        Correlates(sign=1),
        lambda r, n: one(bent(r, n, -0.001)),
        lambda r, n: one(bent(r, n, 0.001)),
    ),
    "Correlates, at least": Case(
        Correlates(sign=-1, at_least=0.5),
        lambda r, n: one(bent(r, n, -0.51)),
        lambda r, n: one(bent(r, n, -0.53)),
    ),
    "SummaryWithin": Case(
        SummaryWithin(of=middle, what="the mean", high=1.0, draws=200),
        lambda r, n: singles(r.normal(1.001, 1, n)),
        lambda r, n: singles(r.normal(0.999, 1, n)),
    ),
}


def answers(case, draw, n):
    random = np.random.default_rng(20 + n)
    decisions = (case.rule.judge(draw(random, n)) for _ in range(DRAWS))
    return Counter(decision.settled(decision.p) for decision in decisions)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_a_claim_that_is_just_false_is_seldom_reproduced(name, n):
    assert answers(CASES[name], CASES[name].outside, n)["reproduced"] < 0.05 * DRAWS


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_a_claim_that_is_just_true_is_seldom_refuted(name, n):
    assert answers(CASES[name], CASES[name].inside, n)["refuted"] < 0.05 * DRAWS
