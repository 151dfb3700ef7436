import math

import pytest

from latebloom.studies import sweep
from latebloom.studies.sweep import BASE, MAP, STUDY
from latebloom.study import RunEvidence, Sample, Time


def made(time, seed=0, steps=10_000, rate=3e-3, decay=1.0):
    curve = {step: float(time is not None and step >= time) for step in range(0, steps + 1, 100)}
    optimizer = {"optimizer": {"learning_rate": rate, "weight_decay": decay}}
    return RunEvidence.made("a", seed, {"test_accuracy": curve}, spec=optimizer)


def judged(name, *groups, rival=False):
    claim = STUDY.claim(name, "laptop")
    statistic = (claim.rival.statistic if rival else None) or claim.statistic
    rule = claim.rival.rule if rival else claim.rule
    arms = claim.arms if len(groups) == len(claim.arms) else [str(place) for place in range(len(groups))]
    return rule.judge(
        Sample({arm: [statistic(run) for run in group] for arm, group in zip(arms, groups, strict=True)})
    )


def times(*steps, **settings):
    return [made(step, seed, **settings) for seed, step in enumerate(steps)]


def test_every_setting_of_the_map_is_an_arm_and_they_are_trained_together():
    arms = {arm.name: arm for arm in STUDY.arms_at("laptop")}
    assert {arm.together for name, arm in arms.items() if name in MAP.values()} == {"map"}
    for (rate, decay), name in MAP.items():
        optimizer = arms[name].spec.optimizer
        assert (optimizer.learning_rate, optimizer.weight_decay) == (float(rate), float(decay))
    assert len({arm.spec.shape() for name, arm in arms.items() if name in MAP.values()}) == 1
    assert len(STUDY.claims) >= 5


def test_the_architectures_differ_in_the_model_alone():
    arms = {arm.name: arm.spec for arm in STUDY.arms_at("laptop")}
    for name in sweep.ARCHITECTURES:
        assert arms[name].optimizer == arms[BASE].optimizer
        assert arms[name].task == arms[BASE].task
        assert arms[name].model != arms[BASE].model


def test_later_and_sooner_are_told_apart_with_censored_runs_counted():
    early, late = times(900, 1000, 1100, 1200, 1300, 1400), times(5000, 6000, 7000, None, None, None)
    found = judged("decay-helps", late, early)
    assert (found.answer, found.censored) == ("reproduced", 3)
    assert judged("decay-helps", early, late).answer == "refuted"


def test_the_tenfold_time_is_a_ratio_of_medians():
    base = times(1000, 1100, 1000, 900, 1000, 1000)
    tenfold = times(10_000, 11_000, 9000, 10_000, 10_000, 10_000, steps=50_000)
    twice = times(2000, 2100, 1900, 2000, 2000, 2000, steps=50_000)
    assert judged("decay-tenfold", tenfold, base).answer == "reproduced"
    assert judged("decay-tenfold", twice, base).answer == "refuted"
    assert math.isnan(sweep.ratio_of_medians({"a": [Time(9.0, happened=False)], "b": [Time(1.0)]}))


def test_runs_without_decay_that_grok_refute_that_decay_is_needed():
    assert judged("no-decay-no-grokking", times(*[None] * 6)).answer == "reproduced"
    assert judged("no-decay-no-grokking", times(*[3000] * 6)).answer == "refuted"


def test_the_product_of_rate_and_decay_is_told_from_decay_alone():
    runs = [
        made(1000 + 500 * place + seed, seed, rate=rate, decay=decay)
        for seed in range(4)
        for place, (rate, decay) in enumerate([(1e-2, 1.0), (1e-2, 0.3), (1e-3, 1.0), (1e-3, 0.3)])
    ]
    assert judged("decay-over-the-map", runs, rival=True).observed == pytest.approx(-1.0, abs=0.05)
    assert judged("decay-over-the-map", runs).observed > -0.6
