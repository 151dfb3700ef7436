"""Counting and repeating matrix products."""

import pytest
from benchmarks.protocols import PROTOCOLS

from benchmarks import limit


def test_operations_of_an_mlp_are_those_counted_by_hand():
    protocol = PROTOCOLS["sweep"]
    inputs, hidden, classes = 2 * protocol.width, protocol.width, protocol.modulus
    batch = protocol.train_size / protocol.steps_per_epoch
    # Forward once and backward twice; the embedding's gradient is one of the two.
    by_hand = 2 * 3 * batch * (inputs * hidden + hidden * classes)
    assert limit.operations("sweep")["plain"] == pytest.approx(by_hand)


@pytest.mark.parametrize("name", ["sweep", "demo", "small-transformer"])
def test_our_form_needs_no_more_operations_than_the_plain_one_and_not_next_to_none(name):
    counted = limit.operations(name)
    assert 0.1 * counted["plain"] < counted["own"] <= 1.001 * counted["plain"]
    assert counted["evaluation"] > 0


def test_the_products_of_a_plain_step_are_repeated():
    answer = limit.timing("small-transformer", seconds=0.01, threads=1, ready=lambda: None)
    assert answer["operations per second"] > 0
    assert all(limit.peak(64, precision, "cpu", seconds=0.01) > 0 for precision in ("float32", "bfloat16"))
