"""Modules mapped over stacked parameters, as an engine maps them, and what that keeps alive."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap


def mapped(module: nn.Module) -> Callable[..., tuple[Tensor, dict[str, Tensor]]]:
    return vmap(lambda parameters, tokens: functional_call(module, parameters, (tokens,)))


def floats_kept_alive(modules: list[nn.Module], tokens: Tensor) -> float:
    """Count what the forward pass saves or returns, per example: each storage once, parameters not."""
    parameters, _ = stack_module_state(modules)
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    held: list[Tensor] = []  # so that no storage is freed and its address used again
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (held.append(t), keep(t))[1], lambda t: t):
        logits, sites = mapped(modules[0])(parameters, tokens)
    for tensor in (logits, *sites.values()):
        keep(tensor)
    for parameter in parameters.values():
        kept.pop(parameter.untyped_storage().data_ptr(), None)
    return sum(kept.values()) / 4 / tokens[..., 0].numel()
