import doctest
import math
import subprocess
import sys
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom import events
from latebloom.errors import InputError
from latebloom.events import EVENTS, Course, Criteria, EventScan, course, oscillations, scan, up_time
from latebloom.records import Event

# ------------------------------------------------ the definitions once more, by searching whole curves


def reaches(accuracy, threshold):
    return not math.isnan(accuracy) and accuracy >= threshold


def is_below(accuracy, threshold):
    return math.isnan(accuracy) or accuracy < threshold


def first_reaching(accuracies, threshold):
    return next((i for i, accuracy in enumerate(accuracies) if reaches(accuracy, threshold)), None)


def stable_from(steps, test, criteria):
    count = criteria.stable_evaluations
    for i in range(len(test) - count + 1):
        if steps[i] >= criteria.after and all(reaches(a, criteria.stable) for a in test[i : i + count]):
            return i
    return None


def falls_and_returns(test, criteria):
    """Yield (index, name): a fall is a low with no earlier low since the last high or the first grokking."""
    grokked = first_reaching(test, criteria.grokked)
    for i in range(0 if grokked is None else grokked + 1, len(test) if grokked is not None else 0):
        ups = [j for j in range(grokked, i) if j == grokked or reaches(test[j], criteria.high)]
        low_since = any(is_below(accuracy, criteria.low) for accuracy in test[ups[-1] : i])
        if is_below(test[i], criteria.low) and not low_since:
            yield i, "collapsed"
        if reaches(test[i], criteria.high) and low_since:
            yield i, "recovered"


def expected_events(steps, train, test, criteria):
    found = []
    memorised, grokked = (
        first_reaching(train, criteria.memorised),
        first_reaching(test, criteria.grokked),
    )
    stable = stable_from(steps, test, criteria)
    if memorised is not None:
        found.append((memorised, "memorised", memorised))
    if grokked is not None:
        found.append((grokked, "grokked_first", grokked))
    if stable is not None:
        found.append((stable + criteria.stable_evaluations - 1, "grokked_stable", stable))
    for i, (before, now) in enumerate(pairwise(test)):
        if reaches(before, criteria.high) and is_below(now, criteria.low):
            found.append((i + 1, "oscillation", i + 1))
    found += [(i, name, i) for i, name in falls_and_returns(test, criteria)]
    found.sort(key=lambda row: (row[0], EVENTS.index(row[1])))
    return tuple(Event(name, steps[start], steps[seen]) for seen, name, start in found)


edges = [0.0, 0.4, 0.5, 0.6, 0.89, 0.9, 0.95, 0.99, 1.0]
accuracies = st.one_of(st.sampled_from([*edges, math.nan]), st.sampled_from([0.3, 0.96, 1.0]))


@st.composite
def curves(draw):
    length = draw(st.integers(0, 30))
    gaps = draw(st.lists(st.sampled_from([1, 2, 10, 1000]), min_size=length, max_size=length))
    start = draw(st.sampled_from([0, 1, 100]))
    steps = [start + sum(gaps[:i]) for i in range(length)]
    drawn = st.lists(accuracies, min_size=length, max_size=length)
    return steps, draw(drawn), draw(drawn)


@st.composite
def criteria(draw):
    low = draw(st.sampled_from([0.0, 0.5, 0.6]))
    share = st.sampled_from([0.6, 0.89, 0.9, 0.95, 1.0])
    return Criteria(
        memorised=draw(st.sampled_from(edges)),
        grokked=draw(share),
        stable=draw(st.sampled_from(edges)),
        stable_evaluations=draw(st.integers(1, 6)),
        high=draw(share),
        low=low,
        after=draw(st.sampled_from([0, 3, 100, 5000])),
    )


@settings(max_examples=400, deadline=None)
@given(curves(), criteria())
def test_the_fold_finds_what_a_search_of_the_whole_curves_finds(run, chosen):
    assert scan(*run, chosen) == expected_events(*run, chosen)


