"""What is plain is decided plainly, and what cannot be decided says why."""

import math

import numpy as np
import pytest

from latebloom.errors import StudyError
from latebloom.study import (
    AboveNull,
    ArmGreater,
    ArmsDiffer,
    ClosedForm,
    Compared,
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
from latebloom.study.rules import RULES
from latebloom.study.rules.bounds import median_bounds, rank_correlation_bounds, shift_bounds
from latebloom.study.rules.times import median_time

EIGHT = list(range(8))


def one(values):
    return Sample({"a": list(values)})


def two(first, second):
    return Sample({"a": list(first), "b": list(second)})


def late(steps):
    return [Time(float(step)) for step in steps]


def never(count, step=1000.0):
    return [Time(step, happened=False)] * count


PLAIN = {
    "a median inside": (MedianWithin(low=0, high=7), one(EIGHT), "reproduced"),
    "a median outside": (MedianWithin(low=8), one(EIGHT), "refuted"),
    "a median across": (MedianWithin(high=4), one(EIGHT), "undecided"),
    "a mean inside": (MeanWithin(low=0, high=7), one(EIGHT), "reproduced"),
    "a mean outside": (MeanWithin(low=9), one(EIGHT), "refuted"),
    "all of eight": (ShareWithin(low=0.5), one([True] * 8), "reproduced"),
    "none of eight": (ShareWithin(low=0.5), one([False] * 8), "refuted"),
    "half of eight": (ShareWithin(low=0.5), one([True, False] * 4), "undecided"),
    "times inside": (TimeWithin(low=1, high=9), one(late(range(1, 9))), "reproduced"),
    "times beyond": (TimeWithin(high=500), one(never(8)), "refuted"),
    "times not reached": (TimeWithin(high=5000), one(never(8)), "undecided"),
    "times at least": (TimeWithin(low=900), one(never(8)), "reproduced"),
    "greater": (ArmGreater(), two(range(10, 18), EIGHT), "reproduced"),
    "smaller": (ArmGreater(), two(EIGHT, range(10, 18)), "refuted"),
    "greater, not by so much": (ArmGreater(by=20), two(range(10, 18), EIGHT), "refuted"),
    "greater or not": (ArmGreater(), two(EIGHT, EIGHT), "undecided"),
    "later": (ArmGreater(), two(never(8), late(range(1, 9))), "reproduced"),
    "sooner": (ArmGreater(), two(late(range(1, 9)), never(8)), "refuted"),
    "neither ever": (ArmGreater(), two(never(8), never(8)), "undecided"),
    "differ": (ArmsDiffer(by=1), two(range(10, 18), EIGHT), "reproduced"),
    "differ the other way": (ArmsDiffer(by=1), two(EIGHT, range(10, 18)), "reproduced"),
    "differ hardly": (ArmsDiffer(by=20), two(range(10, 18), EIGHT), "refuted"),
    "more of them": (ShareGreater(), two([True] * 8, [False] * 8), "reproduced"),
    "fewer of them": (ShareGreater(), two([False] * 8, [True] * 8), "refuted"),
    "as many of them": (ShareGreater(), two([True] * 8, [True] * 8), "undecided"),
    "the same": (Equivalent(margin=9), two(EIGHT, EIGHT), "reproduced"),
    "far apart": (Equivalent(margin=1), two(range(30, 38), EIGHT), "refuted"),
    "the same, paired": (Equivalent(margin=1), one(zip(EIGHT, EIGHT, strict=True)), "reproduced"),
    "above chance": (AboveNull(), one([0.01] * 8), "reproduced"),
    "at chance": (AboveNull(), one(np.linspace(0.03, 1, 16).tolist()), "refuted"),
    "together": (Correlates(), one(zip(EIGHT, EIGHT, strict=True)), "reproduced"),
    "opposed": (Correlates(), one(zip(EIGHT, reversed(EIGHT), strict=True)), "refuted"),
    "opposed, as claimed": (Correlates(sign=-1), one(zip(EIGHT, reversed(EIGHT), strict=True)), "reproduced"),
    "not so much together": (
        Correlates(at_least=0.9),
        one((i, i % 7) for i in range(100)),
        "refuted",
    ),
    "one does not vary": (Correlates(), one((i, 1) for i in EIGHT), "undecided"),
    "a summary inside": (
        SummaryWithin(of=lambda arms: float(np.mean(arms["a"])), what="the mean", low=0, high=7),
        one([(float(i),) for i in EIGHT]),
        "reproduced",
    ),
    "a summary outside": (
        SummaryWithin(of=lambda arms: float(np.mean(arms["a"])), what="the mean", low=9),
        one([(float(i),) for i in EIGHT]),
        "refuted",
    ),
    "a summary that is none": (
        SummaryWithin(of=lambda arms: math.nan, what="the mean", low=9),
        one([(float(i),) for i in EIGHT]),
        "undecided",
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_plain_is_decided_plainly(name):
    rule, sample, expected = PLAIN[name]
    decision = rule.judge(sample)
    assert decision.settled(decision.p) == expected
    assert decision.n == sample.n
    assert decision.why
    if decision.low is not None and decision.high is not None:
        assert decision.low <= decision.observed <= decision.high


@pytest.mark.parametrize("kind", RULES)
def test_every_kind_of_rule_has_a_formula_with_its_numbers_and_a_plain_form(kind):
    given = {
        "ClosedForm": {"tolerance": 0.125},
        "Equivalent": {"margin": 0.125},
        "SummaryWithin": {"of": max, "what": "the greatest", "low": 0.125},
        "Correlates": {"at_least": 0.125},
        "AboveNull": {"share": 0.125},
        "ArmGreater": {"by": 0.125},
        "ArmsDiffer": {"by": 0.125},
        "ShareGreater": {},
    }.get(kind.__name__, {"low": 0.125})
    rule = kind(**given)
    assert "reproduced if" in rule.formula
    assert "refuted" in rule.formula
    assert ("0.125" in rule.formula) == bool(given)
    assert rule.plain["kind"] == kind.__name__
    assert rule.plain["formula"] == rule.formula


def test_too_few_runs_are_undecided_and_told_how_many_would_do():
    decision = MedianWithin(low=0).judge(one([1, 2, 3]))
    assert (decision.answer, decision.would_do) == ("undecided", 6)
    assert "3 of the 6" in decision.why


def test_a_share_that_so_few_runs_cannot_show_is_told_how_many_would_do():
    decision = ShareWithin(low=0.9).judge(one([True] * 8))
    assert (decision.answer, decision.would_do) == ("undecided", 36)
    assert ShareWithin(low=0.9).judge(one([True] * 36)).answer == "reproduced"
    assert ShareWithin(low=0.9).judge(one([True] * 35)).answer == "undecided"


def test_an_arm_with_one_run_cannot_be_compared():
    decision = ArmGreater().judge(two([5], range(9)))
    assert decision.answer == "undecided"
    assert "a: 1, b: 9" in decision.why


def test_a_p_that_the_correction_takes_above_the_level_leaves_the_claim_undecided():
    decision = ArmGreater().judge(two(range(3, 11), EIGHT))
    assert decision.p < 0.05
    assert (decision.settled(decision.p), decision.settled(0.06)) == ("reproduced", "undecided")


def test_the_median_of_times_is_bounded_by_members_and_censored_ones_bound_from_below_alone():
    assert median_time([*late([1, 2, 3, 4, 5]), *never(3)]) == (4.5, 1.0, None)
    assert median_time([*late([1, 2, 3]), *never(5)]) == (None, 1.0, None)
    left = [*late([10, 20, 30, 40]), Time(15.0, happened=False), Time(35.0, happened=False)]
    assert median_time(left).median == 30.0


def test_bounds_are_those_of_the_tables():
    assert median_bounds(range(1, 11)) == (2.0, 9.0)  # Conover: n = 10, 2nd and 9th
    assert median_bounds(range(5)) == (None, None)
    middle, (low, high) = shift_bounds(range(10, 18), EIGHT)
    assert (middle, low, high) == (10.0, 7.0, 13.0)
    low, high = rank_correlation_bounds(1.0, 8)
    assert 0.5 < low < high <= 1
    assert rank_correlation_bounds(0.5, 3) == (None, None)


def test_a_closed_form_is_held_against_the_farthest_number():
    rule = ClosedForm(tolerance=0.01)
    near = Compared("near", 1.001, 1.0)
    assert rule.compare([near, Compared("nought", 0.005, 0.0)]).answer == "reproduced"
    far = rule.compare([near, Compared("far", 3.0, 2.0)])
    assert (far.answer, far.observed) == ("refuted", 0.5)
    assert "far" in far.why
    assert rule.compare([near, Compared("none", math.nan, 2.0)]).answer == "refuted"
    assert rule.compare([Compared("scaled", 3.0, 2.0, scale=1000)]).answer == "reproduced"
    with pytest.raises(StudyError, match="nothing to compare"):
        rule.compare([])
    with pytest.raises(StudyError, match="computed"):
        rule.judge(one([1]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MedianWithin(), "open on both sides"),
        (lambda: MeanWithin(low=2, high=1), "empty"),
        (lambda: ShareWithin(low=1.5), "from 0 to 1"),
        (lambda: AboveNull(share=0.01), "level < share"),
        (lambda: Correlates(sign=2), "1 or -1"),
        (lambda: TimeWithin(low=0, least=0), "least"),
        (lambda: MedianWithin(low=0).judge(one(late(EIGHT))), "a number of each run"),
        (lambda: ShareWithin(low=0.5).judge(one([0.5] * 8)), "True or False"),
        (lambda: ShareGreater().judge(two([0.5] * 8, [True] * 8)), "True or False"),
        (lambda: AboveNull().judge(one([2.0] * 8)), "p-value"),
        (lambda: Correlates().judge(one(EIGHT)), "a pair"),
        (lambda: TimeWithin(low=1).judge(one([(1.0, 2.0)] * 8)), "a Time"),
        (
            lambda: SummaryWithin(of=lambda arms: "much", what="all", low=1).judge(one([(1.0,)] * 8)),
            "must be a number",
        ),
    ],
)
def test_a_rule_or_a_statistic_that_makes_no_sense_is_refused(make, message):
    with pytest.raises(StudyError, match=message):
        make()
