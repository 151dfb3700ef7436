import math

import numpy as np
import pytest

from latebloom.studies import early
from latebloom.studies.early import ALL, NUMBERS, STEP, STUDY, TEST_LOSS
from latebloom.study import LeftOut, RunEvidence, Sample


def made(seed, time, steps=8000, **values):
    """A run that groks at a step, whose numbers are constant."""
    at = range(0, steps + 1, 100)
    curves = {name: dict.fromkeys(at, values.get(name.split("@")[0], 1.0)) for name in NUMBERS}
    curves["test_accuracy"] = {step: float(time is not None and step >= time) for step in at}
    return RunEvidence.made("addition", seed, curves)


def population(informed, seed=0, runs=48, noise=0.05):
    """Runs whose times one number tells, and the others do not."""
    rng = np.random.default_rng(seed)
    found = []
    for run in range(runs):
        time = int(rng.integers(20, 75)) * 100
        values = {name.split("@")[0]: float(rng.normal()) for name in NUMBERS}
        values[informed] = -time / 8000 + noise * float(rng.normal())
        found.append(made(run, time, **values))
    return found


def judged(claim, runs, rival=False):
    claim = STUDY.claim(claim, "laptop")
    rule = claim.rival.rule if rival else claim.rule
    found = [claim.statistic(run) for run in runs]
    return rule.judge(Sample({"addition": [one for one in found if not isinstance(one, LeftOut)]}))


def test_the_windows_are_a_quarter_and_a_half_of_the_declared_median():
    assert pytest.approx(early.MEDIAN / 4) == early.QUARTER
    assert pytest.approx(early.MEDIAN / 2) == early.HALF
    used = {seed for scale in STUDY.scales for arm in STUDY.arms_at(scale) for seed in arm.seeds}
    assert not used & set(range(1000, 1008))


def test_the_window_is_one_step_for_all_runs_and_leaves_out_those_that_had_grokked():
    observe = early.at_share(0.2)
    assert observe(made(0, 1600)) == LeftOut("had grokked before the window")
    late, never = observe(made(0, 4000)), observe(made(1, None))
    assert late[-1] == never[-1] == 0.2
    assert (late[1], never[1]) == (0.5, 1.0)


def test_the_own_window_moves_with_the_answer():
    assert early.at_own_time(0.5)(made(0, 4000))[-1] == 0.25
    assert isinstance(early.at_own_time(0.5)(made(0, None)), LeftOut)


def test_structure_that_tells_the_time_is_found_and_noise_is_not():
    runs = population("spectrum_gini")
    assert judged("structure-at-quarter", runs).answer == "reproduced"
    assert judged("auc-at-half", runs).answer == "reproduced"
    assert judged("structure-at-quarter", runs, rival=True).answer != "reproduced"
    assert judged("ahead-of-test-loss", runs).answer == "reproduced"


def test_a_simple_number_that_tells_more_refutes_that_structure_is_ahead():
    runs = population("train_loss")
    assert judged("ahead-of-training-loss", runs).answer == "refuted"
    assert judged("structure-at-half", runs).answer != "reproduced"


def test_noise_is_seldom_called_an_early_indicator():
    answers = [
        judged("structure-at-half", population("nothing", seed=seed, runs=24)).answer for seed in range(5)
    ]
    assert "reproduced" not in answers


def test_in_the_published_window_the_step_alone_tells_everything():
    runs = population("nothing")
    assert judged("at-half-of-the-own-time", runs, rival=True).answer == "reproduced"


def test_the_sign_is_learned_on_even_seeds_and_can_fail_on_odd_ones():
    rows = np.array(
        [(seed, seed / 40, *([0.0] * 4), 0.0, 0.0, seed * (-1) ** seed, 0.1) for seed in range(40)]
    )
    assert early.held_out(TEST_LOSS)({"a": rows.tolist()}) == pytest.approx(-1.0)
    assert math.isnan(early.held_out(STEP)({"a": rows.tolist()}))
    assert early.predicted(rows[:6], ALL) is None
