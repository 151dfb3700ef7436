import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latebloom.models.networks.attention import attend


def drawn(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    values = torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (scale * values).requires_grad_()


def reference(queries: Tensor, keys: Tensor, values: Tensor, heads: int) -> Tensor:
    by_head = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (queries, keys, values))
    return F.scaled_dot_product_attention(*by_head).transpose(1, 2).flatten(-2)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(1, 5), st.floats(0.1, 30.0))
def test_every_form_equals_attention_by_matrix_products_with_its_gradients(
    queries: int, keys: int, heads: int, features: int, scale: float
):
    width = heads * features
    parts = [drawn(3, n, width, seed=i, scale=scale) for i, n in enumerate((queries, keys, keys))]
    mixed, pattern = attend(*parts, heads=heads)
    expected = reference(*parts, heads)
    torch.testing.assert_close(mixed, expected, rtol=1e-9, atol=1e-9)
    weights = drawn(*mixed.shape, seed=9)
    found = torch.autograd.grad((mixed * weights).sum(), parts)
    for gradient, other in zip(found, torch.autograd.grad((expected * weights).sum(), parts), strict=True):
        torch.testing.assert_close(gradient, other, rtol=1e-8, atol=1e-8)
    assert pattern.shape == (3, heads, queries, keys)


@pytest.mark.parametrize(("queries", "keys"), [(2, 2), (1, 2), (1, 3), (3, 3)])
def test_the_pattern_says_how_much_of_each_value_is_in_the_mix(queries: int, keys: int):
    parts = [drawn(2, n, 6, seed=i) for i, n in enumerate((queries, keys, keys))]
    mixed, pattern = attend(*parts, heads=2)
    torch.testing.assert_close(pattern.sum(-1), torch.ones(2, 2, queries, dtype=torch.float64))
    by_head = parts[2].unflatten(-1, (2, 3)).transpose(1, 2)  # (batch, head, key, feature)
    torch.testing.assert_close((pattern @ by_head).transpose(1, 2).flatten(-2), mixed)


@pytest.mark.parametrize(("queries", "keys"), [(2, 2), (1, 3), (3, 3)])
def test_scores_beyond_any_exponential_stay_finite(queries: int, keys: int):
    parts = [drawn(2, n, 4, seed=i, scale=1e3) for i, n in enumerate((queries, keys, keys))]
    mixed, _ = attend(*parts, heads=1)
    gradients = torch.autograd.grad(mixed.sum(), parts)
    assert all(torch.isfinite(tensor).all() for tensor in (mixed, *gradients))
