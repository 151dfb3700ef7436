"""The study of manifolds covers every published row, and its statistics read known courses as they say."""

import math
from pathlib import Path

import numpy as np
import pytest

from latebloom.studies.manifold import STUDY, activations, predictions, reading, topology
from latebloom.studies.manifold.bottleneck import FINAL, FIRST
from latebloom.studies.manifold.setting import LAPTOP, PAPER, WIDTHS, bottleneck
from latebloom.study import LeftOut, RunEvidence, Time

ROWS = {
    "PCA-95 dimension": [
        f"{operation}-dimension-{place}"
        for operation in ("addition", "multiplication")
        for place in ("at-1000", "lowest", "at-crossing", "at-end")
    ],
    "accuracy at those": ["addition-accuracy-at-1000", "addition-accuracy-at-lowest", "addition-accuracy-at-crossing",
                          "addition-accuracy-at-end", "multiplication-accuracy-at-1000",
                          "multiplication-accuracy-at-crossing", "multiplication-accuracy-at-end"],
    "Betti": [f"{operation}-{kind}-{when}" for operation in ("addition", "multiplication")
              for kind in ("pieces", "loops") for when in ("before", "after")],
    "longest bar": ["addition-longest-piece-bar-before", "addition-longest-piece-bar-after",
                    "addition-longest-loop-bar-before", "addition-longest-loop-bar-after",
                    "multiplication-longest-loop-bar-before", "multiplication-longest-loop-bar-after"],
    "activations": ["activation-l2-healthy", "activation-std-healthy", "activation-l2-collapsed",
                    "activation-std-collapsed", "activations-fall-together"],
    "first crossing": ["addition-first-crossing", "multiplication-first-crossing"],
    "oscillations": ["addition-oscillations", "multiplication-oscillations", "addition-always-oscillates",
                     "multiplication-always-oscillates"],
    "final accuracy": ["addition-final-accuracy", "multiplication-final-accuracy", "failed-runs-memorise"],
    "success rate": ["addition-success-rate", "multiplication-success-rate"],
    "adjacency": ["addition-adjacency-in-plane", "multiplication-adjacency-in-plane"],
    "purity": ["multiplication-coset-purity"],
    "bottleneck, final": [f"{operation}-bottleneck-{width or 'none'}" for operation in FINAL
                          for width in FINAL[operation]],
    "bottleneck, first": [f"{operation}-bottleneck-{width or 'none'}-first" for operation in FIRST
                          for width in FIRST[operation]],
    "UMAP": ["addition-plane-at-5000", "addition-plane-at-30000", "addition-plane-at-100000",
             "multiplication-plane-at-5000", "multiplication-plane-at-30000", "multiplication-plane-at-100000"],
    "5.1": ["prediction-dimension-turns-addition", "prediction-dimension-turns-multiplication"],
    "5.2": ["prediction-loop-addition", "prediction-loop-multiplication"],
    "5.3": ["prediction-attention-entropy-layer-0", "prediction-attention-entropy-layer-1"],
    "5.4": ["addition-rank-threshold", "multiplication-rank-threshold", "rank-of-the-task-speeds-up"],
    "3.5": ["prediction-low-frequencies-addition", "prediction-low-frequencies-multiplication"],
    "6.5": ["stage-one-addition", "stage-one-multiplication", "stage-two-addition", "stage-two-multiplication"],
    "6.8": ["both-dimensions-fall", "multiplication-is-later", "oscillations-alike", "success-is-chance",
            "topology-differs", "adjacency-differs", "bottleneck-multiplication-needs-more", "final-structure",
            "bottleneck-64-anomalous"],
    "controls": ["control-untrained-ring", "cosets-belong-to-multiplication", "control-zero-first-crossing",
                 "control-relabelled-never-groks", "control-96-dimension"],
}  # fmt: skip
RIVALS = {
    1: "addition-success-rate",
    2: "addition-pieces-after",
    3: "activations-fall-together",
    4: "addition-adjacency-in-plane",
    5: "multiplication-twelve-cosets",
    6: "bottleneck-64-anomalous",
    7: "multiplication-coset-purity",
}
CLAIMS = {claim.name: claim for claim in STUDY.claims}


@pytest.mark.parametrize("row", ROWS)
def test_every_published_row_has_its_claims(row):
    assert [name for name in ROWS[row] if name not in CLAIMS] == []


