"""Take measures of somebody else's model."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from latebloom.looks.history import CURVES, History, reach
from latebloom.looks.look import Look
from latebloom.looks.taking import latest
from latebloom.measures import accuracy
from latebloom.measures.applying import apply, completed, missing, takes
from latebloom.watching.function import Function, differentiable
from latebloom.watching.measuring import OF_FUNCTION, OF_WEIGHTS, Elements, Plan, at, numbers
from latebloom.watching.probe import Probe
from latebloom.watching.remembering import remembered
from latebloom.watching.sites import Take

LATER = frozenset({"previous", "gradient", "gradients", "logits", *CURVES})
"""What is not there at every look: nothing came before the first, a loop may have cleared its gradients or not say how
accurate it is, and a model may give no logits."""


@dataclass(eq=False)
class Instruments:
    """Look at a model; remember of it only what the next look compares with.

    Args:
        plan: what is measured. probe: on which inputs. sites: where. elements: what the labels are in a group.
    """

    plan: Plan
    probe: Probe
    sites: Mapping[str, Take]
    elements: Elements | None = None
    initial: Tensor | None = field(default=None, repr=False)
    previous: Tensor | None = field(default=None, repr=False)
    history: History = field(init=False, repr=False)
    kernels: dict[int, Tensor] = field(default_factory=dict[int, Tensor], repr=False)

    def __post_init__(self) -> None:
        """Begin with nothing remembered. `kernels` are those of the first look, by their number of samples."""
        self.history = History.of(self.plan.of_model)

    def look(self, model: nn.Module, told: Mapping[str, float] = MappingProxyType({})) -> dict[str, float]:
        """Run the model on the probe and take every measure; numbers at a site are called `name@site`.

        Args:
            model: as it stands.
            told: numbers that the loop gave with this step.

        Raises:
            InputError: the model cannot run on the probe, or what it gives cannot be measured.
        """
        seen = self.probe.run(model, self.sites)
        found = {} if seen.logits is None else self._performance(seen.logits)
        for site, points in seen.points.items():
            inputs = self._cloud(points)
            for look in self.plan.at_sites:
                results = apply(look.measure, inputs, **look.own_options)
                found |= numbers(at(look, site), results)
        found |= self._of_model(model, seen.logits, told)
        values = [value.to("cpu", torch.float64) for value in found.values()]
        return dict(zip(found, torch.stack(values).tolist(), strict=True)) if values else {}

    def _performance(self, logits: Tensor) -> dict[str, Tensor]:
        """Compute loss and accuracy; neither where the output has no column for some label and so is no logits."""
        if self.probe.labels is None or int(self.probe.labels.max()) >= logits.shape[1]:
            return {}
        labels = self.probe.labels.to(logits.device)
        return {
            "probe_loss": F.cross_entropy(logits.double(), labels),
            "probe_accuracy": accuracy(logits, labels),
        }

    def _cloud(self, points: Tensor) -> dict[str, object]:
        """Collect what measures at a site take; the labels are elements where there is a group."""
        inputs: dict[str, object] = {"points": points}
        if self.elements is None:
            return (
                inputs
                if self.probe.labels is None
                else inputs | {"labels": self.probe.labels.to(points.device)}
            )
        inputs |= {"labels": self.elements.coordinates.to(points.device), "order": self.elements.group.order}
        if self.elements.cayley is not None:
            inputs["cayley"] = self.elements.cayley.to(points.device)
        return completed(inputs)

    def _of_model(
        self, model: nn.Module, logits: Tensor | None, told: Mapping[str, float]
    ) -> dict[str, Tensor]:
        inputs: dict[str, Tensor] = self._weights(model)
        if logits is not None:
            inputs["logits"] = logits
        if self.probe.labels is not None:
            inputs["labels"] = self.probe.labels if logits is None else self.probe.labels.to(logits.device)
        found: dict[str, Tensor] = {}
        kernels: dict[int, Tensor] = {}
        for look in self.plan.of_model:
            past = remembered(look, self.history, inputs, told) if reach(look).farthest else {}
            with self._function(look, model, kernels) as own:
                given = inputs | past | own
                if not LATER & set(missing(look.measure, given)):
                    results = apply(look.measure, given, **look.own_options)
                    found |= numbers(look, latest(look, results))
        self._remember(inputs)
        return found

    def _remember(self, inputs: Mapping[str, Tensor]) -> None:
        if "previous" in self.plan.needed:
            self.previous = inputs["parameters"]
        if "gradient" in inputs:
            self.history.remember(0, inputs["parameters"], lambda: inputs["gradient"])

    @contextmanager
    def _function(
        self, look: Look, model: nn.Module, kernels: dict[int, Tensor]
    ) -> Generator[dict[str, object]]:
        """Collect what a measure takes of the model as a function; what it calls, it calls within this context.

        Each kernel of a look is computed once and kept in `kernels`, by its number of samples.
        """
        needed = OF_FUNCTION & set(takes(look.measure).required)
        if not needed:
            yield {}
            return
        with differentiable(model, self.probe) as function:
            yield _around(function, look) if "loss" in needed else self._kernels(function, look, kernels)

    def _kernels(self, function: Function, look: Look, kernels: dict[int, Tensor]) -> dict[str, object]:
        index = function.few(look.examples)
        if len(index) not in kernels:
            kernels[len(index)] = function.kernel(index)
        kernel = kernels[len(index)]
        found = {"kernel": kernel, "initial_kernel": self.kernels.setdefault(len(index), kernel)}
        if self.probe.labels is None:
            return dict(found)
        labels = function.labels(index)
        return {**found, "labels": labels, "targets": F.one_hot(labels).double()}

    def _weights(self, model: nn.Module) -> dict[str, Tensor]:
        """Collect what measures take of parameters and gradients, each as one row."""
        needed = self.plan.needed
        if not OF_WEIGHTS & needed:
            return {}
        parameters = list(model.parameters())
        row = _row(parameters)
        if "initial" in needed and self.initial is None:
            self.initial = row
        held = {"parameters": row, "initial": self.initial, "previous": self.previous}
        if "gradient" in needed and any(parameter.grad is not None for parameter in parameters):
            held["gradient"] = _row([torch.zeros_like(p) if p.grad is None else p.grad for p in parameters])
        return {name: value for name, value in held.items() if value is not None}


def _around(function: Function, look: Look) -> dict[str, object]:
    index = function.few(look.examples)
    return {"loss": function.loss(index), "parameters": function.row, "samples": len(index)}


def _row(tensors: Sequence[Tensor]) -> Tensor:
    """Put tensors behind each other, in a copy; a model without any gives a single 0."""
    if not tensors:
        return torch.zeros(1)
    device = tensors[0].device
    return torch.cat([tensor.detach().to(device).flatten() for tensor in tensors])
