"""Looks at snapshots are tried before a run begins, as far as that takes no longer than they are worth."""

import time
from dataclasses import replace

import pytest

from latebloom.looks import parse_look, parse_looks
from latebloom.running.look_trials import (
    busy_cores,
    looked,
    not_counted,
    seconds_of,
    seconds_of_looks,
    with_measuring,
)
from latebloom.spec import from_plain
from tests.running.labs import PLAIN

SPEC = from_plain(PLAIN)
SPECS = tuple(replace(SPEC, seed=seed) for seed in range(5))
BETTI, RINGS = parse_looks(["betti_numbers@final/all", "ring_scan@final/all"])


def test_each_look_is_really_taken_and_its_seconds_are_told():
    began = time.monotonic()
    found = seconds_of_looks(dict.fromkeys((BETTI, RINGS), SPECS))
    assert found.keys() == {BETTI, RINGS}
    assert 0 < sum(found.values()) < time.monotonic() - began


def test_looks_of_runs_that_cannot_be_trained_together_are_tried_of_the_first_ones_kind():
    larger = replace(SPEC, task=replace(SPEC.task, modulus=SPEC.task.modulus + 2))
    assert seconds_of_looks({RINGS: (SPEC, larger)})[RINGS] > 0


def test_on_a_gpu_training_leaves_the_other_cores_to_measuring():
    assert busy_cores("cpu", 8) == 8
    assert busy_cores("cuda", 8) == busy_cores("cuda:1", 8) == 1
    assert with_measuring(100.0, busy_cores("cuda", 8) * 100.0, 500.0, 8) == 100.0


@pytest.mark.parametrize(
    "text",
    [
        "local_learning_coefficient@parameters",
        "coset_purity(space=umap)@final",
        "clump_structure(space=umap)@final",
    ],
)
def test_what_takes_long_to_try_is_not_tried_but_named(text):
    look = parse_look(text)
    found = seconds_of_looks({look: SPECS})
    assert found == {}
    assert not_counted({look: 3, BETTI: 0}, found) == (text,)


def test_once_time_is_up_nothing_else_is_tried():
    assert seconds_of_looks({BETTI: SPECS}, limit=0.0) == {}


def test_looks_are_counted_at_the_snapshots_that_are_theirs():
    specs = [replace(SPEC, seed=seed) for seed in (1, 2)]
    some = parse_look("betti_numbers@final:30")
    counts = looked(specs, [BETTI, some])
    steps = SPEC.snapshot_steps
    assert counts == {BETTI: 2 * len(steps), some: 2 * sum(step % 30 == 0 for step in steps)}
    assert seconds_of(counts, {BETTI: 0.5}) == len(steps)
