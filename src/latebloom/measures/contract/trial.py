"""Call a measure that is on trial, and say in words what it gave."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from latebloom.errors import LatebloomError, shown

Given = Mapping[str, object]
Inputs = Callable[[tuple[int, ...], int], Given]
Results = dict[str, Tensor]


class BrokenPromiseError(Exception):
    """What ends the trying of one promise: the measure gave nothing to look at."""


@dataclass(frozen=True)
class Trial:
    """A measure, with all that is needed to try it."""

    measure: Callable[..., object]
    inputs: Inputs
    invariances: tuple[str, ...]
    nan_spoils: bool
    seed: int

    def given(self, population: tuple[int, ...] = (), draw: int = 0) -> dict[str, object]:
        """Draw the arguments; always the same ones for the same `draw`."""
        return dict(self.inputs(population, self.seed + draw))

    def laned(self) -> dict[str, int]:
        """Count the axes, behind those of the population, of each array that has a lane per network."""
        alone, several = arrays(self.given()), arrays(self.given((2, 3)))
        return {name: array.ndim for name, array in alone.items() if several[name].ndim > array.ndim}

    def results(self, given: Given, what: str) -> Results:
        """Measure what must be measurable; always as a mapping.

        Raises:
            BrokenPromiseError: the measure raised something, or gave what is no result.
        """
        found = self._call(given, f"{what}: a result is promised, it")
        if isinstance(found, Tensor):
            return {"the result": found}
        if not isinstance(found, dict):
            raise BrokenPromiseError(f"{what}: a tensor or a dict is promised, it gave {shown(found)}")
        for name, value in found.items():
            if not isinstance(name, str) or not isinstance(value, Tensor):
                raise BrokenPromiseError(
                    f"{what}: a dict from names to tensors is promised, it gave {shown(name)}: {shown(value)}"
                )
        return found

    def lanes(self, given: Given, what: str, population: tuple[int, ...]) -> Results:
        """Measure as `results` does, and see that each result can be taken apart into lanes."""
        results = self.results(given, what)
        for name, value in results.items():
            if value.shape[: len(population)] != population:
                shape = tuple(value.shape)
                raise BrokenPromiseError(f"{what}: lanes are promised, it gave {name} of shape {shape}")
        return results

    def unrefused(self, given: Given, what: str) -> str | None:
        """Measure what cannot be measured: None if our error says so, or what came instead, in words."""
        try:
            found = self._call(given, f"{what}: a LatebloomError is promised, it")
        except BrokenPromiseError as broken:
            return None if isinstance(broken.__cause__, LatebloomError) else str(broken)
        return f"{what}: a LatebloomError is promised, it gave {shown(found)}"

    def _call(self, given: Given, what: str) -> object:
        try:
            return self.measure(**given)
        except Exception as error:
            text = shown(str(error), 100)
            raise BrokenPromiseError(f"{what} raised {type(error).__name__} ({text})") from error


def arrays(given: Given) -> dict[str, Tensor]:
    """Leave out the arguments that are no tensors."""
    return {name: value for name, value in given.items() if isinstance(value, Tensor)}


def mapped(given: Given, change: Callable[[Tensor], Tensor]) -> dict[str, object]:
    """Apply `change` to every tensor."""
    return {name: change(value) if isinstance(value, Tensor) else value for name, value in given.items()}


def typed(given: Given, dtype: torch.dtype) -> dict[str, object]:
    """Write every floating-point array in another type."""
    return mapped(given, lambda array: array.to(dtype) if array.is_floating_point() else array)


def differences(seen: Results, expected: Results, tolerance: float) -> Iterator[str]:
    """Say where two results differ; nan equals nan, and with tolerance 0 nothing else does but the same."""
    if list(seen) != list(expected):
        yield f"the names {list(seen)} instead of {list(expected)}"
        return
    for name, value in expected.items():
        found = seen[name]
        if found.shape != value.shape:
            yield f"{name} of shape {tuple(found.shape)} instead of {tuple(value.shape)}"
        elif not torch.allclose(found.double(), value.double(), tolerance, tolerance, equal_nan=True):
            yield f"{name} {numbers(found)} instead of {numbers(value)}"


def numbers(value: Tensor) -> str:
    """Write a tensor's numbers on one short line."""
    return shown(value.tolist(), 80)
