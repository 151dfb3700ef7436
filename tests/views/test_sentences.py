from __future__ import annotations

from contextlib import ExitStack

from latebloom.views import group_view, sentences

from .labs import Story, damage_document, damage_log, spec_of, tell, ten, write
from .test_groups import grokking, never


def said(lab, ids):
    return "\n".join(sentences(group_view(lab, ids)))


def test_ten_runs_are_told_with_all_ten_counted(lab):
    text = said(lab, ten(lab))
    assert "10 runs of addition, transformer, seeds 0 to 9: all trained to the last step, 3,000." in text
    assert "10 of 10 memorised, at a median step of 220." in text
    assert "9 of 10 grokked (test accuracy 90% for the first time), at a median step of 1,820" in text
    assert "the rate of grokking lies between 60% and 98% (95% interval)" in text
    assert (
        "1 had not grokked when training ended; counted as censored there, not left out: addition-s3-" in text
    )
    assert "1 collapsed after grokking and is flagged" in text
    assert "1 fell under 50% after grokking and came back: addition-s8-" in text
    assert "Events are seen only at evaluations: their steps are known to within 20 steps." in text


def test_numbers_have_thousands_separators(lab):
    text = said(lab, [write(lab, spec_of(seed, steps=20_000), grokking(12_000, 20_000)) for seed in range(2)])
    assert "20,000" in text
    assert "12,000" in text
    assert "120 times the steps that memorising took" in text


def test_where_fewer_than_half_grokked_there_is_no_median(lab):
    ids = [write(lab, spec_of(0), grokking(500, 1000))] + [
        write(lab, spec_of(s), never(1000)) for s in (1, 2)
    ]
    text = said(lab, ids)
    assert "1 of 3 grokked (test accuracy 90% for the first time), too few for a median. " in text
    assert "times the steps" not in text


def test_first_and_stable_are_told_apart(lab):
    spike = [(0, 0.1, 0.0), (100, 1.0, 0.95), (200, 1.0, 0.6), (300, 1.0, 0.6)]
    text = said(lab, [write(lab, spec_of(seed), spike) for seed in range(2)])
    assert "2 of 2 grokked (test accuracy 90% for the first time)" in text
    assert "0 of 2 grokked stably (95% kept for 5 evaluations in a row)." in text
    assert "in 33.3% of evaluations in the median run, 33.3% in the worst" in text


def test_a_single_run_is_told_as_one(lab):
    text = said(lab, [write(lab, spec_of(0), grokking(900, 2000))])
    assert "memorised at step 100 and grokked at step 900: 9 times as many steps." in text
    assert "It grokked stably (95% kept for 5 evaluations in a row) from step 900." in text
    assert "1 of 1" not in text


def test_a_single_run_that_never_grokked_says_until_when_it_was_watched(lab):
    text = said(lab, [write(lab, spec_of(0), never(2000))])
    assert "memorised at step 100 but had not grokked by step 2,000." in text


def test_a_run_without_evaluation_says_so(lab):
    assert "has no evaluation yet" in said(lab, [write(lab, spec_of(0), [], end="")])
    assert "None has an evaluation yet." in said(lab, [write(lab, spec_of(s), [], end="") for s in (0, 1)])


def test_groups_are_told_one_by_one(lab):
    ids = [write(lab, spec_of(s, weight_decay=1.0), grokking(500, 1000)) for s in (0, 1)]
    ids += [write(lab, spec_of(s, weight_decay=0.1), never(1000)) for s in (0, 1)]
    lines = sentences(group_view(lab, ids))
    assert lines[0] == "4 runs of addition, transformer, in 2 groups by optimizer.weight_decay."
    assert lines[1].startswith(
        "optimizer.weight_decay=0.1: 2 of 2 memorised, at a median step of 100; 0 of 2 grokked; "
    )
    assert (
        "2 of 2 grokked, at a median step of 500, 5 times the steps that memorising took; 2 of 2 stably."
        in lines[2]
    )


def test_unfinished_diverged_and_damaged_runs_are_flagged(lab):
    with ExitStack() as stack:
        running = tell(lab, Story(seed=0, until=400), keep_open=stack)
        interrupted = tell(lab, Story(seed=1, until=400))
        diverged = tell(lab, Story(seed=2, diverged=700))
        damaged = tell(lab, Story(seed=3))
        lost = tell(lab, Story(seed=4))
        damage_log(lab, damaged)
        damage_document(lab, lost)
        text = said(lab, [running, interrupted, diverged, damaged, lost])
    assert "2 runs not finished: these numbers will change." in text
    assert f"1 diverged (the loss was no longer finite); censored at the last evaluation: {diverged}." in text
    assert f"1 is damaged; counted up to the last sound record: {damaged}." in text
    assert f"Left out, as its settings cannot be read: {lost} (" in text
    assert "1 damaged, 1 diverged, 1 interrupted, 1 still running" in ", ".join(
        sorted(text.split(": ")[1].split(".")[0].split(", "))
    )


def test_only_damaged_runs_still_make_sense(lab):
    run = tell(lab, Story())
    damage_document(lab, run)
    assert said(lab, [run]).startswith("1 run whose settings cannot be read")


def test_a_rate_near_one_is_not_rounded_to_certainty():
    from latebloom.views.wording import bound

    assert [bound(share) for share in (0.0, 0.0038, 0.0962, 0.9962, 0.99999, 1.0)] == [
        "0%",
        "0.4%",
        "10%",
        "99.6%",
        ">99.9%",
        "100%",
    ]
