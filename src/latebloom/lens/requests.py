"""What the lens can be asked, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

INPUTS = ("probes", "test", "all")
"""Which examples are shown: those whose activations every snapshot holds, those held back, or the whole table."""
PROJECTIONS = ("pca", "fourier", "umap")
BASES = ("steps", "last", "first", "each")
"""Where the axes are found: in all snapshots together or in one, so that motion means something; or in each.

A Fourier plane needs one representation to be fitted to: for it `steps` is `last`."""
MOST_FREQUENCY = 10_000
PARTS = ("all", "step")
"""All of the structure, or only what belongs to the one step."""


@dataclass(frozen=True)
class ManifoldRequest:
    """The representation as points in space, at every snapshot.

    Args:
        run: its id.
        site: an activation of its model.
        inputs, projection, basis: one of `INPUTS`, `PROJECTIONS`, `BASES`.
        k, second: the frequencies of a Fourier projection; 0 for the strongest.
        labels: what colours the points: ``label``, ``logarithm``, ``correct`` or ``coset:M``.
    """

    view: ClassVar[str] = "manifold"
    run: str
    site: str = "final"
    inputs: str = "probes"
    projection: str = "pca"
    k: int = 0
    second: int = 0
    basis: str = "steps"
    labels: str = "label"


@dataclass(frozen=True)
class SpectrumRequest:
    """Energy by frequency at every snapshot, and embedding rows at one; `step` None for the last."""

    view: ClassVar[str] = "spectrum"
    run: str
    site: str = "final"
    step: int | None = None


@dataclass(frozen=True)
class StructureRequest:
    """Rings, quotients, loops and attention at every snapshot, and more of one; `step` None for the last."""

    view: ClassVar[str] = "structure"
    run: str
    site: str = "final"
    step: int | None = None
    part: str = "all"


Request = ManifoldRequest | SpectrumRequest | StructureRequest
KINDS: Mapping[str, type[Request]] = {
    kind.view: kind for kind in (ManifoldRequest, SpectrumRequest, StructureRequest)
}


def plain(request: Request) -> dict[str, Any]:
    """Write a request as plain data; `request_of` reads it back."""
    return {"view": request.view, **asdict(request)}


def request_of(given: Mapping[str, Any]) -> Request:
    """Read a request from plain data."""
    fields = dict(given)
    return KINDS[fields.pop("view")](**fields)
