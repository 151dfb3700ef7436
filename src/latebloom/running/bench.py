"""A stored run on the bench: built anew, so that the weights of its snapshots can be put in and looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latebloom.engine import Snapshot
from latebloom.engine.snapshot import Evaluations
from latebloom.errors import DamagedError
from latebloom.looks import Look, subject_of
from latebloom.looks.gradient import gradients
from latebloom.looks.history import LONGEST, Past, reach, steps_before
from latebloom.looks.sight import gather_all
from latebloom.looks.taking import take
from latebloom.measures.applying import takes
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of
from latebloom.spec import Spec
from latebloom.store import Lab, StoredRun, load_snapshot, snapshots


class Bench:
    """One run, whose snapshots are measured one after the other."""

    def __init__(self, lab: Lab, run: StoredRun, spec: Spec) -> None:
        self.lab, self.run, self.spec = lab, run, spec
        self.population, self.state = population_of([spec])
        self.evaluations = Evaluations(self.population)
        begun = any(step == 0 for step, _ in snapshots(run))
        self.initial = self._weights(0) if begun else self.state.parameters.clone()
        self.gradients: dict[int, Tensor] = {}
        self.beginning: dict[tuple[object, ...], Tensor] = {}

    def measure(self, step: int, looks: Sequence[Look]) -> dict[str, float]:
        """Take the looks at one snapshot; the evaluations that they go back to are snapshots too."""
        with arithmetic(torch.get_num_threads(), self.spec.training.precision):
            previous = self._previous(looks, step)
            pasts = {
                look.every: self._past(looks, look.every, step) for look in looks if reach(look).farthest
            }
            sight = gather_all(looks, self.snapshot(step), previous, self.initial, pasts)
            sight.kept.update(self.beginning)
            numbers = take(looks, sight, [subject_of(self.spec.task)])
            self.beginning = sight.of_beginning()
        return {name: float(value[0]) for name, value in numbers.items()}

    def snapshot(self, step: int) -> Snapshot:
        """Put the weights of a step in. What is given shows them until the next is put in."""
        self.state.step = step
        self.state.parameters.copy_(self._weights(step))
        return Snapshot(self.population, self.state, self.evaluations)

    def _previous(self, looks: Sequence[Look], step: int) -> Tensor | None:
        """Give the weights at the evaluation before, where a look needs them."""
        for look in looks:
            if "previous" in takes(look.measure).required:
                return self._weights(steps_before(look, step, self.spec.evaluation_steps)[-1])
        return None

    def _past(self, looks: Sequence[Look], every: int, step: int) -> Past:
        """Give what the looks of one EVERY would have remembered."""
        own = [look for look in looks if look.every == every and reach(look).farthest]
        steps = max((steps_before(look, step, self.spec.evaluation_steps) for look in own), key=len)
        rows = tuple(self._gradient(one) for one in steps)
        return Past(rows, tuple(self._weights(one) for one in steps[-1:]))

    def _gradient(self, step: int) -> Tensor:
        """Differentiate at a snapshot, (1, parameter); the last ones are kept, as snapshots come in their order."""
        if step not in self.gradients:
            self.gradients[step] = gradients(self.population, self._weights(step))
            self.gradients = {one: self.gradients[one] for one in sorted(self.gradients)[-LONGEST:]}
        return self.gradients[step]

    def _weights(self, step: int) -> Tensor:
        """Put the stored weights of a step into one row, (1, parameter)."""
        arrays = load_snapshot(self.lab, self.run, step)
        try:
            rows = [_part(arrays, part.name, part.shape) for part in self.population.layout]
        except (KeyError, ValueError) as error:
            raise DamagedError(
                f"the snapshot of {self.run.id} at step {step} does not hold the weights of its model: {error}"
            ) from None
        return torch.from_numpy(np.concatenate(rows))[None].to(self.state.parameters)


def _part(
    arrays: Mapping[str, NDArray[np.generic]], name: str, shape: tuple[int, ...]
) -> NDArray[np.generic]:
    return arrays[f"weights.{name}"].reshape(shape).reshape(-1)
