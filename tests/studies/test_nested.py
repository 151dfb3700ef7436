"""The study of nested grokking covers every published row, and takeovers are told from collapses."""

from pathlib import Path

import pytest

from latebloom.measures import adjacency_score, coset_adjacency_score
from latebloom.studies.nested import STUDY, reading, structures
from latebloom.studies.nested.setting import DECAYS, LAPTOP, LARGE_DECAYS, PAPER, SMOKE, Cut
from latebloom.study import LeftOut, RunEvidence, Time
from tests.measures.embeddings import embedding

ROWS = {
    "decay 1.0": ["decay-1.0-final", "decay-1.0-never-groks"],
    "decay 1.5": ["decay-1.5-final", "decay-1.5-groks", "decay-1.5-outer-early", "decay-1.5-outer-lasts",
                  "decay-1.5-inner-early", "decay-1.5-inner-late"],
    "decay 2.0": ["decay-2.0-final", "decay-2.0-groks", "decay-2.0-outer-early", "decay-2.0-outer-lasts",
                  "decay-2.0-outer-at-140000", "decay-2.0-inner-at-100000", "decay-2.0-inner-at-200000",
                  "decay-2.0-inner-at-end"],
    "decay 5.0": ["decay-5.0-final", "decay-5.0-never-groks", "decay-5.0-compresses"],
    "5M steps": ["long-ends-degraded", "long-forgets-training", "long-collapses"],
    "large": ["large-final", "large-training", "large-keeps-nothing", "large-holds-not-both",
              "capacity-needs-pressure"],
    "replaced at 100 %": ["structure-is-taken-over", "outer-is-gone", "decay-1.5-always-perfect",
                          "decay-2.0-always-perfect"],
    "decay chooses": ["decay-chooses-stride", "decay-ends-the-ring-sooner"],
    "gcd": ["inner-stride-is-a-common-divisor", "coprime-7x10-stride-one", "coprime-6x13-stride-one"],
    "lowered": ["lowered-to-1.0-keeps-structure", "lowered-to-0.5-keeps-structure"],
    "quotients": ["twelve-cosets-lead", "leading-frequency-makes-cosets"],
}  # fmt: skip
CLAIMS = {claim.name: claim for claim in STUDY.claims}


@pytest.mark.parametrize("row", ROWS)
def test_every_published_row_has_its_claims(row):
    assert [name for name in ROWS[row] if name not in CLAIMS] == []


def test_there_are_at_least_ten_claims_at_every_scale():
    assert min(len(STUDY.claims_at(scale)) for scale in STUDY.scales) >= 10


def test_four_decays_and_three_of_the_large_model_are_run_at_the_scale_of_the_paper():
    arms = {arm.name: arm.spec for arm in STUDY.arms_at("paper")}
    assert {arms[f"decay-{value}"].optimizer.weight_decay for value in DECAYS} == {1.0, 1.5, 2.0, 5.0}
    assert all(f"large-{value}" in arms for value in LARGE_DECAYS)
    assert arms["long-2.0"].steps == 5_000_000
    large = arms["large-2.0"]
    task = large.task
    sizes = {"vocabulary": task.vocabulary, "length": task.length, "classes": task.classes}
    assert large.model.parameters(**sizes) == pytest.approx(3.23e6, rel=0.01)


def test_lowered_decay_is_that_of_one_run_from_the_step_on():
    spec = {arm.name: arm.spec for arm in STUDY.arms_at("paper")}["lowered-0.5"]
    assert spec.optimizer.values(199_999)["weight_decay"] == 2.0
    assert spec.optimizer.values(200_000)["weight_decay"] == 0.5


def test_the_laptop_trains_at_most_four_hundred_thousand_steps_of_single_runs():
    assert sum(arm.spec.steps * len(arm.seeds) for arm in STUDY.arms_at("laptop")) <= 400_000


def test_the_published_steps_are_evaluated_and_so_are_those_of_the_smoke_scale():
    for setting in (PAPER, SMOKE):
        steps = (setting.early, setting.ring, setting.after_ring, setting.gone, setting.end, *setting.inside,
                 setting.long)  # fmt: skip
        assert [step for step in steps if step % setting.every] == []
    assert LAPTOP.early % LAPTOP.every == 0