@settings(max_examples=100, deadline=None)
@given(curves(), criteria(), st.integers(0, 30))
def test_a_new_scan_that_saw_the_stored_part_goes_on_like_the_one_that_was_interrupted(run, chosen, cut):
    rows = list(zip(*run, strict=True))
    unbroken, resumed = EventScan(chosen), EventScan(chosen)
    for row in rows[:cut]:
        unbroken.see(*row)
        resumed.see(*row)
    rest = [[fold.see(*row) for row in rows[cut:]] for fold in (unbroken, resumed)]
    assert rest[0] == rest[1]
    before = scan(*(list(column[:cut]) for column in run), chosen)
    assert before + tuple(event for found in rest[0] for event in found) == scan(*run, chosen)


@settings(max_examples=100, deadline=None)
@given(curves(), criteria())
def test_every_event_is_seen_at_an_evaluation_and_none_is_seen_before_it_happened(run, chosen):
    steps, _, _ = run
    found = scan(*run, chosen)
    for event in found:
        assert event.name in EVENTS
        assert event.step <= event.seen
        assert {event.step, event.seen} <= set(steps)
    for once in ("memorised", "grokked_first", "grokked_stable"):
        assert sum(event.name == once for event in found) <= 1
    falls = [event.name for event in found if event.name in ("collapsed", "recovered")]
    assert falls == ["collapsed", "recovered"] * (len(falls) // 2) + ["collapsed"] * (len(falls) % 2)


@settings(max_examples=150, deadline=None)
@given(curves(), criteria())
def test_a_course_sums_up_the_events_and_the_curve(run, chosen):
    steps, _, test = run
    found, summary = scan(*run, chosen), course(*run, chosen)
    step = {event.name: event.step for event in found if event.name not in ("oscillation",)}
    for name in ("memorised", "grokked_first", "grokked_stable"):
        assert getattr(summary, name) == step.get(name)
    names = [event.name for event in found]
    assert summary.oscillations == names.count("oscillation")
    assert summary.oscillations == oscillations(test, chosen.high, chosen.low)
    assert summary.collapses == names.count("collapsed")
    assert summary.recoveries == names.count("recovered")
    falls = [name for name in names if name in ("collapsed", "recovered")]
    assert summary.collapsed == (falls[-1:] == ["collapsed"])
    assert summary.last_step == (steps[-1] if steps else None)
    first = first_reaching(test, chosen.high)
    if first is None:
        assert math.isnan(summary.up_time)
    else:
        since = test[first:]
        assert summary.up_time == len([a for a in since if reaches(a, chosen.high)]) / len(since)


# ------------------------------------------------ by hand


def test_a_run_that_memorises_groks_oscillates_and_holds():
    steps = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]
    train = [0.01, 0.99, 1.0, 1.0, 1.0, 0.9, 1.0, 1.0, 1.0, 1.0]
    test = [0.01, 0.02, 0.05, 0.9, 0.96, 0.1, 0.95, 0.95, 1.0, 0.95]
    assert scan(steps, train, test, Criteria(stable_evaluations=4)) == (
        Event("memorised", 100, 100),
        Event("grokked_first", 300, 300),
        Event("oscillation", 500, 500),
        Event("collapsed", 500, 500),
        Event("recovered", 600, 600),
        Event("grokked_stable", 600, 900),
    )
    assert course(steps, train, test, Criteria(stable_evaluations=4)) == Course(
        last_step=900,
        memorised=100,
        grokked_first=300,
        grokked_stable=600,
        delay=200,
        ratio=3.0,
        oscillations=1,
        collapses=1,
        recoveries=1,
        up_time=6 / 7,
        collapsed=False,
    )


def test_a_slow_fall_is_a_collapse_but_no_oscillation():
    summary = course([1, 2, 3, 4], [1.0] * 4, [0.95, 0.7, 0.3, 0.6])
    assert (summary.oscillations, summary.collapses, summary.recoveries) == (0, 1, 0)
    assert summary.collapsed


