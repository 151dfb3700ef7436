"""From records to verdicts: what is left out is counted, what is missing is an error, what was tested is corrected."""

import pytest

from latebloom.errors import MissingLookError, StudyError, UnknownNameError
from latebloom.spec import from_plain
from latebloom.study import (
    Arm,
    ArmGreater,
    Claim,
    ClosedForm,
    Compared,
    Evidence,
    LeftOut,
    MedianWithin,
    Rival,
    RunEvidence,
    Scale,
    ShareWithin,
    Study,
    Time,
    TimeWithin,
)
from latebloom.study.judging import holm, judge
from tests.running.labs import PLAIN

SPEC = from_plain(PLAIN)
ARMS = (Arm("a", SPEC, tuple(range(8))), Arm("b", SPEC, tuple(range(8, 16))))


def run(arm, seed, end=1.0, dimension=10.0):
    test = {0: 0.0, 10: 0.95, 20: end}
    return RunEvidence.made(
        arm,
        seed,
        {
            "train_accuracy": dict.fromkeys(test, 1.0),
            "test_accuracy": test,
            "dimension": {0: 50.0, 10: dimension, 20: dimension + seed / 100},
        },
    )


EVIDENCE = Evidence(
    {
        "a": tuple(run("a", seed) for seed in range(8)),
        "b": tuple(run("b", seed, dimension=5) for seed in range(8)),
    }
)


def dimension(evidence):
    return evidence.last("dimension")


def claim(**changes):
    return Claim(
        **{
            "name": "one",
            "statement": "It has ten dimensions.",
            "where": "table 1",
            "published": "10",
            "arms": ("a",),
            "numbers": ("dimension",),
            "measured": "dimension at the last step",
            "statistic": dimension,
            "collapsed": "kept",
            "rule": MedianWithin(low=9, high=11),
            **changes,
        }
    )


def verdict(evidence=EVIDENCE, **changes):
    (found,) = judge([claim(**changes)], ARMS, evidence)
    return found


def test_a_claim_is_judged_by_every_finished_run_of_its_arms():
    found = verdict()
    assert (found["verdict"], found["n"], found["finished"], found["declared"]) == ("reproduced", 8, 8, 8)
    assert found["runs"] == [f"a-s{seed}" for seed in range(8)]
    assert found["series"][3] == {
        "run": "a-s3", "arm": "a", "seed": 3, "value": 10.03, "happened": True, "left_out": "",
    }  # fmt: skip
    assert found["versions"] == {"made": found["runs"]}


def test_a_collapsed_run_serves_as_an_after_only_where_the_claim_says_so():
    runs = (*(run("a", seed) for seed in range(6)), run("a", 6, end=0.1, dimension=1), run("a", 7, end=0.1))
    evidence = Evidence({"a": runs})
    assert verdict(evidence)["n"] == 8
    left = verdict(evidence, collapsed="left out")
    assert left["n"] == 6
    assert [point["run"] for point in left["series"] if point["left_out"]] == ["a-s6", "a-s7"]
    assert "2 of 8 runs left out" in left["why"]


def test_what_a_statistic_leaves_out_or_cannot_tell_is_counted():
    def odd(evidence):
        return LeftOut("even") if evidence.seed % 2 == 0 else float("nan") if evidence.seed == 1 else 10.0

    found = verdict(statistic=odd)
    assert (found["verdict"], found["n"]) == ("undecided", 3)
    assert sorted({point["left_out"] for point in found["series"]}) == ["", "even", "not a number"]
    assert found["would_do"] == 6


def test_an_arm_without_finished_runs_is_not_run_which_is_not_undecided():
    found = verdict(Evidence({"a": ()}))
    assert (found["verdict"], found["n"], found["declared"]) == ("not run", 0, 8)
    assert verdict(arms=("a", "b"), evidence=Evidence({"a": EVIDENCE.arms["a"]}))["verdict"] == "not run"


def test_a_missing_number_or_step_is_an_error_and_does_not_stand_in_the_way_of_other_claims():
    lacking = claim(name="lacking", numbers=("dimension", "dimensoin"))
    early = claim(name="early", statistic=lambda evidence: evidence.at("dimension", 15))
    found = judge([lacking, early, claim()], ARMS, EVIDENCE)
    assert [one["verdict"] for one in found] == ["cannot be judged", "cannot be judged", "reproduced"]
    assert "run a-s0 has no 'dimensoin'; it has: dimension, " in found[0]["why"]
    assert "run a-s0 has no 'dimension' at step 15; it has: 0, 10, 20" in found[1]["why"]
    with pytest.raises(MissingLookError):
        EVIDENCE.arms["a"][0].between("dimension", 11, 19)


def test_a_statistic_that_raises_is_told_by_its_own_line():
    def divides(evidence):
        return 1 / (evidence.seed - evidence.seed)

    found = verdict(statistic=divides)
    assert found["verdict"] == "cannot be judged"
    assert "ZeroDivisionError" in found["why"]
    assert "return 1 / (evidence.seed - evidence.seed)" in found["why"]
    assert "must be a number" in verdict(statistic=lambda evidence: "ten")["why"]


