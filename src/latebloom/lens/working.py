"""Requests that are being carried out, a snapshot of each in turn. Loads torch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

import torch

from latebloom.lens.frames import Frames
from latebloom.lens.manifold import manifold
from latebloom.lens.requests import (
    ManifoldRequest,
    Request,
    SpectrumRequest,
    StructureRequest,
    request_of,
)
from latebloom.lens.scene import Activations, Scene
from latebloom.lens.spectrum import spectrum
from latebloom.lens.structure import structure
from latebloom.store import Lab

Job = Generator[float, None, Mapping[str, Any]]


class Working:
    """Carries requests out.

    Args:
        lab: where the runs are.
    """

    def __init__(self, lab: Lab) -> None:
        torch.set_num_threads(1)
        self._lab, self._frames, self._activations = lab, Frames(lab), Activations()
        self._jobs: dict[int, Job] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing is asked for."""
        return not self._jobs

    @property
    def numbers(self) -> list[int]:
        """The requests under way."""
        return list(self._jobs)

    def begin(self, number: int, request: Mapping[str, Any]) -> None:
        """Take up a request, under a number of the asker's."""
        self._jobs[number] = self._job(request_of(request))

    def forget(self, number: int) -> None:
        """Let a request go, if it is still there."""
        self._jobs.pop(number, None)

    def advance(self, number: int) -> dict[str, Any]:
        """Go on with a request until it has done one more snapshot, or is answered.

        Raises:
            LatebloomError: it cannot be answered.
        """
        try:
            return {"kind": "done", "share": next(self._jobs[number])}
        except StopIteration as ended:
            del self._jobs[number]
            return {"kind": "answer", "view": ended.value}

    def _job(self, request: Request) -> Job:
        scene = Scene(self._lab, request.run, self._frames, self._activations)
        view: Callable[..., Job] = VIEWS[type(request)]
        return (yield from view(scene, request))


VIEWS: Mapping[type[Request], Callable[..., Any]] = {
    ManifoldRequest: manifold,
    SpectrumRequest: spectrum,
    StructureRequest: structure,
}
