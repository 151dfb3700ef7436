import time
from dataclasses import replace

import pytest

from latebloom.studies.theory import CLAIMS, STUDY

LEAST = 6


@pytest.fixture(scope="module")
def computed():
    began = time.monotonic()
    found = {claim.name: claim.computed() for claim in CLAIMS}
    return found, time.monotonic() - began


def test_every_proposition_is_reproduced_within_thirty_seconds(computed):
    found, seconds = computed
    answers = {claim.name: claim.rule.compare(found[claim.name]).answer for claim in CLAIMS}
    assert set(answers.values()) == {"reproduced"}, answers
    assert len(answers) >= LEAST
    assert seconds < 30


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_closed_form_that_is_two_percent_wrong_anywhere_is_refuted(claim, computed):
    numbers = computed[0][claim.name]
    for place, one in enumerate(numbers):
        off = 0.02 * (one.scale or abs(one.expected) or 1.0)
        wrong = [*numbers[:place], replace(one, expected=one.expected + off), *numbers[place + 1 :]]
        assert claim.rule.compare(wrong).answer == "refuted", one.what


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_no_number_stands_beside_a_copy_of_itself(claim, computed):
    # Counts may be equal to the last bit; what is computed by another way than its formula is not, somewhere.
    numbers = computed[0][claim.name]
    assert claim.rule.tolerance == 0 or any(one.computed != one.expected for one in numbers)


def test_every_scale_judges_the_same_claims_without_any_run():
    assert {STUDY.arms_at(scale) for scale in STUDY.scales} == {()}
    assert all(STUDY.claims_at(scale) == CLAIMS for scale in ("smoke", "laptop", "paper"))