def test_the_partner_half_a_coset_away_is_half_the_group_away():
    for cut in (PAPER.cut, PAPER.coprime[0], SMOKE.cut):
        assert cut.half * cut.outer * 2 == cut.modulus - 1
    assert PAPER.coprime[1].half == 0
    assert Cut(97, 12).inner == 8


def test_even_frequencies_alone_have_a_perfect_inner_stride_of_four_and_nearest_opposites():
    """So the inner stride says no more than that the nearest class is k + 48: the quotient of 48."""
    even = embedding(96, [2, 10, 34])
    assert coset_adjacency_score(even, 12, stride=4).item() == 1.0
    assert adjacency_score(even, stride=48, neighbours=1).item() == 1.0


def made(**curves):
    return RunEvidence.made(
        "decay-1.5", 42, {name: dict(enumerate(values)) for name, values in curves.items()}
    )


def led(divisors, test):
    n = len(divisors)
    return made(
        quotient_scan_divisor=divisors, quotient_scan_inside=[0.0] * n, quotient_scan_stride=[1.0] * n,
        test_accuracy=test, train_accuracy=[1.0] * n,
    )  # fmt: skip


PERFECT = [1.0] * 10
OUTER_THEN_INNER = [12.0] * 5 + [48.0] * 5


@pytest.mark.parametrize(
    ("divisors", "test", "steps"),
    [
        (OUTER_THEN_INNER, PERFECT, [5]),
        (OUTER_THEN_INNER, [*PERFECT[:6], 0.3, *PERFECT[7:]], []),
        ([12.0] * 10, PERFECT, []),
        ([12.0] * 4 + [48.0, 12.0] * 3, PERFECT, []),
        ([12.0] * 4 + [48.0] * 2 + [12.0] * 4, PERFECT, []),
    ],
    ids=["taken over", "in a collapse", "kept", "flickering", "too short"],
)
def test_a_takeover_is_a_change_that_lasts_while_everything_is_answered(divisors, test, steps):
    assert reading.takeover_steps(led(divisors, test)) == steps


def test_a_ring_is_lost_where_it_stays_low_and_one_that_was_never_there_is_left_out():
    one, two = [1.0, 1.0, 0.2, 1.0, 0.1, 0.1, 0.1], [0.0] * 7
    assert reading.ring_lost(("one", "two"), 0, 6)(made(one=one, two=two)) == Time(4.0)
    assert reading.ring_lost(("one", "two"), 0, 3)(made(one=one, two=two)) == Time(3.0, happened=False)
    assert isinstance(reading.ring_lost(("one", "two"), 0, 6)(made(one=two, two=two)), LeftOut)


def test_scores_of_collapsed_networks_do_not_enter_a_window():
    run = made(score=[0.9, 0.1, 0.8], test_accuracy=[1.0, 0.2, 1.0])
    assert reading.healthy_between("score", 0, 2)(run) == pytest.approx(0.85)
    assert isinstance(reading.healthy_at("score", 1)(run), LeftOut)


def test_runs_of_evaluations_and_shares_are_counted_in_their_window():
    run = made(a=[1.0, 0.0, 0.95, 0.92, 0.1], b=[0.0, 0.6, 0.0, 0.0, 0.0], test_accuracy=[1.0] * 5)
    assert reading.longest_stay(("a", "b"), 0.9, 0, 4)(run) == 2.0
    assert reading.share_at_least("a", 0.9, 1, 4)(run) == 0.5
    assert reading.both_at_least(("a",), "b", 0.5, 0, 4)(run) == 0.0
    assert reading.lowest("a", 2, 4)(run) == pytest.approx(0.1)


def test_structure_that_stays_when_decay_is_lowered_has_no_drift_and_one_that_goes_has():
    n = 11
    kept = made(one=[1.0] * n, two=[0.1] * n, test_accuracy=[1.0] * n)
    lost = made(one=[1.0] * 6 + [0.2] * 5, two=[0.1] * n, test_accuracy=[1.0] * n)
    assert structures._drift(("one", "two"), 5, 10)(kept) == 0.0
    assert structures._drift(("one", "two"), 5, 10)(lost) == pytest.approx(-0.8)


def test_the_page_lists_every_claim_once():
    page = (Path(__file__).parents[2] / "docs/studies/nested.md").read_text()
    assert [name for name in CLAIMS if page.count(f"| `{name}` |") != 1] == []
