import pytest
import torch
import torch.nn.functional as F

from latebloom.errors import SpecError
from latebloom.models import Quadratic
from latebloom.objectives import SquaredError


def test_it_is_two_linear_layers_on_one_hot_tokens_with_squares_between():
    torch.manual_seed(0)
    module = Quadratic(width=9).build(vocabulary=5, length=2, classes=7).double()
    tokens = torch.cartesian_prod(torch.arange(5), torch.arange(5))
    logits, sites = module(tokens)
    one_hot = F.one_hot(tokens, 5).flatten(1).double()  # (batch, 2 * vocabulary)
    preactivation = one_hot @ module.tokens.flatten(0, 1)
    torch.testing.assert_close(sites["preactivation"], preactivation)
    torch.testing.assert_close(sites["final"], preactivation**2)
    torch.testing.assert_close(logits, preactivation**2 @ module.readout.weight.T)


def test_both_matrices_start_as_torchs_linear_layers_do():
    torch.manual_seed(0)
    module = Quadratic().build(vocabulary=97, length=2, classes=97)
    for weights, inputs in ((module.tokens, 194), (module.readout.weight, 500)):
        assert weights.abs().max().item() == pytest.approx(1 / inputs**0.5, rel=0.01)
        assert weights.std().item() == pytest.approx((3 * inputs) ** -0.5, rel=0.02)


@pytest.mark.parametrize("length", [1, 3])
def test_it_refuses_all_but_two_tokens_before_anything_is_built(length: int):
    with pytest.raises(SpecError, match=f"{length} tokens") as caught:
        Quadratic().build(vocabulary=5, length=length, classes=7)
    assert caught.value.path == "name"


@pytest.mark.parametrize("width", [0, -1, 10**30])
def test_a_width_that_cannot_be_is_refused(width: int):
    with pytest.raises(SpecError) as caught:
        Quadratic(width=width)
    assert caught.value.path == "width"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_it_groks_addition_modulo_97_within_100_epochs_as_published(seed: int):
    torch.manual_seed(seed)
    module = Quadratic().build(vocabulary=97, length=2, classes=97)
    tokens = torch.cartesian_prod(torch.arange(97), torch.arange(97))
    labels = tokens.sum(1) % 97
    train, test = torch.randperm(97**2).split([97**2 // 2, 97**2 - 97**2 // 2])
    rule = torch.optim.AdamW(module.parameters(), lr=1e-2, weight_decay=5.0, betas=(0.9, 0.98))
    for _ in range(100):
        rule.zero_grad()
        SquaredError().per_example(module(tokens[train])[0], labels[train]).mean().backward()
        rule.step()
    with torch.no_grad():
        assert (module(tokens[test])[0].argmax(1) == labels[test]).float().mean() > 0.99
