"""Runs as people hold them in a notebook: read, tabulate, plot. Nothing is read before it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, overload

from latebloom.errors import InputError
from latebloom.store import Lab, load_snapshot, read_run, snapshots
from latebloom.views import RunView, group_view, records_table, run_view, sentences
from latebloom.views.wording import counted, listed, percent, whole

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pandas import DataFrame

    from latebloom.views import GroupView


@dataclass(frozen=True)
class Run:
    """A stored run. It tells what stood on the disk when it was first asked; `open_runs` again for news.

    Args:
        lab: the lab that holds it.
        id: its whole id.
    """

    lab: Lab
    id: str

    @cached_property
    def view(self) -> RunView:
        """All of it as plain data: settings, environment, course, newest values, what is stored."""
        return run_view(self.lab, self.id)

    @property
    def status(self) -> str:
        """One of running, done, stopped, diverged, interrupted, damaged."""
        return self.view["status"]

    @property
    def course(self) -> dict[str, Any]:
        """Its course: the steps of its events, None for what has not happened, and up-time."""
        return self.view["course"]

    @property
    def settings(self) -> dict[str, Any]:
        """Its spec as plain data, every default written out."""
        return self.view["settings"]

    def frame(self, wide: bool = False) -> DataFrame:
        """Make a data frame of its numbers; see `Runs.frame`."""
        return Runs(self.lab, [self.id]).frame(wide)

    def events(self) -> DataFrame:
        """Make a data frame of its events; see `Runs.events`."""
        return Runs(self.lab, [self.id]).events()

    def plot(self) -> Figure:
        """Draw its accuracies over steps, and what happened when."""
        return Runs(self.lab, [self.id]).plot()

    def snapshot(self, step: int | None = None) -> dict[str, NDArray[np.generic]]:
        """Load the arrays stored at a step: weights as `weights.<name>`, and activations of the fixed probes.

        Without a step, the last snapshot. Every byte is checked; the arrays cannot be written to.

        Raises:
            InputError: none is stored at that step; lists the steps.
            DamagedError: the file is not what was written.
        """
        stored = read_run(self.lab, self.id, strict=False)
        steps = [known for known, _ in snapshots(stored)]
        wanted = steps[-1] if step is None and steps else step
        if wanted not in steps:
            known = (
                f"stored are steps {listed([str(known) for known in steps], 20)}"
                if steps
                else "none is stored"
            )
            raise InputError(
                f"run {self.id} has no snapshot{f' at step {step}' if step is not None else ''}; {known}"
            )
        return load_snapshot(self.lab, stored, wanted)

    def __repr__(self) -> str:
        course = self.course
        return (
            f"Run({self.id}: {self.status}, step {whole(self.view['step'])} of {whole(self.view['steps'])}, "
            f"memorised {whole(course['memorised'])}, grokked {whole(course['grokked_first'])}, "
            f"up-time {percent(course['up_time'])}{', collapsed' if course['collapsed'] else ''})"
        )

    def _repr_html_(self) -> str:
        return Runs(self.lab, [self.id])._repr_html_()


class Runs(Sequence[Run]):
    """Several runs of a lab, in a fixed order, each once. A slice of them is `Runs` again."""

    def __init__(self, lab: Lab, ids: Iterable[str]) -> None:
        self.lab = lab
        self.ids: tuple[str, ...] = tuple(dict.fromkeys(ids))

    @cached_property
    def view(self) -> GroupView:
        """Their comparison as plain data, grouped by settings; see `latebloom.views.group_view`."""
        return group_view(self.lab, self.ids)

    def frame(self, wide: bool = False) -> DataFrame:
        """Make a tidy data frame of all numbers: run, seed, step, name, value; `wide`: a column per name.

        >>> runs.frame().groupby(["name", "step"], observed=True)["value"].median()  # doctest: +SKIP
        """
        from latebloom.report import data_frame

        tidy = data_frame(records_table(self.lab, self.ids))
        if not wide:
            return tidy
        table = tidy.pivot(index=["run", "seed", "step"], columns="name", values="value")
        return table.rename_axis(columns=None).reset_index()

    def events(self) -> DataFrame:
        """Make a data frame of what happened: run, seed, event, step, and the step at which it was seen."""
        import pandas as pd

        rows = [
            (run["id"], run["seed"], event["name"], event["step"], event["seen"])
            for run in self.view["runs"]
            for event in run["events"]
        ]
        frame = pd.DataFrame(rows, columns=["run", "seed", "event", "step", "seen"])
        return frame.astype({"seed": "Int64", "step": "int64", "seen": "int64"})

    def summary(self) -> DataFrame:
        """Make a data frame of courses, a row per run: steps of events, ratio, up-time, flags.

        A step is missing where it had not happened by `last_step`: the run is censored there.
        """
        import pandas as pd

        labels = [group["label"] for group in self.view["groups"]]
        rows = [
            {
                "run": run["id"],
                "seed": run["seed"],
                "group": None if run["group"] is None else labels[run["group"]],
                "status": run["status"],
                **run["course"],
                **{name: run["values"][name] for name in ("train_accuracy", "test_accuracy")},
            }
            for run in self.view["runs"]
        ]
        frame = pd.DataFrame(rows)
        whole_numbers = ["seed", "last_step", "memorised", "grokked_first", "grokked_stable", "delay"]
        numbers = ["ratio", "up_time", "train_accuracy", "test_accuracy"]
        return (
            frame.astype(dict.fromkeys(whole_numbers, "Int64") | dict.fromkeys(numbers, "float64"))
            if rows
            else frame
        )

    def plot(self) -> Figure:
        """Draw the accuracies of all runs over steps: medians, bands, each run, and what happened when.

        Raises:
            InputError: there are no runs.
        """
        from latebloom.report import main_figure

        return main_figure(self.lab, self.ids)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Runs: ...
    def __getitem__(self, index: int | slice) -> Run | Runs:
        if isinstance(index, slice):
            return Runs(self.lab, self.ids[index])
        return Run(self.lab, self.ids[index])

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Run]:
        return (Run(self.lab, run) for run in self.ids)

    def __add__(self, other: Runs) -> Runs:
        if self.lab != other.lab:
            raise InputError(
                f"runs of two labs, {self.lab.path} and {other.lab.path}; only runs of one go together"
            )
        return Runs(self.lab, [*self.ids, *other.ids])

    def __repr__(self) -> str:
        return f"Runs({counted(len(self.ids), 'run')}: {listed(list(self.ids), 3)})"

    def _repr_html_(self) -> str:
        from latebloom.report.html import html_fragment

        return html_fragment(self.view, sentences(self.view))


def open_runs(lab: str | PathLike[str], ids: Sequence[str] | None = None) -> Runs:
    """Open runs of a lab: all, or those whose id is given, or begins or ends with what is given.

    Raises:
        LabError: not a lab.
        UnknownNameError: no such run; lists those most alike.
    """
    opened = Lab.open(lab)
    return Runs(opened, opened.run_ids() if ids is None else [opened.resolve(given) for given in ids])
