"""Watch a model and a loop that know nothing of latebloom: a small MLP that learns addition modulo 53.

python examples/watch_a_stranger.py 3000 && latebloom report
"""

import sys

import torch
from torch import nn

import latebloom

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
P = 53
torch.manual_seed(0)
pairs = torch.cartesian_prod(torch.arange(P), torch.arange(P))
labels = pairs.sum(dim=1) % P
train, test = torch.randperm(len(pairs)).split([1600, len(pairs) - 1600])
model = nn.Sequential(nn.Embedding(P, 32), nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, P))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1.0)


def accuracy(part: torch.Tensor) -> torch.Tensor:
    """Compute the share of right answers."""
    return (model(pairs[part]).argmax(dim=1) == labels[part]).double().mean()


with latebloom.watch(model, sites=["0", "3"], inputs=pairs, labels=labels, group=f"cyclic:{P}") as watch:
    for step in range(1, steps + 1):
        loss = nn.functional.cross_entropy(model(pairs[train]), labels[train])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        watch.step(loss=loss)
        if step % 50 == 0:
            watch.note(train_accuracy=accuracy(train), test_accuracy=accuracy(test))

print(watch.run)
shown = ["step", "probe_accuracy", "pca_dimension_95@3", "ring_best_stride@3", "ring_p_value@3"]
print(watch.frame()[shown].dropna().to_string(index=False))
