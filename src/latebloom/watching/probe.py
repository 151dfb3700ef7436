"""The fixed inputs that a watched model is looked at with, and what it makes of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from latebloom.errors import InputError, ShapeError, shown
from latebloom.watching.sites import MODELS_OWN, Take, first_tensor, listening, told
from latebloom.watching.undisturbed import devices_of, undisturbed


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model made of a probe: points (sample, feature) by site, and logits (sample, class) if it gives any."""

    points: Mapping[str, Tensor]
    logits: Tensor | None


@dataclass(frozen=True, eq=False)
class Probe:
    """Inputs and labels, checked against each other.

    Args:
        positional: the model's arguments in order. keywords: its arguments by name.
        samples: how many samples they hold: the first axis of the first tensor.
        labels: the class of each sample, (sample,); or none.
    """

    positional: tuple[Any, ...]
    keywords: Mapping[str, Any]
    samples: int
    labels: Tensor | None

    @classmethod
    def of(cls, inputs: object, labels: object = None) -> "Probe":
        """Take a tensor, a tuple or list of the model's arguments, or a mapping of them by name.

        Raises:
            InputError: no tensor among them.
            ShapeError: labels that are no whole numbers from 0, one per sample.
        """
        keywords = dict(inputs) if isinstance(inputs, Mapping) else {}
        positional = () if keywords else tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
        first = first_tensor([*positional, *keywords.values()])
        if first is None or not first.ndim or not len(first):
            raise InputError(
                f"inputs: got {shown(type(inputs).__name__)} without samples; a tensor (sample, ...) is needed, "
                "or a tuple or dict of the model's arguments that holds one"
            )
        return cls(positional, keywords, len(first), None if labels is None else _labels(labels, len(first)))

    def run(self, model: nn.Module, sites: Mapping[str, Take]) -> Seen:
        """Run the model on the inputs in evaluation mode, and leave it as it was.

        Raises:
            InputError: the model cannot run on them, or does not come by a site.
            ShapeError: a site gives something else than floating-point numbers per sample.
        """
        device = next(iter(devices_of(model)), torch.device("cpu"))
        positional, keywords = _moved(self.positional, device), _moved(self.keywords, device)
        with undisturbed(model), listening(model, sites) as found:
            try:
                output = model(*positional, **keywords)
            except MODELS_OWN as error:
                raise InputError(
                    f"the model cannot run on the inputs ({_described((*positional, *keywords.values()))}): "
                    f"{told(error)}"
                ) from error
            logits = self.logits(output, self.samples)
        if logits is not None:
            logits = at_least_single(logits.detach().clone())
        return Seen({site: self._cloud(site, found) for site in sites}, logits)

    def _cloud(self, site: str, found: Mapping[str, Any]) -> Tensor:
        """Give what passed at a site as points, (sample, feature)."""
        if site not in found:
            raise InputError(
                f"site {shown(site)}: the model does not come by it on these inputs; name another one"
            )
        value = found[site]
        if not isinstance(value, Tensor) or not value.is_floating_point():
            raise ShapeError(
                f"site {shown(site)}: gives {_described([value])}; floating-point numbers are needed"
            )
        if value.ndim < 2 or len(value) != self.samples or not value.numel():
            raise ShapeError(
                f"site {shown(site)}: gives shape {tuple(value.shape)} for {self.samples} samples; the first axis "
                "must be the sample's, with features behind; sites={name: function of its output} can arrange that"
            )
        return at_least_single(value.flatten(start_dim=1))

    def picked(self, index: Tensor) -> tuple[Any, Any]:
        """Give the model's arguments for some samples: of each tensor that has an entry per sample, those of these."""
        return _picked(self.positional, index, self.samples), _picked(self.keywords, index, self.samples)

    @staticmethod
    def logits(output: Any, samples: int) -> Tensor | None:
        """Find logits (sample, class) in what the model returns for so many samples."""
        named = isinstance(output, Mapping) and "logits" in output
        found = output["logits"] if named else first_tensor(output)
        if not isinstance(found, Tensor) or not found.is_floating_point():
            return None
        return found if found.ndim == 2 and len(found) == samples and found.shape[1] > 1 else None


def _labels(labels: object, samples: int) -> Tensor:
    try:
        given = torch.as_tensor(labels).detach()
    except (TypeError, ValueError, RuntimeError):
        raise ShapeError(f"labels: got {shown(labels)}; a whole number per sample is needed") from None
    if given.is_floating_point() or given.is_complex() or given.dtype == torch.bool:
        raise ShapeError(f"labels: got numbers of type {given.dtype}; whole numbers are needed")
    if given.shape != (samples,):
        raise ShapeError(
            f"labels: got shape {tuple(given.shape)} beside inputs of {samples} samples; ({samples},) is needed"
        )
    if int(given.min()) < 0:
        raise ShapeError(f"labels: got {int(given.min())} among them; whole numbers from 0 are needed")
    return given.long().clone()


def _moved(values: Any, device: torch.device) -> Any:
    """Put the tensors among arguments where the model is."""
    if isinstance(values, Tensor):
        return values.to(device)
    if isinstance(values, Mapping):
        return {name: _moved(value, device) for name, value in values.items()}
    if type(values) in (tuple, list):
        return type(values)(_moved(value, device) for value in values)
    return values


def _picked(values: Any, index: Tensor, samples: int) -> Any:
    """Take the entries of some samples out of arguments, and put them where the index is."""
    if isinstance(values, Tensor):
        own = values.to(index.device)
        return own.index_select(0, index) if own.ndim and len(own) == samples else own
    if isinstance(values, Mapping):
        return {name: _picked(value, index, samples) for name, value in values.items()}
    if type(values) in (tuple, list):
        return type(values)(_picked(value, index, samples) for value in values)
    return values


def at_least_single(value: Tensor) -> Tensor:
    """Cast numbers of a type shorter than float32 to that."""
    return value.float() if value.dtype.itemsize < 4 else value


def _described(values: Iterable[Any]) -> str:
    return ", ".join(
        f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
        if isinstance(value, Tensor)
        else type(value).__name__
        for value in values
    )
