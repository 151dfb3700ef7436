"""Controls: what a claim would say where it ought to say nothing, and the groups that tell explanations apart."""

from __future__ import annotations

from collections.abc import Iterator

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell
from latebloom.studies.manifold.courses import FIRST
from latebloom.studies.manifold.reading import TEST
from latebloom.studies.manifold.setting import OPERATIONS, Setting
from latebloom.study import Claim, MedianWithin, Rival, ShareGreater, ShareWithin, TimeWithin

RING_P, GCD = "ring_p_value", "spectrum_leading_gcd"


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims."""
    until = min(setting.after, setting.horizon("control-96") or setting.after)
    yield Cell(_untrained(), 0)
    yield Cell(_cosets_of_addition(), until)
    yield Cell(_cosets_of_multiplication_alone(), until)
    yield Cell(_dimension(setting), until)
    yield Cell(_zero(setting), setting.after)
    yield Cell(_relabelled(), setting.after)


def _untrained() -> Claim:
    return Claim(
        "control-untrained-ring", "Untrained networks have no ring: relabelling is a sound null before training.",
        "control", "5 % by chance", ShareWithin(high=0.25),
        "whether ring_p_value is <= 0.05 at step 0, of every run of either operation",
        statistic=reading.holds(reading.at(RING_P, 0), lambda p: p <= 0.05), arms=OPERATIONS, numbers=(RING_P,),
        collapsed="kept", unit="share of runs",
        rival=Rival(
            "Class means over a whole table are a convolution of the embeddings, so relabelling is too lenient: claim "
            "only what exceeds the untrained network as well.",
            ShareWithin(low=0.25),
        ),
    )  # fmt: skip


def _cosets_of_addition() -> Claim:
    """Of the 48 frequencies of Z_96, 32 share a divisor with it: two thirds do by chance."""
    return Claim(
        "cosets-belong-to-multiplication", "Cosets belong to multiplication: addition learns the whole group.",
        "6.8, last row but one", "whole group; quotient", ShareWithin(high=0.5),
        "whether the leading frequency of addition mod 96 shares a divisor with 96, so that it is constant on cosets, "
        "at the last healthy evaluation (addition mod 97 has no cosets to find, for 97 is prime)",
        statistic=reading.holds(reading.last_healthy(GCD), lambda gcd: gcd > 1), arms=("control-96",),
        numbers=(GCD, TEST), collapsed="filtered", unit="share of runs", curves=(GCD,),
        rival=Rival(
            "Addition mod 96 shows cosets as well: they are a matter of the order of the group.", ShareWithin(low=0.5),
        ),
    )  # fmt: skip


def _cosets_of_multiplication_alone() -> Claim:
    return Claim(
        "cosets-more-often-in-multiplication", "A leading frequency that shares a divisor with 96 is more frequent in "
        "multiplication than in addition mod 96.",
        "6.8, recomputed on groups of one order", "100 % beside 0 %", ShareGreater(),
        "whether spectrum_leading_gcd is above 1 at the last healthy evaluation",
        statistic=reading.holds(reading.last_healthy(GCD), lambda gcd: gcd > 1), arms=("multiplication", "control-96"),
        numbers=(GCD, TEST), collapsed="filtered", unit="share of runs", curves=(GCD,),
    )  # fmt: skip


def _dimension(setting: Setting) -> Claim:
    number = "pca_dimension_95"
    return Claim(
        "control-96-dimension", "Addition mod 96 falls to the dimension of addition mod 97, 8, not to that of "
        "multiplication, 11.",
        "control of 6.8", "8, not 11", MedianWithin(low=6, high=10),
        f"lowest {number} from step {setting.first:,} to the first evaluation with test accuracy >= 0.9",
        statistic=reading.lowest_before(number, setting.first), arms=("control-96",), numbers=(number, TEST),
        collapsed="filtered", value=8.0, unit="directions", curves=(number,),
    )  # fmt: skip


def _zero(setting: Setting) -> Claim:
    _, low, high = FIRST["multiplication"]
    return Claim(
        "control-zero-first-crossing", "With 0 among the operands, multiplication is generalised when it is without.",
        "control", "9000 to 14,000 steps", TimeWithin(low=low * setting.every, high=high * setting.every),
        "the first evaluation with test accuracy >= 0.9; runs that never reach it are censored at their last one",
        statistic=reading.happened("grokked_first"), arms=("control-zero",), numbers=(TEST,), collapsed="kept",
        unit="step", curves=(TEST,),
    )  # fmt: skip


def _relabelled() -> Claim:
    return Claim(
        "control-relabelled-never-groks", "Relabelled pairs are memorised and never generalised.", "control", "never",
        ShareWithin(high=0.1), "whether test accuracy ever reaches 0.9, of every run",
        statistic=reading.has_happened("grokked_first"), arms=("control-relabelled",), numbers=(TEST,),
        collapsed="kept", unit="share of runs", curves=(TEST,),
    )  # fmt: skip