def test_runs_to_which_it_did_not_happen_are_censored():
    found = verdict(
        statistic=lambda evidence: Time.of(None if evidence.seed > 5 else 10 + evidence.seed, last=20),
        rule=TimeWithin(high=100),
        numbers=(),
    )
    assert (found["n"], found["censored"], found["observed"]) == (8, 2, 13.5)
    assert [point["happened"] for point in found["series"]] == [True] * 6 + [False] * 2


def test_a_rival_is_judged_by_its_own_statistic_and_rule():
    rival = Rival("Five are enough.", MedianWithin(low=4, high=6), "dimension of b", arms=("b",))
    found = verdict(rival=rival)
    assert (found["verdict"], found["rival"]["verdict"]) == ("reproduced", "reproduced")
    assert found["rival"]["arms"] == ["b"]
    assert found["rival"]["measured"] == "dimension of b"
    assert verdict()["rival"] is None


def test_holm_corrects_as_the_paper_has_it():
    assert holm([]) == []
    assert holm([0.01, 0.02, 0.03, 0.04]) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert holm([0.9, 0.001]) == pytest.approx([0.9, 0.002])


def shifted(by):
    return Evidence(
        {
            "a": tuple(run("a", seed, dimension=10 + by) for seed in range(8)),
            "b": tuple(run("b", seed) for seed in range(8)),
        }
    )


def test_claims_that_rest_on_a_p_are_corrected_together_and_those_not_run_count():
    def mixed(evidence):
        return evidence.seed + (4.0 if evidence.arm == "a" else 0.0)

    tested = claim(rule=ArmGreater(), arms=("a", "b"), statistic=mixed)
    (alone,) = judge([tested], ARMS, EVIDENCE)
    assert alone["p"] == alone["p_holm"] < 0.05
    assert alone["verdict"] == "reproduced"
    others = [
        claim(name=f"other-{i}", rule=ArmGreater(), arms=("b", "c"), statistic=mixed) for i in range(20)
    ]
    corrected, *rest = judge([tested, *others], ARMS, EVIDENCE)
    assert corrected["p"] == alone["p"]
    assert corrected["p_holm"] == pytest.approx(21 * alone["p"])
    assert corrected["verdict"] == "undecided"
    assert "corrected for the study's other claims" in corrected["why"]
    assert {one["verdict"] for one in rest} == {"not run"}


def test_closed_forms_are_judged_without_runs():
    found = verdict(
        computed=lambda: [Compared("m = 1", 0.5, 0.5), Compared("m = 2", 0.2001, 0.2)],
        rule=ClosedForm(tolerance=0.01),
        arms=(),
        statistic=None,
        numbers=(),
        collapsed="",
    )
    assert (found["verdict"], found["n"], found["finished"]) == ("reproduced", 2, 0)
    assert found["compared"][1] == {"what": "m = 2", "computed": 0.2001, "expected": 0.2, "scale": None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "One Claim"}, "typed"),
        ({"published": " "}, "published is empty"),
        ({"collapsed": ""}, "collapsed runs"),
        ({"statistic": None}, "no statistic"),
        ({"arms": ()}, "no arms"),
        ({"rule": ArmGreater()}, "judges 2 arms, and 1 are given"),
        ({"rule": ClosedForm(tolerance=1)}, "computed"),
        ({"rival": Rival("No.", ArmGreater())}, "rival: ArmGreater judges 2 arms"),
    ],
)
def test_a_claim_that_could_not_be_judged_is_refused(changes, message):
    with pytest.raises(StudyError, match=message):
        claim(**changes)


def study(**changes):
    return Study(
        **{
            "name": "mine",
            "question": "Is it?",
            "source": "nobody",
            "protocol": "none",
            "claims": (claim(),),
            "scales": {"smoke": Scale(ARMS, "small")},
            **changes,
        }
    )


def test_a_study_knows_its_scales_and_claims_by_name():
    assert study().claim("one", "smoke").published == "10"
    assert [spec.seed for spec in study().arms_at("smoke")[0].specs] == list(range(8))
    with pytest.raises(UnknownNameError, match="did you mean 'smoke'"):
        study().scale("smok")
    with pytest.raises(UnknownNameError, match="did you mean 'one'"):
        study().claim("on", "smoke")
    other = claim(rule=ShareWithin(low=0.5))
    own = study(scales={"smoke": Scale(ARMS, "small", claims=(other,))})
    assert own.claim("one", "smoke") is other


def test_a_study_that_contradicts_itself_is_refused():
    with pytest.raises(StudyError, match="twice"):
        study(claims=(claim(), claim()))
    with pytest.raises(StudyError, match="no scale"):
        study(scales={})
    with pytest.raises(UnknownNameError, match="no arm 'c'"):
        study(claims=(claim(arms=("c",)),))
    with pytest.raises(StudyError, match="each once"):
        Arm("a", SPEC, (1, 1))