def test_a_run_that_never_got_up_cannot_collapse():
    summary = course([1, 2, 3], [1.0] * 3, [0.89, 0.1, 0.6])
    assert math.isnan(summary.up_time)
    assert replace(summary, up_time=0.0) == Course(3, 1, None, None, None, None, 0, 0, 0, 0.0, False)


def test_wavering_between_low_and_high_is_one_collapse_until_it_is_up_again():
    names = [event.name for event in scan(range(7), [0.0] * 7, [0.9, 0.2, 0.7, 0.2, 0.9, 0.5, 0.4])]
    assert names == ["grokked_first", "oscillation", "collapsed", "recovered", "collapsed"]


def test_a_network_that_diverges_after_grokking_has_collapsed():
    summary = course([1, 2, 3], [1.0, math.nan, math.nan], [1.0, math.nan, math.nan])
    assert summary.collapsed
    assert summary.oscillations == 1
    assert summary.up_time == 1 / 3


def test_a_run_that_groks_before_it_memorises_has_a_negative_delay():
    summary = course([10, 20], [0.9, 1.0], [0.9, 1.0])
    assert (summary.delay, summary.ratio) == (-10, 0.5)


def test_memorising_at_step_zero_gives_a_delay_but_no_ratio():
    summary = course([0, 10], [1.0, 1.0], [0.0, 1.0])
    assert (summary.memorised, summary.delay, summary.ratio) == (0, 10, None)


@pytest.mark.parametrize(("train", "test"), [([1.0, 1.0], [0.0, 0.0]), ([0.0, 0.0], [1.0, 1.0])])
def test_a_delay_that_has_not_ended_is_censored(train, test):
    summary = course([5, 10], train, test)
    assert (summary.delay, summary.ratio, summary.last_step) == (None, None, 10)


def test_no_evaluations_are_a_course_without_anything():
    summary = course([], [], [])
    assert math.isnan(
        summary.up_time
    )  # compared apart: nan equals nothing, not even itself from Python 3.13 on
    assert replace(summary, up_time=0.0) == Course(None, None, None, None, None, None, 0, 0, 0, 0.0, False)


def test_five_epochs_in_a_row_after_epoch_fifty():
    steps, up = list(range(60)), [1.0] * 60
    stable = [event for event in scan(steps, up, up, Criteria(after=50)) if event.name == "grokked_stable"]
    assert stable == [Event("grokked_stable", 50, 54)]
    assert course(steps[:54], up[:54], up[:54], Criteria(after=50)).grokked_stable is None


def test_in_a_row_counts_evaluations_whatever_steps_lie_between():
    assert course([0, 1, 1000, 1001, 10**9], [1.0] * 5, [0.95] * 5).grokked_stable == 0


def test_a_float64_share_exactly_at_a_threshold_reaches_it_and_a_float32_one_may_not():
    assert course([0], [99 / 100], [90 / 100]).delay == 0
    assert course([0], [1.0], [np.float32(0.9)]).grokked_first is None


def test_arrays_of_numpy_are_taken_like_lists():
    steps, train, test = [0, 10, 20], [0.0, 1.0, 1.0], [0.0, 0.95, 0.2]
    given_arrays = np.array(steps), np.array(train), np.array(test)
    assert scan(*given_arrays) == scan(steps, train, test)
    assert course(*given_arrays) == course(steps, train, test)
    assert type(course(*given_arrays).grokked_first) is int
    assert type(scan(*given_arrays)[0].step) is int


def test_up_time_counts_from_the_first_crossing_on():
    assert up_time([0.1, 0.2, 0.9, 0.1, math.nan, 0.95]) == 0.5
    assert up_time([0.1, 0.6, 0.1], 0.6) == 0.5
    assert math.isnan(up_time([]))
    assert math.isnan(up_time([0.1, math.nan]))


