import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from latebloom.errors import ShapeError
from latebloom.measures import attention_entropy


def pattern_of(samples, heads, queries, keys, seed=0, sharpness=1.0):
    drawn = torch.randn(samples, heads, queries, keys, generator=torch.Generator().manual_seed(seed))
    return (drawn.double() * sharpness).softmax(-1)


@settings(max_examples=40, deadline=None)
@given(
    samples=st.integers(1, 5),
    heads=st.integers(1, 4),
    queries=st.integers(1, 4),
    keys=st.integers(2, 9),
    sharpness=st.sampled_from([0.0, 1.0, 30.0, 1e4]),
    seed=st.integers(0, 10**6),
)
def test_each_head_agrees_with_scipy(samples, heads, queries, keys, sharpness, seed):
    pattern = pattern_of(samples, heads, queries, keys, seed, sharpness)
    expected = entropy(pattern.numpy(), axis=-1, base=keys).mean((0, 2))
    found = attention_entropy(pattern)
    np.testing.assert_allclose(found["attention_entropy_heads"], expected, rtol=1e-9, atol=1e-12)
    assert found["attention_entropy"].item() == pytest.approx(expected.mean(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("keys", [2, 3, 97])
def test_even_attention_scores_one_and_attention_to_one_key_scores_zero(keys):
    evenly = torch.full((4, 2, 3, keys), 1.0 / keys, dtype=torch.float64)
    assert attention_entropy(evenly)["attention_entropy"].item() == pytest.approx(1.0, rel=1e-12)
    sharply = torch.nn.functional.one_hot(torch.arange(24) % keys, keys).reshape(4, 2, 3, keys).double()
    assert attention_entropy(sharply)["attention_entropy"] == 0.0


def test_heads_are_kept_apart():
    pattern = torch.stack([torch.full((5, 3, 4), 0.25), torch.eye(4)[:3].expand(5, 3, 4)], dim=1)
    found = attention_entropy(pattern)
    assert found["attention_entropy_heads"].tolist() == [1.0, 0.0]
    assert found["attention_entropy"] == 0.5


def test_attention_over_half_of_the_keys_scores_the_share_of_their_logarithm():
    pattern = torch.tensor([0.5, 0.5, 0.0, 0.0]).expand(2, 1, 1, 4)
    assert attention_entropy(pattern)["attention_entropy"].item() == pytest.approx(math.log(2) / math.log(4))


def test_causal_masking_alone_keeps_the_score_below_one():
    causal = torch.ones(4, 4, dtype=torch.float64).tril()
    pattern = (causal / causal.sum(-1, keepdim=True))[None, None]
    expected = sum(math.log(seen) for seen in (1, 2, 3, 4)) / 4 / math.log(4)
    assert attention_entropy(pattern)["attention_entropy"].item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_weights_rounded_to_half_precision_still_sum_to_one(dtype):
    pattern = pattern_of(3, 2, 4, 512)
    found = attention_entropy(pattern.to(dtype))["attention_entropy"]
    torch.testing.assert_close(found, attention_entropy(pattern)["attention_entropy"], rtol=5e-3, atol=0.0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda pattern: pattern * 1.1,
        lambda pattern: torch.zeros_like(pattern),
        lambda pattern: pattern.log(),
        lambda pattern: torch.cat([pattern[..., :-1] + 2.0, pattern[..., -1:] - 6.0], -1),
    ],
    ids=["too large", "zeros", "logarithms", "negative weights that sum to one"],
)
def test_what_is_no_attention_is_nan_and_spoils_no_other_lane(spoil):
    pattern = pattern_of(3, 2, 4, 4).expand(2, 3, 2, 4, 4).clone()
    pattern[1] = spoil(pattern[1])
    found = attention_entropy(pattern)
    for value in found.values():
        assert value[1].isnan().all()
        assert value[0].isfinite().all()


@pytest.mark.parametrize("shape", [(3, 2, 4, 1), (3, 2, 4), (0, 2, 3, 4), (3, 0, 3, 4), (3, 2, 0, 4)])
def test_a_pattern_without_a_choice_is_a_shape_error(shape, unhooked):
    with pytest.raises(ShapeError, match=r"^pattern: got .* needed"):
        attention_entropy(torch.ones(shape))
