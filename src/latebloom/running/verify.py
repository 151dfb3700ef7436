"""Train once more from the last checkpoint but one to the last, and hold the result against what is stored."""

import hashlib
from dataclasses import dataclass

import numpy as np
import torch

from latebloom.engine import train
from latebloom.errors import DamagedError, InputError
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of
from latebloom.running.plan import refuse_watched
from latebloom.spec import from_plain
from latebloom.store import Checkpoint, Lab, RunWriter, open_run


@dataclass(frozen=True)
class Verification:
    """What came of training a stretch again.

    Args:
        run: its id.
        start: the step trained from; 0 is the beginning. stop: the step trained to.
        stored: SHA-256 of the state stored at `stop`. trained: of the state trained now.
        farthest: largest difference of any number; 0.0 where both are equal to the last bit.
    """

    run: str
    start: int
    stop: int
    stored: str
    trained: str
    farthest: float

    @property
    def equal(self) -> bool:
        """Whether the stored state was reached again, to the last bit."""
        return self.stored == self.trained


def verify(lab: Lab, run: str) -> Verification:
    """Retrain the last checkpointed stretch of a run and compare parameters and optimizer state by hash.

    Raises:
        InputError: the run was only watched, has no checkpoint, or its population lost a lane in that stretch, so
            that only rounding could be compared.
        DamagedError: a checkpoint is not what was written.
        LockedError: the run is being trained.
    """
    refuse_watched(lab, [run])
    with open_run(lab, run) as writer:
        points = _last_two(writer)
        last = points[-1]
        start = points[0] if len(points) == 2 else None
        slots = list(start.info["slots"] if start else writer.document["population"])
        if slots != list(last.info["slots"]):
            raise InputError(
                f"{run}: a lane left its population between steps {start.step if start else 0} and {last.step}"
            )
        precision = from_plain(writer.document["spec"]).training.precision
        with arithmetic(int(last.info["threads"]), precision):
            trained = _retrain(writer, start, last, slots)
    difference = max(
        float(np.max(np.abs(last.arrays[name] - value), initial=0.0)) for name, value in trained.items()
    )
    stored = {name: last.arrays[name] for name in trained}
    return Verification(run, start.step if start else 0, last.step, _hash(stored), _hash(trained), difference)


def _last_two(writer: RunWriter) -> list[Checkpoint]:
    found = writer.usable_checkpoints()
    if found.problems:
        raise DamagedError(found.problems[0])
    if not found.names:
        raise InputError(f"run {writer.run} has no checkpoint yet; train it further first")
    return [writer.load_checkpoint(name) for name in reversed(found.names[:2])]


def _retrain(
    writer: RunWriter, start: Checkpoint | None, last: Checkpoint, slots: list[str]
) -> dict[str, np.ndarray]:
    spec = from_plain(writer.document["spec"])
    population, state = population_of([spec] * len(slots), writer.document["device"])
    slot = slots.index(writer.run)
    if start:
        state.step = start.step
        state.parameters.copy_(torch.from_numpy(start.arrays["parameters"].copy()))
        for name, buffer in state.buffers.items():
            buffer.copy_(torch.from_numpy(start.arrays[f"buffer.{name}"].copy()))
    for _ in train(population, state, [last.step]):
        pass
    buffers = {f"buffer.{name}": buffer[slot].cpu().numpy() for name, buffer in state.buffers.items()}
    return {"parameters": state.parameters[slot].cpu().numpy(), **buffers}


def _hash(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode() + arrays[name].tobytes())
    return digest.hexdigest()
