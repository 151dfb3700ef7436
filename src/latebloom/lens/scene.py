"""One run and its snapshots, as views look at them."""

from __future__ import annotations

import shlex
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latebloom.engine import Snapshot
from latebloom.errors import NotApplicableError, UnknownNameError
from latebloom.lens.frames import Frames
from latebloom.looks import Look, subject_of
from latebloom.looks.frame import Frame, parameter_sites
from latebloom.looks.sight import gather_all
from latebloom.looks.subject import Subject
from latebloom.randomness import permutation
from latebloom.records import ArrayRef
from latebloom.running.arithmetic import arithmetic
from latebloom.running.bench import Bench
from latebloom.running.build import probes_of
from latebloom.spec import Spec, from_plain
from latebloom.store import Lab, StoredRun, load_snapshot, read_run, snapshots
from latebloom.tasks.task import Table

MOST_STEPS = 240
"""Snapshots that are shown, evenly chosen; the first and the last always."""
FITTING = 6e4  # numbers up to this size keep their first three digits in float16
MEMORY = 256_000_000  # bytes of activations

Points = NDArray[np.float32]
Indices = NDArray[np.int64]


class Activations:
    """Activations that were read or computed already: those that were asked for longest ago go first."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory, self._taken = memory, 0
        self._kept: OrderedDict[object, NDArray[np.floating]] = OrderedDict()

    def get(self, key: object) -> Points | None:
        """Give what is kept; stored in half, where that loses less than a thousandth of any number."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key].astype(np.float32)

    def put(self, key: object, points: Points) -> None:
        """Keep points."""
        small = bool((np.abs(points) <= FITTING).all())  # a nan is not
        kept = points.astype(np.float16) if small else points
        self._kept[key] = kept
        self._taken += kept.nbytes
        while self._taken > self._memory and len(self._kept) > 1:
            self._taken -= self._kept.popitem(last=False)[1].nbytes


def _with_snapshots(stored: StoredRun) -> str:
    """Write the command that trains such a run with snapshots; its source is somebody's text: one word in a shell."""
    preset = str(stored.document.get("preset") or "")
    source = shlex.quote(preset) if preset and preset.isprintable() else "SOURCE"
    return f"latebloom run {source} --set snapshots.every=500"


