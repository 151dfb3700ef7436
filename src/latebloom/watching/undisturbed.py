"""A module as it is, for a while in evaluation mode: afterwards nothing about it has changed."""

import random
import sys
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import Tensor, nn


@contextmanager
def undisturbed(module: nn.Module) -> Generator[None]:
    """Let a module be run in evaluation mode without a trace.

    Afterwards the mode of every submodule, every buffer (running means, counters) and the global random states
    of Python, numpy and torch, on all devices that the module lies on, are what they were. Gradients are
    neither computed nor touched. A compiled module runs as it was written, and what autocast remembers of the
    training step is neither used nor added to.
    """
    modules = list(module.modules())
    with ExitStack() as stack:
        stack.enter_context(_random_states(devices_of(module)))
        stack.enter_context(_buffers(modules))
        stack.enter_context(_modes(modules))
        stack.enter_context(_no_autocast_cache())
        if (
            "torch._dynamo" in sys.modules
        ):  # loading it takes seconds, and what is not loaded compiles nothing
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.enter_context(torch.no_grad())
        yield


def plain_module(module: nn.Module) -> nn.Module:
    """Take the module itself out of what runs it compiled or on several devices.

    Such a wrapper talks to other processes when it is run, or does not see hooks that came later.
    """
    while True:
        if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
            module = module.module
        elif isinstance(inner := module._modules.get("_orig_mod"), nn.Module):  # what torch.compile returns
            module = inner
        else:
            return module


def devices_of(module: nn.Module) -> list[torch.device]:
    """List the devices that a module's parameters and buffers lie on, each once; the first parameter's first."""
    return list(dict.fromkeys(tensor.device for tensor in (*module.parameters(), *module.buffers())))


@contextmanager
def _modes(modules: Iterable[nn.Module]) -> Generator[None]:
    """Set each module's own flag: `eval()` may be overridden, to merge weights for example."""
    before = [(module, module.training) for module in modules]
    try:
        for module, _ in before:
            module.training = False
        yield
    finally:
        for module, mode in before:
            module.training = mode


@contextmanager
def _buffers(modules: Iterable[nn.Module]) -> Generator[None]:
    """Put buffers back that a forward pass wrote to or replaced; the others are not written to."""
    before = [
        (module._buffers, {name: _kept(value) for name, value in module._buffers.items()})
        for module in modules
    ]
    try:
        yield
    finally:
        for buffers, kept in before:
            for name, (buffer, copy, version) in kept.items():
                if buffer is not None and copy is not None and buffer._version != version:
                    buffer.copy_(copy)
                buffers[name] = buffer
            for name in buffers.keys() - kept.keys():
                del buffers[name]


def _kept(buffer: Tensor | None) -> tuple[Tensor | None, Tensor | None, int]:
    if buffer is None or buffer.is_inference():  # the latter cannot be written to
        return buffer, None, 0
    return buffer, buffer.detach().clone(), buffer._version


@contextmanager
def _no_autocast_cache() -> Generator[None]:
    """Casts that were remembered with gradients must not be used now, nor those made now in training."""
    enabled = torch.is_autocast_cache_enabled()
    torch.set_autocast_cache_enabled(False)
    try:
        yield
    finally:
        torch.set_autocast_cache_enabled(enabled)


@contextmanager
def _random_states(devices: Iterable[torch.device]) -> Generator[None]:
    python, legacy = random.getstate(), np.random.get_state()
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=[]))
        for device in devices:
            if device.type != "cpu" and device.type != "meta":
                stack.enter_context(torch.random.fork_rng(devices=[device], device_type=device.type))
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)
