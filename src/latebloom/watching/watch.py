"""Watch any torch module while somebody else's loop trains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn.parameter import is_lazy

from latebloom.errors import InputError, LatebloomError, shown
from latebloom.runs import Run
from latebloom.store import Lab
from latebloom.watching.document import (
    checked_count,
    checked_name,
    document_of,
    free_name,
    refuse_taken,
    spec_of,
)
from latebloom.watching.instruments import Instruments
from latebloom.watching.measuring import Elements, Plan
from latebloom.watching.probe import Probe
from latebloom.watching.recorder import Recorder, number
from latebloom.watching.sites import Take, checked_sites
from latebloom.watching.undisturbed import plain_module

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Settings:
    """Where a watch is stored, as what, and how often it looks; see `watch`."""

    lab: Path
    name: str | None
    seed: int
    every: int
    start: int
    again: bool


class Watch:
    """A watch over a model; a context manager. Make it with `latebloom.watch`.

    Entering looks at the model as it stands and begins a run in the lab; leaving looks once more and ends the
    run. In between the loop says `step()` after each of its steps. Nothing stays on the model between looks.
    """

    def __init__(self, model: nn.Module, instruments: Instruments, settings: Settings) -> None:
        self._model, self._instruments, self._settings = model, instruments, settings
        self._lab: Lab | None = None
        self._recorder: Recorder | None = None
        self._open = False
        self._at = self._looked = settings.start
        self._noted: dict[str, float] = {}  # of the present step, not yet written
        self._given: frozenset[str] = frozenset()  # names that came with the last step
        self._passing: Mapping[
            str, object
        ] = {}  # what came with it and is kept only if it is the last of all
        self._own: frozenset[str] = frozenset()  # names of numbers that are measured here

    @property
    def at(self) -> int:
        """The step that the loop has come to."""
        return self._at

    @property
    def run(self) -> Run:
        """The run in the lab, as `latebloom.open_runs` gives it: its frame, events, plot.

        Raises:
            InputError: the watch has not begun.
        """
        if self._recorder is None or self._lab is None:
            raise InputError("this watch has not begun, so it has no run yet")
        return Run(self._lab, self._recorder.run)

    def begin(self, step: int | None = None) -> Watch:
        """Look at the model as it stands and begin the run; entering the context does the same.

        Args:
            step: the step that the loop begins at, where it was not known before.

        Raises:
            InputError: the model cannot run on the inputs, a site cannot be measured, the name is taken; nothing
                is written then.
            LabError: the directory cannot serve as the lab.
            LockedError: another process writes this very run.
        """
        if self._recorder is not None:
            raise InputError("this watch has begun already; make another one with latebloom.watch")
        if step is not None:
            self._at = self._looked = checked_count("step", step, 0)
        lab = _opened(self._settings.lab)
        spec = self._spec(lab)
        values = self._instruments.look(self._model)
        self._own = frozenset(values)
        self._lab = lab or Lab.open(self._settings.lab, create=True)
        self._recorder = Recorder(self._lab, document_of(self._model, spec), again=self._settings.again)
        self._open = True
        self._recorder.write(self._at, values)
        return self

    def step(self, **numbers: object) -> None:
        """Say that the loop has made a step, with whatever numbers it knows; every so many steps, look.

        A number that is given with each step is kept where the model is looked at, and at the last step of all;
        one that is given now and then is kept whenever it is given. What is given together is kept together.
        `train_accuracy` and `test_accuracy`, shares from 0 to 1 that are given together, make the run's events:
        when it memorised, when it grokked.

        Raises:
            InputError: no single number, an accuracy that is no share, a name that the watch uses itself; or
                the watch is not open.
        """
        self.reach(self._at + 1, **numbers)

    def reach(self, step: int, /, **numbers: object) -> None:
        """Say that the loop has come to that step; as `step`, for loops that count their steps themselves.

        Raises:
            InputError: a step that is not after the last one; or as `step`. The step does not count then.
        """
        recorder = self._recording()
        self._flush()
        if checked_count("step", step, 0) <= self._at:
            raise InputError(f"step: got {step}; one after the last step, {self._at}, is needed")
        due = step // self._settings.every > self._looked // self._settings.every
        kept = due or not numbers.keys() <= self._given
        if kept:
            told = self._read(numbers)
            recorder.write(step, told | (self._instruments.look(self._model, told) if due else {}))
        self._at, self._given = step, frozenset(numbers)
        self._looked = step if due else self._looked
        self._passing = {} if kept else numbers

    def note(self, **numbers: object) -> None:
        """Add numbers to the present step: what became known after it was made, such as a validation.

        They are stored when the loop makes its next step or ends.

        Raises:
            InputError: as `step`.
        """
        self._recording()
        self._noted |= self._read(numbers)

    def results(self) -> list[dict[str, float]]:
        """List what was recorded: a dictionary per step, with `step` and the numbers by name."""
        recorder = self._recorder
        if recorder is None:
            return []
        if self._open:
            self._flush()
        return recorder.rows()

    def frame(self, wide: bool = True) -> DataFrame:
        """Make a data frame of what was recorded: a row per step, a column per number; else as `Run.frame`."""
        self.results()
        return self.run.frame(wide)

    def end(self, error: BaseException | None = None) -> None:
        """Look a last time and end the run; leaving the context does the same. Ending twice is no error.

        Args:
            error: what ended the loop, if anything: its class is recorded, and the model is not looked at.
        """
        if not self._open:
            return
        recorder = self._recording()
        self._open = False
        try:
            if error is None:
                self._finish(recorder)
            else:
                self._give_up(recorder, error)
        finally:
            recorder.close()

    def __enter__(self) -> Watch:
        return self.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(error)

    def _finish(self, recorder: Recorder) -> None:
        told = self._noted | self._read(self._passing)
        looked = {} if self._looked == self._at else self._instruments.look(self._model, told)
        recorder.write(self._at, told | looked, end="done")

    def _give_up(self, recorder: Recorder, error: BaseException) -> None:
        """Nothing that goes wrong here may stand in the place of what ended the loop."""
        told = dict(self._noted)
        with suppress(LatebloomError):
            told |= self._read(self._passing)
        recorder.fail(self._at, told, type(error).__name__)

    def _flush(self) -> None:
        if self._noted:
            noted, self._noted = self._noted, {}
            self._recording().write(self._at, noted)

    def _read(self, numbers: Mapping[str, object]) -> dict[str, float]:
        for name in numbers.keys() & self._own:
            raise InputError(f"the watch measures {name!r} itself; give your number another name")
        return {name: number(name, value) for name, value in numbers.items()}

    def _recording(self) -> Recorder:
        if self._recorder is None or not self._open:
            raise InputError(
                "this watch is not open; take steps within `with latebloom.watch(...) as w:`"
                if self._recorder is None
                else "this watch has ended; make another one with latebloom.watch"
            )
        return self._recorder

    def _spec(self, lab: Lab | None) -> dict[str, Any]:
        """Describe the run, under a name that no other run has."""
        settings, instruments = self._settings, self._instruments
        taken = lab.run_ids() if lab else []
        watched = {
            "sites": list(instruments.sites),
            "every": settings.every,
            "samples": instruments.probe.samples,
            "measures": instruments.plan.texts,
            "group": "" if instruments.elements is None else str(instruments.elements.group),
        }
        spec = spec_of(self._model, settings.name or free_name(self._model, taken), settings.seed, watched)
        refuse_taken(taken, spec, again=settings.again)
        return spec


def watch(
    model: nn.Module,
    /,
    *,
    sites: Sequence[str] | Mapping[str, Take],
    inputs: object,
    labels: object = None,
    every: int = 100,
    lab: str | PathLike[str] = "latebloom-lab",
    measures: Sequence[str] | None = None,
    group: str | None = None,
    name: str | None = None,
    seed: int = 0,
    start: int = 0,
    again: bool = False,
) -> Watch:
    """Watch a model while any loop trains it, and record what its activations and weights do.

    At the beginning, at every `every`-th step and at the end the model is run on `inputs`, in evaluation mode
    and without gradients, and what passes at the sites is measured. Modes, buffers, gradients and random states
    are then as they were, and no hook stays: training goes on as if nobody had looked.

    Args:
        model: any torch module.
        sites: names of submodules, as `model.named_modules()` gives them, whose outputs are measured: the first
            tensor, with the sample axis in front, all others taken as features. Or a mapping from such names to
            functions that take the tensor (sample, ...) out of the output.
        inputs: the fixed inputs: a tensor, a tuple or list of the model's arguments, or a dict of them by name.
            The first axis of the first tensor counts samples.
        labels: the class of each sample, whole numbers (sample,). Where the model returns logits
            (sample, class) with a column for each, loss and accuracy are recorded as `probe_loss` and
            `probe_accuracy`.
        every: look every so many steps.
        lab: the directory that holds the runs; made where it is missing.
        measures: names of measures, with options as in `pca_dimension(fraction=0.5)`; also those of several looks,
            of kernels and of the loss around the weights, of which docs/watching.md says what they cost. Without
            them: activation statistics, linear dimensions, TwoNN dimension, weight norm and change; with a group
            factorisation, ring scan and group spectrum too.
        group: the group whose elements the labels are, such as `cyclic:97` or `multiplicative:97`.
        name: what to call the run, of a-z, 0-9 and -; without it the model's class and a number. Its id is the
            name, the seed and a hash.
        seed: the seed that you train with. Runs that differ in nothing else are compared as a group.
        start: the step that the loop begins at.
        again: forget a watch of the same name, seed and settings.

    Raises:
        InputError: anything given that cannot be; what can be seen of it only by looking is seen when the watch
            begins, before anything is written.

    >>> with latebloom.watch(model, sites=["0"], inputs=x, labels=y, lab="lab") as w:  # doctest: +SKIP
    ...     for batch in batches:
    ...         loss = train(batch)
    ...         w.step(loss=loss)
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"got {shown(type(model).__name__)} as the model; a torch.nn.Module is needed")
    if not isinstance(lab, str | PathLike):
        raise InputError(f"lab: got {shown(lab)}; the path of a directory is needed")
    inner = plain_module(model)
    if any(is_lazy(tensor) for tensor in (*inner.parameters(), *inner.buffers())):
        raise InputError("the model has lazy modules without weights yet; run it once before it is watched")
    probe = Probe.of(inputs, labels)
    elements = None if group is None else Elements.of(group, probe.labels)
    plan = Plan.of(measures, labels=probe.labels is not None, elements=elements)
    settings = Settings(
        lab=Path(lab),
        name=None if name is None else checked_name(name),
        seed=checked_count("seed", seed, 0),
        every=checked_count("every", every, 1),
        start=checked_count("start", start, 0),
        again=again,
    )
    return Watch(inner, Instruments(plan, probe, checked_sites(inner, sites), elements), settings)


def _opened(path: Path) -> Lab | None:
    """Open a lab that is there; None where one can be made, which is not done yet.

    Raises:
        LabError: something else is there.
    """
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return None
    return Lab.open(path, create=True)
