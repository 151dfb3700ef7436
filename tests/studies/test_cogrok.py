import pytest

from latebloom.studies import cogrok
from latebloom.studies.cogrok import OPERATIONS, STUDY, accuracy_of, frequency_of
from latebloom.study import Evidence, LeftOut, RunEvidence, Sample, Time

STEPS = range(0, 1001, 100)


def made(times, frequencies=None, p_value=0.004, seed=0):
    """A run whose operations grok at these steps (None: never)."""
    curves = {
        accuracy_of(one): {step: float(time is not None and step >= time) for step in STEPS}
        for one, time in times.items()
    }
    curves["test_accuracy"] = dict.fromkeys(STEPS, 0.5)
    for one, frequency in (frequencies or {}).items():
        curves[frequency_of(one)] = {0: 1.0, 1000: float(frequency)}
    curves["spectrum_p_value@final/multiplication"] = {0: 1.0, 1000: p_value}
    return RunEvidence.made("together", seed, curves)


def observed(claim, run):
    return STUDY.claim(claim, "laptop").statistic(run)


def test_the_arms_see_as_many_examples_of_each_task_and_the_rival_as_many_in_a_batch():
    arms = {arm.name: arm.spec for arm in STUDY.arms_at("laptop")}
    batch = {name: spec.training.batch for name, spec in arms.items()}
    assert batch["together"] == 3 * batch["addition"] == batch["addition-large"]
    assert batch["addition"] == batch["subtraction"] == batch["multiplication"]
    assert arms["together"].task.operations == OPERATIONS
    assert len({spec.steps for spec in arms.values()}) == 1
    assert len(STUDY.claims) >= 4


def test_an_operations_time_is_that_of_its_own_accuracy():
    run = made({"addition": 300, "subtraction": 500, "multiplication": None})
    assert observed("addition-sooner", run) == Time(300.0)
    assert observed("subtraction-sooner", run) == Time(500.0)
    assert observed("multiplication-sooner", run) == Time(1000.0, happened=False)
    assert observed("all-grok", run) is False
    assert observed("addition-first", run) is True
    assert observed("nearly-at-once", run) == LeftOut("not both grokked")


def test_the_order_and_the_ratio_of_two_tasks_can_come_out_either_way():
    late = made({"addition": 600, "subtraction": 500, "multiplication": 300})
    assert observed("addition-first", late) is False
    assert observed("nearly-at-once", late) == pytest.approx(0.5)
    never = made({"addition": None, "subtraction": None, "multiplication": None})
    assert observed("addition-first", never) == LeftOut("neither grokked")


def test_one_leading_frequency_counts_only_where_both_grok():
    times = {"addition": 300, "subtraction": 500, "multiplication": 400}
    assert observed("same-frequency", made(times, {"addition": 5, "subtraction": 5})) is True
    assert observed("same-frequency", made(times, {"addition": 5, "subtraction": 7})) is False
    waiting = made({**times, "subtraction": None}, {"addition": 5, "subtraction": 5})
    assert observed("same-frequency", waiting) == LeftOut("not both grokked")
    assert observed("multiplication-on-its-group", made(times)) == 0.004


@pytest.mark.parametrize(("alone", "together", "answer"), [(800, 300, "reproduced"), (300, 800, "refuted")])
def test_sharing_that_helps_is_told_from_sharing_that_hinders(alone, together, answer):
    claim = STUDY.claim("addition-sooner", "laptop")

    def runs(time, arm):
        return [made(dict.fromkeys(OPERATIONS, time + 100 * (seed % 2)), seed=seed) for seed in range(12)]

    evidence = Evidence({"addition": runs(alone, "addition"), "together": runs(together, "together")})
    sample = Sample({arm: [claim.statistic(run) for run in evidence.of([arm])] for arm in claim.arms})
    assert claim.rule.judge(sample).answer == answer


def test_what_is_mixed_has_the_prime_that_its_operations_need():
    assert {arm.spec.task.modulus for arm in STUDY.arms_at("paper")} == {67}
    assert cogrok.NETWORK["task.modulus"] == 53