def test_oscillations_are_falls_from_high_to_low_between_neighbours():
    assert oscillations([0.9, 0.499, 0.9, 0.5, 0.4, 1.0, 0.0]) == 2
    assert oscillations([0.9, math.nan, 0.9]) == 1
    assert oscillations([0.7, 0.2], high=0.6, low=0.3) == 1
    assert oscillations([]) == 0


# ------------------------------------------------ bad input


@pytest.mark.parametrize("step", [5, 4, -1, 6.0, "6", None, math.nan])
def test_a_step_that_does_not_follow_is_refused_and_changes_nothing(step):
    fold = EventScan()
    fold.see(5, 0.0, 0.95)
    with pytest.raises(InputError, match="step: got"):
        fold.see(step, 1.0, 0.1)
    assert [event.name for event in fold.see(6, 0.0, 0.1)] == ["oscillation", "collapsed"]


def test_a_first_step_below_zero_is_refused():
    with pytest.raises(InputError, match="step: got -1; 0 or later"):
        EventScan().see(-1, 0.0, 0.0)


@pytest.mark.parametrize("accuracy", [95.0, -0.1, 1.01, math.inf, -math.inf, "high", None])
def test_an_accuracy_that_is_no_share_is_refused_and_changes_nothing(accuracy):
    fold = EventScan()
    fold.see(5, 0.0, 0.95)
    with pytest.raises(InputError, match="test accuracy: got"):
        fold.see(6, 1.0, accuracy)
    with pytest.raises(InputError, match="training accuracy: got"):
        fold.see(6, accuracy, 0.1)
    assert [event.name for event in fold.see(6, 1.0, 0.95)] == ["memorised"]
    for count in (up_time, oscillations):
        with pytest.raises(InputError, match="test accuracy: got"):
            count([accuracy])


def test_rounding_just_above_one_is_no_error():
    assert course([0], [1.0 + 1e-7], [1.0 + 1e-7]).delay == 0


def test_curves_of_different_lengths_are_refused():
    with pytest.raises(InputError, match="curves: got 2 steps, 2 train, 1 test"):
        scan([0, 1], [0.0, 0.0], [0.0])


def test_unsorted_steps_are_refused():
    with pytest.raises(InputError, match="got 10; a step after the last one seen, 20, is needed"):
        scan([0, 20, 10], [0.0] * 3, [0.0] * 3)


@pytest.mark.parametrize("name", ["memorised", "grokked", "stable", "high", "low"])
@pytest.mark.parametrize("value", [1.1, -0.1, math.nan, 90, "0.9", None, True])
def test_a_threshold_that_is_no_share_is_refused(name, value):
    with pytest.raises(InputError, match=f"{name}: got"):
        Criteria(**{name: value})
    with pytest.raises(InputError, match="threshold: got"):
        up_time([0.5], value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("stable_evaluations", 0), ("stable_evaluations", 2.0), ("after", -1), ("after", True)],
)
def test_a_count_that_is_none_is_refused(name, value):
    with pytest.raises(InputError, match=f"{name}: got .* a whole number"):
        Criteria(**{name: value})


@pytest.mark.parametrize("other", ["high", "grokked"])
def test_low_above_high_or_grokked_is_refused(other):
    with pytest.raises(InputError, match=f"low: got 0.5, above {other} = 0.4"):
        Criteria(**{other: 0.4})


# ------------------------------------------------ the module


def test_the_examples_run():
    assert doctest.testmod(events).failed == 0
    assert doctest.testmod(events).attempted > 5


def test_events_are_read_without_torch():
    code = "import sys, latebloom.events; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_page_names_every_event_and_criterion_and_its_examples_run():
    page = Path(__file__).parents[1] / "docs" / "events.md"
    text = page.read_text(encoding="utf-8")
    for name in (*EVENTS, *(field.name for field in (*fields(Criteria), *fields(Course)))):
        assert f"`{name}`" in text, f"docs/events.md does not tell of {name}"
    ran = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert ran.failed == 0
    assert ran.attempted > 5