class Scene:
    """A run as it stands now.

    Args:
        lab: where it is.
        run: its id.
        frames, activations: what is kept from one scene to the next.

    Raises:
        NotApplicableError: it has no snapshots, or somebody else's loop trained it.
    """

    def __init__(self, lab: Lab, run: str, frames: Frames, activations: Activations) -> None:
        self.lab, self.frames, self._activations = lab, frames, activations
        self.stored: StoredRun = read_run(lab, run, strict=False)
        if self.stored.watched:
            raise NotApplicableError(
                f"run {run} was trained by somebody else's loop, so its model cannot be built here; its recorded "
                "numbers are under Training"
            )
        refs = dict(snapshots(self.stored))
        if not refs:
            raise NotApplicableError(f"run {run} has no snapshot stored yet", _with_snapshots(self.stored))
        self.spec: Spec = from_plain(self.stored.document["spec"])
        self.refs: dict[int, ArrayRef] = {step: refs[step] for step in _evenly(sorted(refs), MOST_STEPS)}

    @property
    def run(self) -> str:
        """Its id."""
        return self.stored.id

    @property
    def steps(self) -> list[int]:
        """The steps of its snapshots, rising."""
        return list(self.refs)

    @cached_property
    def subject(self) -> Subject:
        """The group of its task, or none."""
        return subject_of(self.spec.task)

    @cached_property
    def table(self) -> Table:
        """All examples of its task."""
        return self.spec.task.table()

    @cached_property
    def bench(self) -> Bench:
        """Its model, built anew."""
        return Bench(self.lab, self.stored, self.spec)

    @cached_property
    def sites(self) -> list[str]:
        """The activations that make points of examples."""
        return [site for site in self.spec.model.sites() if not site.endswith("pattern")]

    @cached_property
    def tables(self) -> list[str]:
        """The embeddings of tokens, a row for each."""
        shapes = {part.name: part.shape for part in self.bench.population.layout}
        return [site for site in parameter_sites(shapes) if site.startswith("parameter.tokens")]

    def check_site(self, site: str, known: Sequence[str]) -> None:
        """Refuse a site that there is not.

        Raises:
            UnknownNameError: lists those that there are.
        """
        if site not in known:
            raise UnknownNameError("site", site, known, f"run {self.run}")

    def at(self, step: int | None) -> int:
        """Give the snapshot at this step or the last before it, or the first; the last for None."""
        earlier = [one for one in self.refs if step is None or one <= step]
        return earlier[-1] if earlier else self.steps[0]

    def examples(self, inputs: str, most: int) -> tuple[Indices, int]:
        """Tell which examples of the table are shown, rising, and how many there were to choose from."""
        if inputs == "probes":
            found = probes_of(self.spec).numpy()
        elif inputs == "test":
            found = np.sort(self.spec.split.divide(self.table, self.spec.seed)[1])
        else:
            found = np.arange(len(self.table.labels))
        if len(found) > most:
            chosen = np.sort(permutation(len(found), 0, "shown")[:most])
            return found[chosen], len(found)
        return found, len(found)

    def points(self, step: int, site: str, examples: Indices) -> Points:
        """Give the activations at a site: (example, feature), all positions of an example together."""
        key = (self.refs[step].sha256, site, examples.tobytes())
        found = self._activations.get(key)
        if found is None:
            found = self._stored_points(step, site, examples)
            if found is None:
                found = self._evaluated(step, examples, site)[0]
            self._activations.put(key, found)
        return found

    def _stored_points(self, step: int, site: str, examples: Indices) -> Points | None:
        """Read what the snapshot itself holds: the last site, on the probes."""
        probes = probes_of(self.spec).numpy()
        if site != "final" or len(probes) != len(examples) or (probes != examples).any():
            return None
        arrays = load_snapshot(self.lab, self.stored, step)
        if "activations.final" not in arrays:
            return None
        stored = arrays["activations.final"]
        return stored.reshape(len(stored), -1).astype(np.float32)

    def right(self, step: int, examples: Indices) -> NDArray[np.int64]:
        """Tell of each example whether it is answered rightly: 1 or 0. Shape (example,)."""
        _, guesses = self._evaluated(step, examples, None)
        return (guesses == self.table.labels[examples]).astype(np.int64)

    def _evaluated(self, step: int, examples: Indices, site: str | None) -> tuple[Points, Indices]:
        """Run the model: activations (example, feature), empty for no site, and the class that it gives."""
        index = torch.from_numpy(examples)[None]
        points: list[Tensor] = []
        guesses: list[Tensor] = []
        for chunk in self._chunks(step, index, [site] if site else []):
            guesses.append(chunk.logits[0].argmax(-1))
            if site:
                points.append(chunk.activations[site][0].flatten(1).float())
        values = torch.cat(points).numpy() if points else np.empty((0, 0), np.float32)
        return values, torch.cat(guesses).numpy()

    def _chunks(self, step: int, index: Tensor, sites: Sequence[str]) -> Iterator:
        with arithmetic(1, self.spec.training.precision):
            yield from self.snapshot(step).evaluate(index, sites)

    def snapshot(self, step: int) -> Snapshot:
        """Put the weights of a step in; see `Bench.snapshot`."""
        return self.bench.snapshot(step)

    def frame(self, step: int, site: str) -> Frame:
        """Look at a site on the whole table, as a look does: points, elements and centroids of the group."""
        look = Look("ring_scan", site, "all")
        with arithmetic(1, self.spec.training.precision):
            sight = gather_all([look], self.snapshot(step), None, None)
        return Frame(sight, self.subject, (0,), site, "all")

    def pattern(self, step: int, site: str, examples: Indices) -> Tensor:
        """Give attention weights on some examples: (example, head, query, key)."""
        chunks = self._chunks(step, torch.from_numpy(examples)[None], [site])
        return torch.cat([chunk.activations[site][0] for chunk in chunks])


def _evenly(steps: Sequence[int], most: int) -> list[int]:
    if len(steps) <= most:
        return list(steps)
    places = np.unique(np.linspace(0, len(steps) - 1, most).round().astype(int))
    return [steps[place] for place in places]
