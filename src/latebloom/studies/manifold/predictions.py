"""The predictions of section 5, and of proposition 3.5, decided either way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell
from latebloom.studies.manifold.dimension import PCA
from latebloom.studies.manifold.reading import TEST
from latebloom.studies.manifold.setting import OPERATIONS, Setting
from latebloom.study import Claim, LeftOut, MedianWithin, Rival, RunEvidence, ShareWithin
from latebloom.study.evidence import Observed

MEAN, GINI = "spectrum_mean_frequency", "spectrum_gini"
LAYERS = (0, 1)
RISE = 0.02
"""Of attention entropy, which is 1 at most: differences below are none."""


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims."""
    for operation in OPERATIONS:
        claims = (_turn(setting, operation), _one_dimension(operation), _loop(setting, operation),
                  _low_frequencies(setting, operation))  # fmt: skip
        yield from (Cell(claim, setting.after) for claim in claims)
    yield from (Cell(_entropy(setting, layer), setting.after) for layer in LAYERS)


def _turn(setting: Setting, operation: str) -> Claim:
    near = 2 * setting.every
    return Claim(
        f"prediction-dimension-turns-{operation}",
        f"The dimension of {operation} turns where test accuracy rises, within two evaluations.", "5.1", "a turn",
        MedianWithin(low=-near, high=near),
        f"lag of the turn behind the first evaluation with test accuracy >= 0.9; the turn is where two constants fit "
        f"log {PCA} best, from step {setting.first:,} to 5 evaluations after that one; runs that never reach it are "
        "left out",
        statistic=turn_lag(setting), arms=(operation,), numbers=(PCA, TEST), collapsed="filtered", value=0.0,
        unit="steps", curves=(PCA, TEST),
        rival=Rival(
            "It drifts down while memorising: most of the fall is over two evaluations before the rise.",
            MedianWithin(low=0.5),
            f"share of the fall of log {PCA}, from step {setting.first:,} to its lowest up to the first evaluation "
            "with test accuracy >= 0.9, that is over two evaluations before the latter",
            statistic=drift(setting),
        ),
    )  # fmt: skip


def turn_lag(setting: Setting) -> reading.Statistic:
    """Find the lag of the dimension's turn behind the first crossing of 0.9."""

    def read(run: RunEvidence) -> Observed:
        crossing = run.course.grokked_first
        if crossing is None:
            return reading.NEVER
        steps, values = reading.window(run, PCA, setting.first, crossing + 5 * setting.every)
        return (
            float(steps[turning_point(np.log(values))] - crossing)
            if len(steps) >= 3
            else LeftOut("crossed at once")
        )

    return read


def turning_point(values: reading.Numbers) -> int:
    """Find where the second of two constants begins that fit best, by least squares.

    >>> turning_point(np.array([5.0, 5.1, 4.9, 1.0, 1.1]))
    3
    """
    costs = [
        np.var(values[:cut]) * cut + np.var(values[cut:]) * (len(values) - cut)
        for cut in range(1, len(values))
    ]
    return 1 + int(np.argmin(costs))


def drift(setting: Setting) -> reading.Statistic:
    """Find which share of the fall of the dimension is over two evaluations before the first crossing."""

    def read(run: RunEvidence) -> Observed:
        crossing = run.course.grokked_first
        if crossing is None:
            return reading.NEVER
        early = crossing - 2 * setting.every
        if early < setting.first:
            return LeftOut("crossed within two evaluations of the first")
        start = np.log(run.at(PCA, setting.first))
        whole = start - np.log(run.between(PCA, setting.first, crossing).min())
        over = start - np.log(run.between(PCA, setting.first, early).min())
        return float(over / whole) if whole > 0 else LeftOut("the dimension did not fall")

    return read


def _one_dimension(operation: str) -> Claim:
    number = "twonn_dimension"
    return Claim(
        f"prediction-one-dimension-{operation}",
        f"After {operation} is generalised, the intrinsic dimension is about 1, as of a circle.",
        "5.1; essay, prediction 1", "about 1", MedianWithin(low=0.5, high=1.5),
        "median TwoNN dimension over healthy evaluations (test accuracy >= 0.9)",
        statistic=reading.healthy_median(number), arms=(operation,), numbers=(number, TEST), collapsed="filtered",
        value=1.0, unit="dimensions", curves=(number,),
        rival=Rival(
            "Neighbours are samples of one class, so it is the dimension inside the clusters, which is higher.",
            MedianWithin(low=2.0),
        ),
    )  # fmt: skip


