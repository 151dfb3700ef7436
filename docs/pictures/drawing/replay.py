"""A stored run's network, with the weights of any of its snapshots in it again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from latebloom import Run
from latebloom.spec import from_plain
from latebloom.store import load_snapshot, read_run


@dataclass(frozen=True, eq=False)
class Moment:
    """A network at one step, on the whole table.

    Args:
        logits: (example, class).
        sites: activations by site, (example, ...).
        weights: the parameters by name.
    """

    step: int
    logits: Tensor
    sites: Mapping[str, Tensor]
    weights: Mapping[str, Tensor]

    @property
    def parameters(self) -> Tensor:
        """All parameters in a row, as in `Replay.gradient`."""
        return _row(self.weights.values())


class Replay:
    """Rebuilds the network of a run and its table.

    Attributes:
        run: the stored run.
        steps: those of its snapshots.
        labels: of the whole table, (example). train, test: which examples are which.
        order: the number of classes; tables of pairs are (order, order).
    """

    def __init__(self, run: Run) -> None:
        self.run, self.spec, self.stored = run, from_plain(run.settings), read_run(run.lab, run.id)
        task = self.spec.task
        table = task.table()
        train, test = self.spec.split.divide(table, self.spec.seed)
        self.network = self.spec.model.build(
            vocabulary=task.vocabulary, length=task.length, classes=task.classes
        )
        self.tokens, self.labels = torch.from_numpy(table.tokens), torch.from_numpy(table.labels)
        self.train, self.test = torch.from_numpy(train), torch.from_numpy(test)
        self.steps, self.order = tuple(self.spec.snapshot_steps), task.classes

    def at(self, step: int) -> Moment:
        """Put the weights of a step in, and run the whole table."""
        arrays = load_snapshot(self.run.lab, self.stored, step)
        names = [name for name, _ in self.network.named_parameters()]
        weights = {name: torch.from_numpy(np.array(arrays[f"weights.{name}"])) for name in names}
        self.network.load_state_dict(weights)
        with torch.no_grad():
            logits, sites = self.network(self.tokens)
        return Moment(step, logits, sites, weights)

    def gradient(self, moment: Moment) -> Tensor:
        """Differentiate the mean loss over all training examples. Shape (parameter,)."""
        self.network.load_state_dict(moment.weights)
        logits, _ = self.network(self.tokens[self.train])
        losses = self.spec.objective.per_example(logits, self.labels[self.train])
        return _row(torch.autograd.grad(losses.mean(), list(self.network.parameters())))

    def pairs(self, values: Tensor) -> Tensor:
        """Fold examples into pairs: (example, ...) to (first, second, ...)."""
        return values.unflatten(0, (self.order, self.order))


def _row(values: Iterable[Tensor]) -> Tensor:
    return torch.cat([value.flatten() for value in values])
