"""From specs to a population: tables, splits and initial weights, each drawn from the run's own streams."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from latebloom.engine import Lane, Population, State, assemble
from latebloom.randomness import permutation, stream
from latebloom.spec import Spec

PROBES = 2048  # inputs whose activations are kept in snapshots, at most


def population_of(specs: Sequence[Spec], device: str = "cpu") -> tuple[Population, State]:
    """Build the population of these specs, a lane per spec, at step 0.

    The specs must have equal `Spec.shape`. What a lane is depends on its own spec alone.
    """
    first = specs[0]
    return assemble(
        [lane_of(spec) for spec in specs],
        first.objective,
        batch=first.training.batch,
        precision=first.training.precision,
        device=device,
    )


def lane_of(spec: Spec) -> Lane:
    """Build one lane: its whole table, its split, its module with initial weights. On the CPU."""
    table = spec.task.table()
    train, test = spec.split.divide(table, spec.seed)
    measured = test[measured_order(spec, len(test))]
    return Lane(
        seed=spec.seed,
        model=_initial_module(spec),
        tokens=torch.from_numpy(table.tokens),
        labels=torch.from_numpy(table.labels),
        train=torch.from_numpy(train),
        test=torch.from_numpy(measured),
        rule=spec.optimizer,
    )


def measured_order(spec: Spec, count: int) -> NDArray[np.int64]:
    """Draw the order in which so many test examples are looked at."""
    return permutation(count, spec.seed, "measured")


def probes_of(spec: Spec) -> torch.Tensor:
    """Choose the inputs whose activations are kept, the same for all runs of a task. Shape (probe,), rising."""
    drawn = permutation(spec.task.examples, 0, "probes")[:PROBES]
    return torch.from_numpy(drawn).sort().values


def _initial_module(spec: Spec) -> nn.Module:
    task = spec.task
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream(spec.seed, "weights"))
        return spec.model.build(vocabulary=task.vocabulary, length=task.length, classes=task.classes)
