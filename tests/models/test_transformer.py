import dataclasses
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.func import stack_module_state

from latebloom.errors import SpecError
from latebloom.models import Transformer
from tests.models.plain_transformer import plain_forward
from tests.models.populations import floats_kept_alive, mapped

PROTOCOL_M = {"vocabulary": 97, "length": 2, "classes": 97}
SMALL = Transformer(width=8, heads=2, feed_forward=12)

designs = st.builds(
    Transformer,
    layers=st.integers(1, 3),
    width=st.just(8),
    heads=st.sampled_from([1, 2, 4]),
    feed_forward=st.just(12),
    activation=st.sampled_from(["relu", "gelu"]),
    norm=st.sampled_from(["after", "before", "none"]),
    embeddings=st.sampled_from(["separate", "shared"]),
    closing=st.booleans(),
    readout=st.sampled_from(["first", "last", "mean"]),
    bottleneck=st.sampled_from([0, 3]),
    equal_layers=st.booleans(),
    bias=st.booleans(),
    initialization=st.sampled_from(["torch", "normal"]),
)


def built(model: Transformer, seed: int = 0, **sizes: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = model.build(**({"vocabulary": 5, "length": 2, "classes": 7} | sizes))
        for parameter in module.parameters():  # zeros and ones would hide mistakes
            nn.init.uniform_(parameter, -1, 1) if parameter.dim() == 1 else None
        return module


def read_position(model: Transformer, site: str, activation: Tensor) -> Tensor:
    """Keep of a last layer's activation what is computed when a single position is read."""
    if model.readout == "mean" or not site.startswith(f"block{model.layers - 1}"):
        return activation
    axis = 2 if site.endswith("pattern") else 1
    return activation.narrow(axis, 0 if model.readout == "first" else activation.shape[axis] - 1, 1)


@settings(deadline=None, max_examples=120)
@given(model=designs, length=st.integers(1, 4), batch=st.sampled_from([2, 24]))
def test_every_design_equals_the_plain_form_at_every_site_with_equal_gradients(
    model: Transformer, length: int, batch: int
):
    sizes = {"vocabulary": 5, "length": length, "classes": 7}
    modules = [built(model, seed, **sizes).double() for seed in range(2)]
    tokens = torch.randint(5, (2, batch, length), generator=torch.Generator().manual_seed(1))
    stacked, _ = stack_module_state(modules)
    logits, sites = mapped(modules[0])(stacked, tokens)
    gradients = torch.autograd.grad(logits.square().sum(), list(stacked.values()))
    assert model.parameters(**sizes) == sum(parameter[0].numel() for parameter in stacked.values())
    assert tuple(sites) == model.sites()
    for lane, module in enumerate(modules):
        weights = dict(module.named_parameters())
        plain = plain_forward(model, weights, tokens[lane])
        for site in model.sites():
            expected = read_position(model, site, plain[site])
            torch.testing.assert_close(sites[site][lane], expected, rtol=1e-8, atol=1e-9)
        expected_gradients = torch.autograd.grad(plain["logits"].square().sum(), list(weights.values()))
        for gradient, expected in zip(gradients, expected_gradients, strict=True):
            torch.testing.assert_close(gradient[lane], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("norm", ["after", "before"])
@pytest.mark.parametrize("readout", ["first", "mean"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_it_equals_torchs_own_encoder(norm: Any, readout: Any, dtype: torch.dtype, tolerance: float):
    model = Transformer(norm=norm, readout=readout)
    module = built(model, **PROTOCOL_M).to(dtype)
    encoder = torch_encoder(module, before=norm == "before", dtype=dtype)
    tokens = torch.cartesian_prod(torch.arange(97), torch.arange(97))[::17]
    with torch.no_grad():
        logits, sites = module(tokens)
        embedding = torch.stack([module.tokens[i][tokens[:, i]] for i in range(2)], dim=1) + module.positions
        encoded = encoder(embedding)
        final = encoded[:, 0] if readout == "first" else encoded.mean(1)
        expected = nn.functional.linear(final, module.readout.weight, module.readout.bias)
    torch.testing.assert_close(sites["final"], final, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(logits, expected, rtol=tolerance, atol=tolerance)


def torch_encoder(module: nn.Module, *, before: bool, dtype: torch.dtype) -> nn.Module:
    """Make torch's encoder with the module's weights."""
    layer = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True, norm_first=before)
    last = nn.LayerNorm(128) if before else None
    encoder = nn.TransformerEncoder(layer, 2, norm=last, enable_nested_tensor=False).to(dtype).eval()
    own = module.state_dict()
    state = {}
    for i in range(2):
        for kind in ("weight", "bias"):
            names = [f"blocks.{i}.{part}.{kind}" for part in ("query", "key", "value")]
            state[f"layers.{i}.self_attn.in_proj_{kind}"] = torch.cat([own[name] for name in names])
            for theirs, ours in (
                ("self_attn.out_proj", "attention_output"), ("linear1", "hidden"), ("linear2", "output"),
                ("norm1", "attention_norm"), ("norm2", "feed_forward_norm"),
            ):  # fmt: skip
                state[f"layers.{i}.{theirs}.{kind}"] = own[f"blocks.{i}.{ours}.{kind}"]
    if before:
        state |= {f"norm.{kind}": own[f"norm.{kind}"] for kind in ("weight", "bias")}
    encoder.load_state_dict(state)
    return encoder


@pytest.mark.parametrize("readout", ["first", "mean"])
def test_the_manifold_protocol_has_434145_parameters(readout: Any):
    model = Transformer(equal_layers=True, readout=readout)
    assert model.parameters(**PROTOCOL_M) == 434_145
    assert sum(parameter.numel() for parameter in model.build(**PROTOCOL_M).parameters()) == 434_145


def test_equal_layers_start_equal_and_others_do_not():
    torch.manual_seed(0)
    for equal in (True, False):
        module = dataclasses.replace(SMALL, layers=3, equal_layers=equal).build(**PROTOCOL_M)
        first, second, third = (nn.utils.parameters_to_vector(block.parameters()) for block in module.blocks)
        assert torch.equal(first, second) == torch.equal(second, third) == equal


def test_equal_layers_are_trained_apart():
    torch.manual_seed(0)
    module = dataclasses.replace(SMALL, equal_layers=True).build(**PROTOCOL_M)
    logits, _ = module(torch.tensor([[1, 2], [3, 4]]))
    logits.square().sum().backward()
    first, second = (block.hidden.weight.grad for block in module.blocks)
    assert not torch.equal(first, second)


def test_the_torch_initialization_draws_what_torchs_encoder_layer_draws():
    torch.manual_seed(0)
    module = Transformer().build(**PROTOCOL_M)
    layer = nn.TransformerEncoderLayer(128, 4, 512, batch_first=True)
    block = module.blocks[0]
    pairs = [
        (block.query.weight, layer.self_attn.in_proj_weight),
        (block.key.weight, layer.self_attn.in_proj_weight),
        (block.value.weight, layer.self_attn.in_proj_weight),
        (block.attention_output.weight, layer.self_attn.out_proj.weight),
        (block.hidden.weight, layer.linear1.weight),
        (block.output.weight, layer.linear2.weight),
        (block.hidden.bias, layer.linear1.bias),
        (block.output.bias, layer.linear2.bias),
        (module.tokens, nn.Embedding(97, 128).weight),
        (module.readout.weight, nn.Linear(128, 97).weight),
    ]
    for ours, theirs in pairs:
        assert same_distribution(ours, theirs)
    assert module.positions.std().item() == pytest.approx(0.02, rel=0.2)
    zeros = [block.query.bias, block.key.bias, block.value.bias, block.attention_output.bias]
    assert all(torch.equal(bias, torch.zeros(128)) for bias in zeros)


def same_distribution(ours: Tensor, theirs: Tensor) -> bool:
    """Compare spread, and size of the extremes, which tells uniform from normal."""
    spread = ours.std().item() / theirs.std().item()
    extremes = ours.abs().max().item() / theirs.abs().max().item()
    return 0.9 < spread < 1.1 and 0.8 < extremes < 1.25


def test_the_normal_initialization_draws_every_matrix_with_variance_one_over_width():
    model = Transformer(layers=1, norm="none", closing=True, embeddings="shared", initialization="normal")
    torch.manual_seed(0)
    for name, parameter in model.build(**PROTOCOL_M).named_parameters():
        size = 97 if name == "readout.weight" else 128
        expected = 0.0 if name.endswith("bias") else 1 / math.sqrt(size)
        assert parameter.std().item() == pytest.approx(expected, rel=0.12), name


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_an_examples_logits_do_not_depend_on_who_is_in_the_batch(pairs: list[tuple[int, int]]):
    module, tokens = built(SMALL).double(), torch.tensor(pairs)
    together = module(tokens)[0]
    alone = torch.cat([module(example[None])[0] for example in tokens])
    torch.testing.assert_close(together, alone, rtol=1e-9, atol=1e-10)


def test_a_token_at_another_position_is_another_row():
    swapped = built(SMALL).double()(torch.tensor([[1, 2], [2, 1]]))[0]
    assert not torch.allclose(swapped[0], swapped[1])


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"layers": 0}, "layers"),
        ({"layers": 10**30}, "layers"),
        ({"width": 0}, "width"),
        ({"width": 10**30}, "width"),
        ({"heads": 0}, "heads"),
        ({"heads": 3}, "heads"),
        ({"feed_forward": -1}, "feed_forward"),
        ({"bottleneck": -1}, "bottleneck"),
        ({"activation": "tanh"}, "activation"),
        ({"norm": "rms"}, "norm"),
        ({"embeddings": ""}, "embeddings"),
        ({"readout": "x" * 1000}, "readout"),
        ({"initialization": "xavier"}, "initialization"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(fields: dict[str, Any], path: str):
    with pytest.raises(SpecError) as caught:
        Transformer(**fields)
    assert caught.value.path == path
    assert caught.value.right
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("readout", ["first", "mean"])
@pytest.mark.parametrize("norm", ["after", "none"])
def test_the_formula_counts_the_activations_of_many_shapes_within_a_half(
    length: int, readout: Any, norm: Any
):
    model = Transformer(width=32, feed_forward=128, readout=readout, norm=norm, activation="gelu")
    sizes = {"vocabulary": 5, "length": length, "classes": 7}
    torch.manual_seed(0)
    tokens = torch.randint(5, (2, 100, length))
    truth = floats_kept_alive([model.build(**sizes) for _ in range(2)], tokens)
    assert truth / 1.5 < model.activations(**sizes) < truth * 1.5
