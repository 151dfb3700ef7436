from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import SpecError
from latebloom.models import EmbeddingMLP


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["shared", "separate"]),
    st.integers(1, 4),
    st.sampled_from([0, 9]),
    st.sampled_from([2, 30]),
)
def test_it_equals_the_plain_form_with_its_gradients(embeddings: Any, length: int, hidden: int, batch: int):
    torch.manual_seed(0)
    model = EmbeddingMLP(width=6, hidden=hidden, embeddings=embeddings)
    module = model.build(vocabulary=5, length=length, classes=7).double()
    tokens = torch.randint(5, (batch, length))
    logits, sites = module(tokens)
    tables = [module.tokens[i if embeddings == "separate" else 0] for i in range(length)]
    embedded = torch.stack([table[tokens[:, i]] for i, table in enumerate(tables)], dim=1)
    preactivation = embedded.flatten(1) @ module.hidden.weight.T + module.hidden.bias
    expected = F.relu(preactivation) @ module.readout.weight.T + module.readout.bias
    torch.testing.assert_close(logits, expected)
    torch.testing.assert_close(sites["embedding"], embedded)
    torch.testing.assert_close(sites["preactivation"], preactivation)
    assert torch.equal(sites["final"], F.relu(sites["preactivation"]))
    parameters = list(module.parameters())
    found = torch.autograd.grad(logits.square().sum(), parameters)
    for gradient, other in zip(found, torch.autograd.grad(expected.square().sum(), parameters), strict=True):
        torch.testing.assert_close(gradient, other)


def test_it_starts_as_torchs_embedding_and_linear_layers_do():
    torch.manual_seed(0)
    module = EmbeddingMLP().build(vocabulary=97, length=2, classes=97)
    assert module.tokens.std().item() == pytest.approx(1, rel=0.05)
    assert module.hidden.weight.abs().max().item() == pytest.approx(1 / 256**0.5, rel=0.01)
    assert module.readout.weight.abs().max().item() == pytest.approx(1 / 128**0.5, rel=0.01)


@pytest.mark.parametrize("fields", [{"width": 0}, {"width": 10**30}, {"hidden": -1}, {"embeddings": "none"}])
def test_settings_that_cannot_work_are_refused_by_name(fields: dict[str, Any]):
    with pytest.raises(SpecError) as caught:
        EmbeddingMLP(**fields)
    assert [caught.value.path] == list(fields)
