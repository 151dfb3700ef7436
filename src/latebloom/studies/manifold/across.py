"""The cross-operation table, section 6.8, recomputed over many seeds."""

from __future__ import annotations

from collections.abc import Iterator

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell
from latebloom.studies.manifold.dimension import PCA
from latebloom.studies.manifold.reading import TEST, UP
from latebloom.studies.manifold.setting import OPERATIONS, Setting
from latebloom.study import (
    ArmGreater,
    Claim,
    Equivalent,
    MedianWithin,
    Rival,
    RunEvidence,
    ShareGreater,
    ShareWithin,
)
from latebloom.study.evidence import Observed

WHERE = "6.8, table"
LATER = ("multiplication", "addition")
"""The first is claimed to be the greater."""


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims, row by row."""
    soon = (_falls(setting), _higher_at_first(setting), _higher_at_lowest(setting), _slower(), _pieces(setting),
            _ring())  # fmt: skip
    yield from (Cell(claim, setting.after) for claim in soon)
    yield Cell(_oscillations(), setting.end)
    yield Cell(_success(setting), setting.end)
    yield Cell(_clusters(setting), setting.far)


def _falls(setting: Setting) -> Claim:
    return Claim(
        "both-dimensions-fall", "In both operations the dimension falls steeply.", WHERE, "78 to 8; 89 to 11",
        MedianWithin(high=0.25),
        f"lowest {PCA} from step {setting.first:,} to the first evaluation with test accuracy >= 0.9, over that at "
        f"step {setting.first:,}; runs that never reach it are left out",
        statistic=_fall(setting), arms=OPERATIONS, numbers=(PCA, TEST), collapsed="filtered", value=0.11,
        unit="of the first", curves=(PCA,),
    )  # fmt: skip


def _fall(setting: Setting) -> reading.Statistic:
    lowest = reading.lowest_before(PCA, setting.first)

    def read(run: RunEvidence) -> Observed:
        found = lowest(run)
        return found / run.at(PCA, setting.first) if isinstance(found, float) else found

    return read


def _higher_at_first(setting: Setting) -> Claim:
    return Claim(
        "multiplication-starts-higher", "Multiplication starts at a higher dimension than addition.", "6.3.1",
        "89 beside 78", ArmGreater(), f"{PCA} at step {setting.first:,}, of every run",
        statistic=reading.at(PCA, setting.first), arms=LATER, numbers=(PCA,), collapsed="kept", unit="directions",
        curves=(PCA,),
    )  # fmt: skip


def _higher_at_lowest(setting: Setting) -> Claim:
    return Claim(
        "multiplication-falls-less-far", "The lowest dimension of multiplication is above that of addition.", "6.3.1",
        "11 beside 8", ArmGreater(),
        f"lowest {PCA} from step {setting.first:,} to the first evaluation with test accuracy >= 0.9",
        statistic=reading.lowest_before(PCA, setting.first), arms=LATER, numbers=(PCA, TEST), collapsed="filtered",
        unit="directions", curves=(PCA,),
    )  # fmt: skip


def _slower() -> Claim:
    return Claim(
        "multiplication-is-later", "Multiplication is generalised a little later than addition.", WHERE,
        "11,000 beside 9333", ArmGreater(),
        "the first evaluation with test accuracy >= 0.9; runs that never reach it are censored at their last one",
        statistic=reading.happened("grokked_first"), arms=LATER, numbers=(TEST,), collapsed="kept", unit="step",
        curves=(TEST,),
    )  # fmt: skip


def _pieces(setting: Setting) -> Claim:
    number = "betti_0"
    return Claim(
        "topology-differs", "The topology of the two operations develops differently: multiplication keeps its pieces.",
        WHERE, "6 beside 500 pieces", ArmGreater(by=100),
        f"{number} of 500 test points at step {setting.after:,}, as published: of every run, also where it has "
        "collapsed there",
        statistic=reading.at(number, setting.after), arms=LATER, numbers=(number,), collapsed="kept", unit="pieces",
        curves=(number, TEST),
        rival=Rival(
            "It differs because of a collapse: matched by accuracy, both have as many pieces.", MedianWithin(low=450),
            f"{number} at the first snapshot with test accuracy >= 0.99, of either operation; runs without one are "
            "left out",
            statistic=reading.matched(number), numbers=(number, TEST), collapsed="filtered",
        ) if setting.modulus == 97 else None,
    )  # fmt: skip


def _ring() -> Claim:
    p = "ring_p_value"
    return Claim(
        "adjacency-differs", "Multiplication keeps the topology of its group and addition loses it.", WHERE,
        "100 % beside 0 %", ShareGreater(),
        f"whether {p} is <= 0.05 (the best of all strides against the same best of relabelled classes) at the last "
        "healthy evaluation, so that both operations are asked the same",
        statistic=reading.holds(reading.last_healthy(p), lambda value: value <= 0.05), arms=LATER, numbers=(p, TEST),
        collapsed="filtered", unit="share of runs", curves=(p,),
    )  # fmt: skip


def _oscillations() -> Claim:
    return Claim(
        "oscillations-alike", "Both operations oscillate, and alike often.", WHERE, "16.3 and 14.3",
        Equivalent(margin=4),
        "oscillations (test accuracy >= 0.9, then < 0.5 at the next evaluation) over all training, of every run",
        statistic=lambda run: float(run.course.oscillations), arms=OPERATIONS, numbers=(TEST,), collapsed="kept",
        unit="oscillations", curves=(TEST,),
    )  # fmt: skip


def _success(setting: Setting) -> Claim:
    return Claim(
        "success-is-chance", "The transition is a matter of chance: two thirds of all runs succeed.", WHERE,
        "67 % and 67 %", ShareWithin(low=0.5, high=0.85),
        f"whether test accuracy at step {setting.end:,} is >= 0.9, of every run of either operation",
        statistic=reading.holds(reading.at(TEST, setting.end), lambda value: value >= UP), arms=OPERATIONS,
        numbers=(TEST,), collapsed="kept", value=2 / 3, unit="share of runs", curves=(TEST,),
    )  # fmt: skip


def _clusters(setting: Setting) -> Claim:
    number = "factorisation"
    return Claim(
        "final-structure", "In the end addition has a cluster for each class, and multiplication only cosets.", WHERE,
        "97 clusters; 12 cosets", ArmGreater(by=0.1),
        f"{number} (the share of variance between the classes) at step {setting.far:,}; runs with test accuracy < 0.9 "
        "there are left out",
        statistic=reading.healthy_at(number, setting.far), arms=OPERATIONS, numbers=(number, TEST),
        collapsed="filtered", unit="share of variance", curves=(number,),
        rival=Rival(
            "Both tell all classes apart.", MedianWithin(low=0.9), f"{number} of either operation at step "
            f"{setting.far:,}",
            statistic=reading.healthy_at(number, setting.far),
        ),
    )  # fmt: skip