def test_there_are_at_least_thirty_claims_at_every_scale():
    assert min(len(STUDY.claims_at(scale)) for scale in STUDY.scales) >= 30


@pytest.mark.parametrize("number", RIVALS)
def test_each_of_the_seven_rivals_has_a_rule_of_its_own(number):
    assert CLAIMS[RIVALS[number]].rival is not None


def test_the_rows_are_judged_by_the_text_read_out_too():
    read_twice = [name for name in CLAIMS if f"{name}-text" in CLAIMS]
    assert len(read_twice) >= 25
    assert {CLAIMS[f"{name}-text"].arms for name in read_twice} == {
        ("addition-text",),
        ("multiplication-text",),
    }


def test_the_published_seeds_come_first_and_the_paper_has_32():
    for arm in STUDY.arms_at("paper"):
        assert arm.seeds[:4] == (42, 1001, 1002, 1003)
        assert len(arm.seeds) == 32


def test_all_widths_are_run_at_the_scale_of_the_paper():
    names = {arm.name for arm in STUDY.arms_at("paper")}
    assert {1, 2, 4, 8, 16, 32, 48, 56, 64, 72, 80, 128} == set(WIDTHS)
    assert all(bottleneck(operation, width) in names for operation in FINAL for width in (*WIDTHS, 0))


def test_the_laptop_trains_at_most_four_hundred_thousand_steps_of_single_runs():
    arms = STUDY.arms_at("laptop")
    assert sum(arm.spec.steps * len(arm.seeds) for arm in arms) <= 400_000
    assert [(arm.name, len(arm.seeds), arm.spec.steps) for arm in arms[:2]] == [
        ("addition", 8, 14_000), ("multiplication", 8, 14_000),
    ]  # fmt: skip


def test_what_lies_beyond_the_laptops_steps_is_not_judged_there():
    judged = {claim.name for claim in STUDY.claims_at("laptop")}
    beyond = {
        "addition-dimension-at-end",
        "addition-success-rate",
        "multiplication-coset-purity",
        "addition-bottleneck-64",
    }
    assert not judged & beyond
    assert judged <= set(CLAIMS)


def test_the_published_numbers_of_a_claim_lie_in_its_region_unless_the_account_contradicts_itself():
    for claim in STUDY.claims:
        if (
            claim.value is not None
            and claim.rule.region is not None
            and not isinstance(claim.rule.region[0], str)
        ):
            low, high = claim.rule.region
            assert low is None or claim.value >= low, claim.name
            assert high is None or claim.value <= high, claim.name


def made(test, **others):
    curves = {"test_accuracy": test, "train_accuracy": dict.fromkeys(test, 1.0), **others}
    return RunEvidence.made("addition", 42, curves)


COURSE = {0: 0.01, 1000: 0.001, 2000: 0.3, 3000: 0.95, 4000: 0.1, 5000: 0.99}
DIMENSION = {0: 100, 1000: 78, 2000: 8, 3000: 12, 4000: 3, 5000: 14}


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        (reading.at("d", 1000), 78.0),
        (reading.at_crossing("d"), 12.0),
        (reading.lowest_before("d", 1000), 8.0),
        (reading.accuracy_at_lowest("d", 1000), 0.3),
        (reading.lowest_is_a_collapse("d", 1000), True),
        (reading.healthy_at("d", 5000), 14.0),
        (reading.healthy_median("d"), 13.0),
        (reading.last_healthy("d"), 14.0),
        (reading.gain_over_start("d"), -86.0),
        (reading.change_since("d", 1000), -65.0),
        (reading.collapsed_median("d"), 3.0),
        (reading.collapsed_share("d"), 3 / 13),
        (reading.matched("d"), 14.0),
        (reading.matched_ratio("d", 2000), 1.75),
        (reading.crossed_by(2500), Time(2500, happened=False)),
        (reading.crossed_by(3500), Time(3000)),
    ],
)
def test_statistics_read_a_course_with_a_collapse_as_they_say(statistic, expected):
    found = statistic(made(COURSE, d=DIMENSION))
    assert found == pytest.approx(expected) if isinstance(expected, float) else found == expected


