"""The plain loop of the manifold protocol, as it is published: DataLoader, nn.TransformerEncoder, torch.optim."""

import sys
import time

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.crowd import ready

MODULUS, WIDTH, HEADS, FEED_FORWARD, LAYERS = 97, 128, 4, 512, 2
BATCH, EVERY = 512, 1000


class Plain(nn.Module):
    """Two embedding tables, learned positions, a post-LN encoder, a read-out at the first position."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Embedding(MODULUS, WIDTH), nn.Embedding(MODULUS, WIDTH)
        self.positions = nn.Parameter(torch.randn(2, WIDTH) * 0.02)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, FEED_FORWARD, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, LAYERS)
        self.readout = nn.Linear(WIDTH, MODULUS)

    def forward(self, pairs: Tensor) -> Tensor:
        x = torch.stack([self.left(pairs[:, 0]), self.right(pairs[:, 1])], dim=1) + self.positions
        return self.readout(self.encoder(x)[:, 0])


def data(seed: int) -> tuple[TensorDataset, tuple[Tensor, Tensor]]:
    """All pairs of addition mod 97, 30 % of them to train on."""
    pairs = torch.cartesian_prod(torch.arange(MODULUS), torch.arange(MODULUS))
    labels = pairs.sum(dim=1) % MODULUS
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))
    size = int(0.3 * len(pairs))
    return TensorDataset(pairs[order[:size]], labels[order[:size]]), (
        pairs[order[size:]],
        labels[order[size:]],
    )


def evaluate(model: nn.Module, test: tuple[Tensor, Tensor]) -> float:
    """Test accuracy, in batches of the training size."""
    model.eval()
    with torch.no_grad():
        batches = zip(test[0].split(BATCH), test[1].split(BATCH), strict=True)
        right = sum(int((model(pairs).argmax(-1) == labels).sum()) for pairs, labels in batches)
    model.train()
    return right / len(test[1])


def stepping(threads: int, seconds: float, seed: int = 0) -> None:
    """Train one run for some seconds, then evaluate twice; print steps per second, evaluations counted in."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model = Plain()
    training, test = data(seed)
    loader = DataLoader(training, batch_size=BATCH, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1.0)
    criterion = nn.CrossEntropyLoss()

    def steps(limit: float) -> tuple[int, float]:
        began, count = time.perf_counter(), 0
        while True:
            for pairs, labels in loader:
                optimizer.zero_grad()
                loss = criterion(model(pairs), labels)
                loss.backward()
                optimizer.step()
                count += 1
                if time.perf_counter() - began > limit:
                    return count, time.perf_counter() - began

    steps(0.5)
    evaluate(model, test)
    ready()
    count, took = steps(seconds)
    began = time.perf_counter()
    evaluate(model, test), evaluate(model, test)
    an_evaluation = (time.perf_counter() - began) / 2
    sys.stdout.write(f"{1 / (took / count + an_evaluation / EVERY)}\n")


def matrix_speed(seconds: float) -> None:
    """Multiply matrices of the protocol's own shape in one thread; print floating-point operations per second."""
    torch.set_num_threads(1)
    rows, weights = torch.randn(2 * BATCH, WIDTH), torch.randn(WIDTH, FEED_FORWARD)
    out = torch.empty(2 * BATCH, FEED_FORWARD)
    torch.mm(rows, weights, out=out)
    ready()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(20):
            torch.mm(rows, weights, out=out)
        count += 20
    sys.stdout.write(f"{2 * rows.numel() * FEED_FORWARD * count / (time.perf_counter() - began)}\n")


def operations_of_a_step() -> float:
    """Count the floating-point operations of matrix products in a mean step of the plain loop.

    Six batches an epoch, the last one partial: forward, and twice that backward, by torch's own counter.
    """
    from torch.utils.flop_counter import FlopCounterMode

    training, _ = data(0)
    pairs, labels = training.tensors
    counter = FlopCounterMode(display=False)
    with counter:
        nn.functional.cross_entropy(Plain()(pairs[:BATCH]), labels[:BATCH]).backward()
    mean_batch = len(training) / -(-len(training) // BATCH)
    return counter.get_total_flops() * mean_batch / BATCH
