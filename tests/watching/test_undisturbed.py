import random

import numpy as np
import pytest
import torch
from torch import nn

from latebloom.watching.undisturbed import plain_module, undisturbed
from tests.watching.strangers import PAIRS, stranger


class Counting(nn.Module):
    """Counts its calls in a buffer, replaces another one at each call, and makes a third."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("last", torch.zeros(3), persistent=False)
        self.register_buffer("nothing", None)

    def forward(self, x):
        self.calls += 1
        self.last = x.sum(0)
        self.register_buffer("fresh", torch.ones(1))
        return x


class Merging(nn.Module):
    """Changes its weights when it is put in evaluation mode, as some adapters do."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))

    def train(self, mode=True):
        if not mode:
            self.weight.data += 1
        return super().train(mode)

    def forward(self, x):
        return x * self.weight


def states():
    return torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()


def test_every_submodule_keeps_its_own_mode_and_all_are_in_evaluation_mode_meanwhile():
    model = stranger()
    model[3].eval()
    before = [module.training for module in model.modules()]
    with undisturbed(model):
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == before
    assert True in before
    assert False in before


def test_a_module_that_changes_its_weights_in_eval_is_not_told_of_it():
    model = Merging()
    with undisturbed(model):
        model(torch.ones(2))
    assert model.weight.tolist() == [1.0, 1.0]


def test_random_states_of_torch_python_and_numpy_are_put_back():
    model, before = nn.Linear(2, 2), states()
    with undisturbed(model):
        torch.rand(5), random.random(), np.random.rand(3)
        assert all(now != then for now, then in zip(states(), before, strict=True))
    assert states() == before


def fail_within(model):
    with undisturbed(model):
        torch.rand(3)
        raise ZeroDivisionError


def test_states_are_put_back_after_an_error_too():
    model = stranger()
    before = states()
    with pytest.raises(ZeroDivisionError):
        fail_within(model)
    assert states() == before
    assert all(module.training for module in model.modules())
    assert torch.is_grad_enabled()


def test_buffers_that_a_forward_pass_writes_to_replaces_or_makes_are_put_back():
    model = Counting()
    calls, last = model.calls, model.last
    with undisturbed(model):
        model(torch.ones(4, 3))
    assert model.calls is calls
    assert model.last is last
    assert model.calls.item() == 0
    assert model.last.tolist() == [0.0, 0.0, 0.0]
    assert "fresh" not in dict(model.named_buffers())
    assert model._buffers["nothing"] is None


def test_a_buffer_that_nobody_wrote_to_is_not_written_to_either():
    model = stranger()
    versions = [buffer._version for buffer in model.buffers()]
    with undisturbed(model):
        model(PAIRS)
    assert [buffer._version for buffer in model.buffers()] == versions


def test_nothing_that_is_computed_meanwhile_has_a_gradient():
    model = nn.Linear(4, 4)
    with undisturbed(model):
        assert not model(torch.ones(2, 4)).requires_grad
    assert model(torch.ones(2, 4)).requires_grad


def test_weights_that_autocast_remembers_are_not_used_nor_those_that_it_sees_now_remembered():
    model, x = nn.Linear(4, 4, bias=False), torch.ones(2, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        before = model(x)
        with torch.no_grad():
            model.weight.add_(1.0)
        with undisturbed(model):
            seen = model(x)
        assert torch.is_autocast_cache_enabled()
        model(x).sum().backward()
    assert ((seen - before).float() - 4.0).abs().max() < 0.1
    assert model.weight.grad is not None


def test_a_wrapper_for_several_devices_is_taken_off():
    model = stranger()
    assert plain_module(nn.DataParallel(model)) is model
    assert plain_module(model) is model
