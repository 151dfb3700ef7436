"""Speed leaves grokking as it was: our steps to it are distributed as those of a plain loop with torch.optim."""

import pytest

from benchmarks import grokking

SEEDS = 16
LEVEL = 0.001  # any change in rounding draws anew, so a rare chance difference must not fail
DETECTABLE = 0.6  # a shift by this share of all steps is to be found at this level with probability 0.8


@pytest.mark.slow
@pytest.mark.parametrize("protocol", grokking.CASES)
def test_steps_to_grokking_are_those_of_a_plain_loop(protocol):
    found = grokking.compare(protocol, SEEDS)
    ours, plain = (grokking.crossings([{"steps": found[side]}]) for side in ("ours", "plain"))
    assert found["p"] > LEVEL, found
    shift = grokking.detectable_shift([*ours, *plain], SEEDS, LEVEL)
    assert shift is not None
    assert shift <= DETECTABLE