def _loop(setting: Setting, operation: str) -> Claim:
    p = "loop_prominence_p_value"
    return Claim(
        f"prediction-loop-{operation}",
        f"After {operation} is generalised, its activations form one loop, as the group does.",
        "5.2; essay, prediction 2", "b1 = 1", ShareWithin(low=0.5),
        "whether betti_1_relative (loops longer than a tenth of the widest gap) is 1 at the first snapshot with test "
        "accuracy >= 0.99; runs without one are left out",
        statistic=reading.holds(reading.matched("betti_1_relative"), lambda loops: loops == 1), arms=(operation,),
        numbers=("betti_1_relative", TEST), collapsed="filtered", unit="share of runs", curves=("betti_1_relative",),
        rival=Rival(
            "No loop stands out: none is longer, beside the widest gap, than in Gaussian clouds of that covariance.",
            ShareWithin(high=0.5),
            f"whether {p} is <= 0.05 at the first snapshot with test accuracy >= 0.99 that has it (every "
            f"{setting.before:,} steps)",
            statistic=reading.holds(reading.matched(p), lambda value: value <= 0.05), numbers=(p, TEST),
        ),
    )  # fmt: skip


def _low_frequencies(setting: Setting, operation: str) -> Claim:
    return Claim(
        f"prediction-low-frequencies-{operation}",
        f"As {operation} is generalised, spectral energy moves from high to low frequencies.", "3.5", "high to low",
        MedianWithin(high=-0.05),
        f"median {MEAN} (0 low, 1 high) over healthy evaluations (test accuracy >= 0.9) less that at step "
        f"{setting.first:,}",
        statistic=reading.change_since(MEAN, setting.first), arms=(operation,), numbers=(MEAN, TEST),
        collapsed="filtered", unit="change of the mean frequency", curves=(MEAN,),
        rival=Rival(
            "It gathers at a few frequencies, wherever they are: the spectrum becomes more unequal.",
            MedianWithin(low=0.1), f"the same of {GINI}", statistic=reading.change_since(GINI, setting.first),
            numbers=(GINI, TEST),
        ),
    )  # fmt: skip


def _entropy(setting: Setting, layer: int) -> Claim:
    number = f"attention_entropy@block{layer}.pattern"
    return Claim(
        f"prediction-attention-entropy-layer-{layer}",
        f"The entropy of attention in layer {layer} goes from low to high to a middle, around grokking.", "5.3",
        "low, high, middle", ShareWithin(low=0.5),
        f"whether {number} (mean over heads) rises by at least {RISE} from step {setting.first:,} to its highest up to "
        f"the first evaluation with test accuracy >= 0.9, and then its median over healthy evaluations is at least "
        f"{RISE} below that and above the first; runs that never cross are left out",
        statistic=low_high_middle(number, setting.first), arms=OPERATIONS, numbers=(number, TEST),
        collapsed="filtered", unit="share of runs", curves=(number, TEST),
        rival=Rival(
            "It moves one way, or hardly: it is not what drives the transition.", ShareWithin(low=0.5),
            f"whether, from step {setting.first:,} to the first crossing, at least 4 of 5 changes between evaluations "
            f"have one sign, or all lie within {RISE}",
            statistic=one_way(number, setting.first),
        ),
    )  # fmt: skip


def low_high_middle(name: str, first: int) -> reading.Statistic:
    """Tell whether a number is low at first, higher before the first crossing, and in between when healthy."""

    def read(run: RunEvidence) -> Observed:
        crossing, later = run.course.grokked_first, reading.healthy_median(name)(run)
        if crossing is None or not isinstance(later, float):
            return reading.NEVER
        low, high = run.at(name, first), float(run.between(name, first, max(crossing, first)).max())
        return bool(high >= low + RISE and low + RISE <= later <= high - RISE)

    return read


def one_way(name: str, first: int) -> reading.Statistic:
    """Tell whether a number goes one way up to the first crossing, or hardly moves."""

    def read(run: RunEvidence) -> Observed:
        crossing = run.course.grokked_first
        if crossing is None:
            return reading.NEVER
        values = run.between(name, first, max(crossing, first))
        rises = [later > earlier for earlier, later in pairwise(values)]
        up = sum(rises) / len(rises) if rises else 0.5
        return bool(np.ptp(values) <= RISE or max(up, 1 - up) >= 0.8)

    return read
