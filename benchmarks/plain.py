"""The plain loop, as it is published: DataLoader, an ordinary module, torch.optim, one run at a time.

`python -m benchmarks.plain PROTOCOL SEED` trains one run until it has grokked stably and prints what it took.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.crowd import Ready
from benchmarks.plain_models import FORMS
from benchmarks.protocols import PROTOCOLS, Protocol

GROKKED, STABLE, IN_A_ROW = 0.9, 0.95, 5

Examples = tuple[Tensor, Tensor]


@dataclass(eq=False)
class PlainRun:
    """All that the loop uses. `parts` are the pairs and labels of ``train`` and ``test``, on the device."""

    protocol: Protocol
    model: nn.Module
    parts: dict[str, Examples]
    loader: Iterable[Examples]
    optimizer: Optimizer
    schedule: LambdaLR | None
    criterion: nn.Module
    device: str


def begin(protocol: Protocol, seed: int, device: str = "cpu") -> PlainRun:
    """Draw a split and initial weights; full batches need no loader."""
    torch.manual_seed(seed)
    model = FORMS[protocol.form](protocol).to(device)
    train, test = data(protocol)
    loader = (
        DataLoader(TensorDataset(*train), batch_size=protocol.batch, shuffle=True) if protocol.batch else None
    )
    parts = {"train": _on(device, train), "test": _on(device, test)}
    optimizer = (Adam if protocol.coupled else AdamW)(
        model.parameters(),
        lr=protocol.learning_rate,
        betas=protocol.betas,
        weight_decay=protocol.weight_decay,
    )
    warmup = protocol.warmup
    schedule = LambdaLR(optimizer, lambda step: min((step + 1) / warmup, 1.0)) if warmup else None
    return PlainRun(
        protocol, model, parts, loader or [parts["train"]], optimizer, schedule, nn.CrossEntropyLoss(), device
    )


def data(protocol: Protocol) -> tuple[Examples, Examples]:
    """All pairs in random order: those to train on, and the others."""
    numbers = torch.arange(protocol.modulus)
    pairs = torch.cartesian_prod(numbers, numbers)
    labels = pairs.sum(dim=1) % protocol.modulus
    train, test = torch.randperm(len(pairs)).tensor_split([protocol.train_size])
    return (pairs[train], labels[train]), (pairs[test], labels[test])


def steps(run: PlainRun) -> Iterator[Tensor]:
    """Train for ever; yield each step's loss."""
    while True:
        for batch in run.loader:
            pairs, labels = _on(run.device, batch)
            run.optimizer.zero_grad()
            loss = run.criterion(_logits(run, pairs), labels)
            loss.backward()
            run.optimizer.step()
            if run.schedule:
                run.schedule.step()
            yield loss


def evaluate(run: PlainRun, parts: Sequence[str]) -> dict[str, float]:
    """Loss and accuracy on those parts, through a DataLoader as in training, or all at once."""
    numbers: dict[str, float] = {}
    run.model.eval()
    with torch.no_grad():
        for part in parts:
            pairs, labels = run.parts[part]
            size, loss, right = run.protocol.batch, 0.0, 0
            for some, wanted in DataLoader(TensorDataset(pairs, labels), size) if size else [(pairs, labels)]:
                logits = _logits(run, some)
                loss += run.criterion(logits, wanted).item() * len(some)
                right += (logits.argmax(dim=-1) == wanted).sum().item()
            numbers |= {f"{part}_loss": loss / len(pairs), f"{part}_accuracy": right / len(pairs)}
    run.model.train()
    return numbers


def _logits(run: PlainRun, pairs: Tensor) -> Tensor:
    logits = run.model(pairs)
    return logits.double() if run.protocol.double_loss else logits


def _on(device: str, examples: Sequence[Tensor]) -> Examples:
    pairs, labels = examples
    return pairs.to(device), labels.to(device)


def evaluations(run: PlainRun) -> Iterator[tuple[int, float]]:
    """Train to the protocol's last step; yield (step, test accuracy) at each evaluation."""
    training = steps(run)
    for step in range(0, run.protocol.steps + 1, run.protocol.every):
        for _ in range(run.protocol.every if step else 0):
            next(training)
        yield step, evaluate(run, run.protocol.evaluated)["test_accuracy"]


def timing(
    protocol: str,
    seed: int,
    *,
    seconds: float,
    threads: int,
    ready: Ready,
    warm_up: float = 0.5,
    looking: int = 2,
    parts: Sequence[str] = (),
    device: str = "cpu",
    precision: str = "float32",
) -> dict[str, Any]:
    """Time steps for some seconds, then `looking` evaluations: seconds of one of each."""
    torch.set_num_threads(threads)
    with computing(precision, device):
        run = begin(PROTOCOLS[protocol], seed, device)
        training = steps(run)
        _train_for(training, warm_up, device)
        evaluate(run, parts or run.protocol.evaluated)
        ready()
        began = time.perf_counter()
        count = _train_for(training, seconds, device)
        step = (time.perf_counter() - began) / count
        evaluation = []
        for _ in range(looking):
            began = time.perf_counter()
            evaluate(run, parts or run.protocol.evaluated)
            evaluation.append(time.perf_counter() - began)
    return {"lanes": 1, "step": step, "evaluation": median(evaluation)}


@contextmanager
def computing(precision: str, device: str) -> Iterator[None]:
    """Multiply matrices in ``float32``, in ``tf32`` where the device has it, or in ``bfloat16`` by autocast."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    try:
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16"):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


def _train_for(training: Iterator[Tensor], seconds: float, device: str) -> int:
    began, count = time.perf_counter(), 0
    while True:
        next(training)
        count += 1
        if time.perf_counter() - began >= seconds:
            break
    if device != "cpu":
        torch.cuda.synchronize()
    return count


def first_crossings(protocol: str, seeds: Sequence[int], *, threads: int, ready: Ready) -> dict[str, Any]:
    """Train run after run until its first evaluation with test accuracy >= 0.9; None where there is none."""
    torch.set_num_threads(threads)
    ready()
    runs = (begin(PROTOCOLS[protocol], seed) for seed in seeds)
    found = [next((step for step, accuracy in evaluations(run) if accuracy >= GROKKED), None) for run in runs]
    return {"steps": found}


def until_stable(run: PlainRun) -> int | None:
    """Train until the test accuracy was >= 0.95 five times in a row; return the step at which that was known."""
    in_a_row = 0
    for step, accuracy in evaluations(run):
        in_a_row = in_a_row + 1 if accuracy >= STABLE else 0
        if in_a_row == IN_A_ROW:
            return step
    return None


def main() -> None:
    torch.set_num_threads(1)
    protocol, seed = sys.argv[1:]
    run = begin(PROTOCOLS[protocol], int(seed))
    began = time.perf_counter()
    step = until_stable(run)
    print(json.dumps({"step": step, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