@pytest.mark.parametrize(
    "statistic",
    [reading.at_crossing("d"), reading.lowest_before("d", 0), reading.healthy_median("d"), reading.matched("d"),
     reading.collapsed_median("d"), reading.lowest_is_a_collapse("d", 0), predictions.turn_lag(LAPTOP)],
)  # fmt: skip
def test_a_run_that_never_groks_is_left_out_with_a_reason(statistic):
    found = statistic(made(dict.fromkeys(COURSE, 0.01), d=DIMENSION))
    assert isinstance(found, LeftOut)
    assert found.why


def test_a_collapsed_network_is_left_out_at_a_step_and_its_accuracy_is_told():
    found = reading.healthy_at("d", 4000)(made(COURSE, d=DIMENSION))
    assert found == LeftOut("down at step 4,000: test 10%")


def test_norm_and_spread_that_are_one_number_have_no_gap_and_others_have():
    spec = {"task": {"name": "addition"}, "seed": 0, "model": {"width": 128}}
    norms = {0: 9.9, 1000: 1.79}
    one = RunEvidence.made(
        "a", 0, {"activation_l2": norms, "activation_std": {s: v / 128**0.5 for s, v in norms.items()}}
    )
    two = RunEvidence.made("a", 0, {"activation_l2": norms, "activation_std": {0: 0.88, 1000: 0.88}})
    for run in (one, two):
        run.stored.document["spec"] = spec
    assert activations.identity_gap(one) == pytest.approx(0.0, abs=1e-9)
    assert activations.identity_gap(two) > 1


def test_a_turn_at_the_crossing_has_no_lag_and_one_long_before_is_a_drift():
    steps = range(1000, 15_000, 1000)
    test = {0: 0.0} | {step: 0.0 if step < 9000 else 1.0 for step in steps}
    sudden = made(test, pca_dimension_95={0: 100.0} | {step: 80.0 if step < 9000 else 10.0 for step in steps})
    early = made(test, pca_dimension_95={0: 100.0} | {step: 80.0 if step < 4000 else 10.0 for step in steps})
    assert predictions.turn_lag(LAPTOP)(sudden) == 0.0
    assert predictions.turn_lag(LAPTOP)(early) == -5000.0
    assert predictions.drift(LAPTOP)(sudden) == 0.0
    assert predictions.drift(LAPTOP)(early) == 1.0


@pytest.mark.parametrize(
    ("entropy", "shaped", "one_way"),
    [
        ((0.3, 0.9, 0.9, 0.6), True, False),
        ((0.9, 0.7, 0.5, 0.3), False, True),
        ((0.5, 0.51, 0.5, 0.5), False, True),
    ],
)
def test_entropy_that_goes_low_high_middle_is_told_from_one_that_goes_one_way(entropy, shaped, one_way):
    test = {0: 0.0, 1000: 0.0, 2000: 0.0, 3000: 0.0, 4000: 1.0}
    low, high, turn, after = entropy
    run = made(test, e={0: 0.5, 1000: low, 2000: high, 3000: turn, 4000: after})
    assert predictions.low_high_middle("e", 1000)(run) is shaped
    assert predictions.one_way("e", 1000)(run) is one_way


def test_few_pieces_of_a_collapsed_network_are_told_from_those_of_one_that_answers():
    pieces = {1000: 500.0, 3000: 490.0, 4000: 6.0, 5000: 500.0}
    assert topology.fewest_pieces_are_healthy(made(COURSE, betti_0=pieces)) is False
    assert (
        topology.fewest_pieces_are_healthy(made(COURSE, betti_0={**pieces, 4000: 500.0, 5000: 6.0})) is True
    )
    assert isinstance(
        topology.fewest_pieces_are_healthy(made(COURSE, betti_0=dict.fromkeys(pieces, 500.0))), LeftOut
    )


def test_the_turning_point_splits_two_constants_where_they_meet():
    values = np.concatenate([np.full(5, 2.0), np.full(7, -1.0)]) + 0.1 * np.sin(np.arange(12))
    assert predictions.turning_point(values) == 5


def test_the_order_of_the_keyframes_fits_the_published_steps():
    for setting in (LAPTOP, PAPER):
        assert setting.before in setting.keyframes
        assert setting.after in setting.keyframes or setting.after == setting.horizon("addition")
    assert math.isclose(LAPTOP.order / LAPTOP.quotient, 8)


def test_the_page_lists_every_claim_once():
    page = (Path(__file__).parents[2] / "docs/studies/manifold.md").read_text()
    assert [name for name in CLAIMS if page.count(f"| `{name}` |") != 1] == []
