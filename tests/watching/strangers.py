"""Models that know nothing of latebloom, and loops that train them."""

import torch
from torch import nn

P = 11
PAIRS = torch.cartesian_prod(torch.arange(P), torch.arange(P))
LABELS = PAIRS.sum(dim=1) % P


def stranger(seed=0):
    """An MLP with dropout, BatchNorm and an activation that writes over its input."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Embedding(P, 8),
        nn.Flatten(),
        nn.Linear(16, 24),
        nn.BatchNorm1d(24),
        nn.ReLU(inplace=True),
        nn.Dropout(0.2),
        nn.Linear(24, P),
    )


def training(model, batch=64):
    """Train for ever on random batches; yield each loss. It draws from the global random state."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    while True:
        chosen = torch.randperm(len(PAIRS))[:batch]
        loss = nn.functional.cross_entropy(model(PAIRS[chosen]), LABELS[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss


def hooks_of(model):
    """List every hook on a model and its submodules."""
    kinds = (
        "_forward_hooks",
        "_forward_pre_hooks",
        "_backward_hooks",
        "_forward_hooks_with_kwargs",
        "_forward_hooks_always_called",
    )
    return [hook for module in model.modules() for kind in kinds for hook in getattr(module, kind).items()]
