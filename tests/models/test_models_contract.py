"""What every model on the shelf promises; a new one is found here by itself."""

import dataclasses
import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn
from torch.func import stack_module_state

from latebloom.errors import SpecError
from latebloom.models import MODELS, Model
from tests.models.populations import floats_kept_alive, mapped

SIZES = {"vocabulary": 5, "length": 2, "classes": 7}
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]

every_model = pytest.mark.parametrize("model", [kind.example() for kind in MODELS.values()], ids=list(MODELS))
few_and_many = pytest.mark.parametrize("batch", [3, 40], ids=["few", "many"])


def built(model: Model, seed: int, dtype: torch.dtype = torch.float32) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return model.build(**SIZES).to(dtype)


def drawn_tokens(*shape: int) -> Tensor:
    return torch.randint(SIZES["vocabulary"], shape, generator=torch.Generator().manual_seed(0))


def test_every_model_stands_on_the_shelf_under_its_own_name():
    assert [kind.name for kind in MODELS.values()] == list(MODELS)
    assert len(set(MODELS.values())) == len(MODELS)


def test_the_door_opens_without_torch():
    code = "import sys, latebloom.models; [kind.example() for kind in latebloom.models.MODELS.values()]; "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@every_model
def test_a_model_is_a_frozen_hashable_value_with_defaults_for_all(model: Model):
    field = dataclasses.fields(model)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(model, field, None)
    assert model == type(model).example()
    assert hash(model) == hash(type(model).example())
    assert type(model)().initial_scale == 1.0


@every_model
@pytest.mark.parametrize("scale", [0.0, -1.0, 1e7, float("nan"), float("inf"), 10**30])
def test_an_initial_scale_that_makes_no_sense_is_refused(model: Model, scale: float):
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(model, initial_scale=scale)
    assert caught.value.path == "initial_scale"


@every_model
def test_the_formula_counts_the_parameters_of_the_module(model: Model):
    for kind in (model, type(model)()):
        module = kind.build(**SIZES)
        assert kind.parameters(**SIZES) == sum(parameter.numel() for parameter in module.parameters())
        assert not list(module.buffers())


@every_model
def test_the_formula_counts_the_activations_within_a_half(model: Model):
    modules = [built(model, seed) for seed in range(2)]
    truth = floats_kept_alive(modules, drawn_tokens(2, 200, SIZES["length"]))
    assert truth / 1.5 < model.activations(**SIZES) < truth * 1.5


@every_model
@few_and_many
def test_forward_gives_logits_and_exactly_the_sites_promised(model: Model, batch: int):
    logits, sites = built(model, 0)(drawn_tokens(batch, SIZES["length"]))
    assert logits.shape == (batch, SIZES["classes"])
    assert tuple(sites) == model.sites()
    assert torch.equal(sites["logits"], logits)
    assert sites["final"].dim() == 2
    assert all(len(activation) == batch for activation in sites.values())


@every_model
@few_and_many
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_a_population_computes_what_its_runs_compute_alone(
    model: Model, batch: int, device: str, dtype: torch.dtype
):
    modules = [built(model, seed, dtype).to(device) for seed in range(3)]
    tokens = drawn_tokens(3, batch, SIZES["length"]).to(device)
    parameters, _ = stack_module_state(modules)
    logits, sites = mapped(modules[0])(parameters, tokens)
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if dtype == torch.float32 else {"rtol": 1e-11, "atol": 1e-12}
    for lane, module in enumerate(modules):
        alone, alone_sites = module(tokens[lane])
        assert alone.dtype == logits.dtype == dtype
        torch.testing.assert_close(logits[lane], alone, **tolerance)
        for site in model.sites():
            torch.testing.assert_close(sites[site][lane], alone_sites[site], **tolerance)


@every_model
@few_and_many
def test_every_parameter_of_a_population_gets_its_own_gradient(model: Model, batch: int):
    modules = [built(model, seed, torch.float64) for seed in range(3)]
    tokens = drawn_tokens(3, batch, SIZES["length"])
    parameters, _ = stack_module_state(modules)
    logits, _ = mapped(modules[0])(parameters, tokens)
    gradients = torch.autograd.grad(logits.square().sum(), list(parameters.values()))
    for lane, module in enumerate(modules):
        alone = torch.autograd.grad(module(tokens[lane])[0].square().sum(), list(module.parameters()))
        for name, gradient, expected in zip(parameters, gradients, alone, strict=True):
            torch.testing.assert_close(gradient[lane], expected, rtol=1e-9, atol=1e-10)
            # A constant added to all keys changes no softmax: its gradient is nothing but rounding.
            assert gradient[lane].abs().max() > 1e-6 or name.endswith("key.bias"), name


@every_model
def test_the_same_seed_draws_the_same_module_and_another_another(model: Model):
    first, again, other = (nn.utils.parameters_to_vector(built(model, s).parameters()) for s in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@every_model
def test_the_initial_scale_multiplies_every_initial_parameter(model: Model):
    plain = nn.utils.parameters_to_vector(built(model, 0).parameters())
    scaled = nn.utils.parameters_to_vector(
        built(dataclasses.replace(model, initial_scale=3.0), 0).parameters()
    )
    torch.testing.assert_close(scaled, 3 * plain)


@every_model
def test_the_module_is_a_float32_one_on_the_cpu(model: Model):
    assert {(p.dtype, p.device.type) for p in model.build(**SIZES).parameters()} == {(torch.float32, "cpu")}
