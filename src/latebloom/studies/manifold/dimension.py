"""Claims about the PCA dimension of the read-out activations: section 6.2.1 and 6.3.1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell, about
from latebloom.studies.manifold.reading import TEST
from latebloom.studies.manifold.setting import OPERATIONS, Setting
from latebloom.study import Claim, MedianWithin, Rival, ShareWithin

PCA = "pca_dimension_95"


@dataclass(frozen=True)
class Printed:
    """What the tables print: dimensions at step 1000, at the lowest, at the first crossing and at the end."""

    where: str
    first: int
    lowest: int
    crossing: int
    end: int
    at_lowest: str
    at_end: float


PRINTED = {
    "addition": Printed("6.2.1, table", 78, 8, 12, 13, "24.9 %", 0.96),
    "multiplication": Printed("6.3.1, table; summary", 89, 11, 11, 17, "", 1.0),
}


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims, by the code's read-out and by the text's."""
    for operation in OPERATIONS:
        for readout in ("", "-text"):
            yield from _dimensions(setting, operation, readout)
        yield from _accuracies(setting, operation)
    yield _collapse(setting)


def _dimensions(setting: Setting, operation: str, readout: str) -> Iterator[Cell]:
    printed, arm = PRINTED[operation], f"{operation}{readout}"
    said = "mean of both tokens" if readout else "position 0"
    first, end = setting.first, setting.end
    yield Cell(
        Claim(
            f"{operation}-dimension-at-1000{readout}",
            f"Soon after memorising, 95 % of the variance of {operation}'s activations ({said}) need {printed.first} "
            "directions.",
            printed.where, str(printed.first), about(printed.first),
            f"{PCA} at step {first:,}, of every run",
            statistic=reading.at(PCA, first), arms=(arm,), numbers=(PCA,), collapsed="kept",
            value=printed.first, unit="directions", curves=(PCA,),
        ),
        first,
    )  # fmt: skip
    yield Cell(
        Claim(
            f"{operation}-dimension-lowest{readout}",
            f"Before {operation} is generalised ({said}), the dimension falls to {printed.lowest}.",
            printed.where, str(printed.lowest), about(printed.lowest),
            f"lowest {PCA} at evaluations from step {first:,} to the first with test accuracy >= 0.9; runs that never "
            "reach it are left out, and no network has collapsed before it",
            statistic=reading.lowest_before(PCA, first), arms=(arm,), numbers=(PCA, TEST), collapsed="filtered",
            value=printed.lowest, unit="directions", curves=(PCA,),
        ),
        setting.after,
    )  # fmt: skip
    yield Cell(
        Claim(
            f"{operation}-dimension-at-crossing{readout}",
            f"Where {operation} first answers 0.9 of the test pairs ({said}), the dimension is {printed.crossing}.",
            printed.where, str(printed.crossing), about(printed.crossing),
            f"{PCA} at the first evaluation with test accuracy >= 0.9; runs that never reach it are left out",
            statistic=reading.at_crossing(PCA), arms=(arm,), numbers=(PCA, TEST), collapsed="filtered",
            value=printed.crossing, unit="directions", curves=(PCA,),
        ),
        setting.after,
    )  # fmt: skip
    yield Cell(
        Claim(
            f"{operation}-dimension-at-end{readout}",
            f"After all training ({said}), the dimension is {printed.end}.",
            printed.where, str(printed.end), about(printed.end),
            f"{PCA} at step {end:,}; runs with test accuracy < 0.9 there are left out and counted",
            statistic=reading.healthy_at(PCA, end), arms=(arm,), numbers=(PCA, TEST), collapsed="filtered",
            value=printed.end, unit="directions", curves=(PCA,),
        ),
        end,
    )  # fmt: skip


def _accuracies(setting: Setting, operation: str) -> Iterator[Cell]:
    printed, first, end = PRINTED[operation], setting.first, setting.end
    chance = 1 / (setting.modulus if operation == "addition" else setting.order)
    yield Cell(
        Claim(
            f"{operation}-accuracy-at-1000",
            f"Soon after memorising, {operation} answers new pairs no better than chance.",
            printed.where, "0.1 %", MedianWithin(high=chance),
            f"test accuracy at step {first:,}, of every run",
            statistic=reading.at(TEST, first), arms=(operation,), numbers=(TEST,), collapsed="kept",
            value=0.001, unit="test accuracy", curves=(TEST,),
        ),
        first,
    )  # fmt: skip
    yield Cell(
        Claim(
            f"{operation}-accuracy-at-crossing",
            f"The first evaluation of {operation} above 0.9 is at 100 %: the transition fits between two evaluations.",
            printed.where, "100 %", MedianWithin(low=0.99),
            "test accuracy at the first evaluation with test accuracy >= 0.9; runs that never reach it are left out",
            statistic=reading.at_crossing(TEST), arms=(operation,), numbers=(TEST,), collapsed="filtered",
            value=1.0, unit="test accuracy", curves=(TEST,),
        ),
        setting.after,
    )  # fmt: skip
    if printed.at_lowest:
        yield Cell(
            Claim(
                f"{operation}-accuracy-at-lowest",
                f"The dimension of {operation} is lowest before it generalises, at a quarter of the test pairs.",
                printed.where, printed.at_lowest, MedianWithin(low=0.1, high=0.5),
                f"test accuracy where {PCA} is lowest from step {first:,} to the first evaluation with test accuracy "
                ">= 0.9; runs that never reach it are left out",
                statistic=reading.accuracy_at_lowest(PCA, first), arms=(operation,), numbers=(PCA, TEST),
                collapsed="filtered", value=0.249, unit="test accuracy", curves=(PCA, TEST),
            ),
            setting.after,
        )  # fmt: skip
    yield Cell(
        Claim(
            f"{operation}-accuracy-at-end",
            f"After all training, {operation} answers {printed.at_end:.0%} of the test pairs.",
            printed.where, f"{printed.at_end:.0%}", MedianWithin(low=0.9),
            f"test accuracy at step {end:,}, of every run, collapsed or not",
            statistic=reading.at(TEST, end), arms=(operation,), numbers=(TEST,), collapsed="kept",
            value=printed.at_end, unit="test accuracy", curves=(TEST,),
        ),
        end,
    )  # fmt: skip


def _collapse(setting: Setting) -> Cell:
    """The published table itself has a lower dimension, 3 at step 11,000, in a collapse."""
    return Cell(
        Claim(
            "dimension-lowest-is-before-grokking",
            "The lowest dimension of a run lies before it generalises.",
            "6.2.1, table: 8 at step 7000 is called the lowest", "8 (7000)", ShareWithin(high=0.5),
            f"whether the lowest {PCA} from step {setting.first:,} on lies at a collapsed evaluation (test accuracy < "
            "0.5 after the first >= 0.9); runs that never collapse are left out",
            statistic=reading.lowest_is_a_collapse(PCA, setting.first), arms=OPERATIONS, numbers=(PCA, TEST),
            collapsed="filtered", unit="share of runs",
            rival=Rival("The lowest dimension is that of a collapsed network.", ShareWithin(low=0.5)),
            curves=(PCA, TEST),
        ),
        setting.after,
    )  # fmt: skip
