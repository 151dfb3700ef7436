"""Is structure an early indicator of grokking? Windows declared beforehand, held-out seeds, and simple rivals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latebloom.study import (
    Arm,
    Claim,
    LeftOut,
    Rival,
    RunEvidence,
    Scale,
    Study,
    SummaryWithin,
    arm,
)

STRUCTURE = ("embedding_gini@parameter.tokens", "spectrum_gini", "factorisation", "pca_dimension_95")
BASELINES = ("train_loss", "weight_norm", "test_loss")
NUMBERS = (*STRUCTURE, *BASELINES, "test_accuracy")
LOOKS = ("embedding_spectrum@parameter.tokens", "group_spectrum@final", "factorisation@final")

QUARTER, HALF, MEDIAN = 0.1, 0.2, 0.4
"""Shares of a run's steps: 800, 1600 and 3200 of 8000. The last is the median time to grok of eight pilot runs, of
seeds 1000 to 1007, which no scale uses; the others are a quarter and a half of it."""

Rows = NDArray[np.float64]
"""A row for each run: seed, time to grok as a share of the steps (1 where it did not), then a number a column."""

Observe = Callable[[RunEvidence], tuple[float, ...] | LeftOut]

ALL = range(len(STRUCTURE))
TRAIN_LOSS, WEIGHT_NORM, TEST_LOSS, STEP = ((len(STRUCTURE) + place,) for place in range(4))
"""Places of the columns of a row that are candidates."""


def at_share(share: float) -> Observe:
    """Read all numbers at that share of the run's steps: the same step for every run."""

    def observe(run: RunEvidence) -> tuple[float, ...] | LeftOut:
        step, time = share * run.steps, run.when("grokked_first")
        if time.happened and time.step <= step:
            return LeftOut("had grokked before the window")
        return _row(run, step, time.step if time.happened else run.steps)

    return observe


def at_own_time(share: float) -> Observe:
    """Read all numbers at that share of the run's own time to grok, as published: the window knows the answer."""

    def observe(run: RunEvidence) -> tuple[float, ...] | LeftOut:
        time = run.when("grokked_first")
        if not time.happened:
            return LeftOut("did not grok, so it has no such window")
        return _row(run, share * time.step, time.step)

    return observe


def _row(run: RunEvidence, step: float, time: float) -> tuple[float, ...]:
    values = [run.near(name, step) for name in (*STRUCTURE, *BASELINES)]
    return (float(run.seed), time / run.steps, *values, step / run.steps)


def predicted(rows: Rows, candidates: Sequence[int]) -> tuple[Rows, Rows] | None:
    """Choose and orient a candidate on the even seeds; give times and predictions of the odd ones, each (run,).

    The candidate is the one whose rank correlation with the time is farthest from 0. None where a half has fewer than
    four runs, or nothing in it varies.
    """
    even = rows[:, 0] % 2 == 0
    fitted, held = rows[even], rows[~even]
    if min(len(fitted), len(held)) < 4:
        return None
    correlations = rank_correlations(fitted[:, 1], fitted[:, [2 + place for place in candidates]])
    best = int(np.argmax(np.abs(correlations)))
    if correlations[best] == 0.0:
        return None
    return held[:, 1], math.copysign(1.0, correlations[best]) * held[:, 2 + candidates[best]]


def rank_correlations(time: Rows, columns: Rows) -> Rows:
    """Spearman's, of a time with each column; 0 for a column that does not vary, or is not a number. (column,)."""
    from scipy.stats import rankdata

    known = ~np.isnan(columns).any(axis=0)
    ranks = rankdata(np.column_stack([time, np.where(known, columns, 0.0)]), axis=0)
    ranks -= ranks.mean(axis=0)
    lengths = np.linalg.norm(ranks, axis=0)
    scale = lengths[0] * lengths[1:]
    return np.where(scale > 0, ranks[:, 0] @ ranks[:, 1:] / np.where(scale > 0, scale, 1.0), 0.0)


def _rows(arms: Mapping[str, Sequence[tuple[float, ...]]]) -> Rows:
    return np.array([row for rows in arms.values() for row in rows], dtype=np.float64)


def held_out(candidates: Sequence[int]) -> Callable[[Mapping[str, Sequence[Any]]], float]:
    """Compute the rank correlation of predicted and true times on the held-out seeds."""

    def of(arms: Mapping[str, Sequence[Any]]) -> float:
        found = predicted(_rows(arms), candidates)
        return math.nan if found is None else float(rank_correlations(found[0], found[1][:, None])[0])

    return of


def auc(candidates: Sequence[int]) -> Callable[[Mapping[str, Sequence[Any]]], float]:
    """Compute how often, on held-out seeds, a run later than the median is predicted to be later than an early one."""

    def of(arms: Mapping[str, Sequence[Any]]) -> float:
        found = predicted(_rows(arms), candidates)
        if found is None:
            return math.nan
        late = found[0] > MEDIAN
        gaps = found[1][late][:, None] - found[1][~late]
        return float((np.sign(gaps).mean() + 1.0) / 2.0) if gaps.size else math.nan

    return of


def ahead_of(rival: Sequence[int]) -> Callable[[Mapping[str, Sequence[Any]]], float]:
    """Compute by how much structure's held-out correlation is above a rival's."""
    structure, other = held_out(ALL), held_out(rival)

    def of(arms: Mapping[str, Sequence[Any]]) -> float:
        own = other(arms)
        return structure(arms) - (0.0 if math.isnan(own) else own)

    return of


_claim = partial(
    Claim, where="implications, generalisation metrics", published="an early indicator", arms=("addition",),
    numbers=NUMBERS, collapsed="kept", curves=STRUCTURE,
)  # fmt: skip

CHOSEN = "the structural measure that goes best with the time to grok on even seeds, on odd seeds"
EXCLUDED = "runs that had grokked by then are left out, those that never do count as the latest"


def _window(name: str, share: float, of_steps: str) -> tuple[Claim, ...]:
    """The claims at one window."""
    return (
        _claim(
            f"structure-at-{name}",
            f"At {of_steps} of the usual time to grok, structure tells how long it will take.",
            rule=SummaryWithin(of=held_out(ALL), what=f"the rank correlation of time and {CHOSEN}", low=0.3),
            measured=f"four structural measures, at {share:g} of the run's steps; {EXCLUDED}",
            statistic=at_share(share),
            rival=Rival(
                "The test loss tells as much, which needs no structure.",
                SummaryWithin(of=held_out(TEST_LOSS), what="that of the test loss", low=0.3),
            ),
        ),
        _claim(
            f"auc-at-{name}",
            f"At {of_steps} of the usual time to grok, structure tells early from late.",
            rule=SummaryWithin(of=auc(ALL), what=f"the area under the curve of {CHOSEN}", low=0.65),
            measured=f"four structural measures, at {share:g} of the run's steps; late is beyond the pilot's median; "
            f"{EXCLUDED}",
            statistic=at_share(share),
            rival=Rival(
                "The training loss tells as much.",
                SummaryWithin(
                    of=auc(TRAIN_LOSS), what="the area under the curve of the training loss", low=0.65
                ),
            ),
        ),
    )


def _ahead(name: str, of_what: str, rival: Sequence[int]) -> Claim:
    """Structure against one simple number, half way."""
    return _claim(
        f"ahead-of-{name}",
        f"Half way, structure tells more than {of_what}.",
        rule=SummaryWithin(
            of=ahead_of(rival), what=f"the held-out correlation of structure less that of {of_what}", low=0.0
        ),
        measured=f"four structural measures and {of_what}, at {HALF:g} of the run's steps; {EXCLUDED}",
        statistic=at_share(HALF),
    )


CLAIMS = (
    *_window("quarter", QUARTER, "a quarter"),
    *_window("half", HALF, "a half"),
    _ahead("training-loss", "the training loss", TRAIN_LOSS),
    _ahead("weight-norm", "the norm of the weights", WEIGHT_NORM),
    _ahead("test-loss", "the test loss", TEST_LOSS),
    _claim(
        "at-half-of-the-own-time",
        "At half of a run's own time to grok, structure tells how long it takes.",
        rule=SummaryWithin(of=held_out(ALL), what=f"the rank correlation of time and {CHOSEN}", low=0.3),
        measured="four structural measures at half of the run's own time to grok; runs that do not grok are left out",
        statistic=at_own_time(0.5),
        rival=Rival(
            "The step alone tells everything in that window, which was made of the answer.",
            SummaryWithin(of=held_out(STEP), what="the rank correlation of time and step", low=0.95),
        ),
    ),
)

NETWORK: Mapping[str, Any] = {
    "task.modulus": 53,
    "split.fraction": 0.4,
    "model.width": 64,
    "model.feed_forward": 256,
    "model.initialization": "torch",
    "objective.precision": "float32",
    "optimizer.learning_rate": 3e-3,
    "training.steps": 8000,
    "training.batch": 256,
    "evaluation.every": 100,
    "snapshots.every": 8000,
}
TINY: Mapping[str, Any] = {
    "task.modulus": 11,
    "model.width": 16,
    "model.feed_forward": 32,
    "training.steps": 1000,
    "training.batch": 32,
    "evaluation.every": 50,
    "snapshots.every": 1000,
}


def _arms(changes: Mapping[str, Any], seeds: int) -> tuple[Arm, ...]:
    return (arm("addition", "nanda", {**NETWORK, **changes}, seeds=seeds, looks=LOOKS),)


PROTOCOL = """\
a + b mod 53 by a one-layer transformer without LayerNorm, 64 wide, 40 % of the pairs, batches of 256, AdamW at rate
0.003 and decay 1, 8000 steps: runs that differ in the seed alone, so whatever predicts their times is no setting.

Structure is: the inequality of the embedding's spectrum over tokens, that of the read-out's class centroids over
the group, the share of the read-out's variance between labels, and its PCA-95 dimension. On even seeds the one is
chosen that goes best with the time to grok, and which way; it is judged on odd seeds. Training loss, norm of the
weights and test loss are judged likewise. What is chosen and how is part of the rule, so nothing is fitted on what
is judged.

The window is a step declared beforehand, the same for every run: a quarter and a half of the median of eight pilot
runs with seeds that no scale uses. Windows made of a run's own time to grok, as the source's figures have them,
know the answer: there the step alone predicts it, as the last claim's rival shows. The time of a run that does not
grok is its last step, later than all others."""

STUDY = Study(
    name="early",
    question="Is structure an early indicator of when a network groks, and better than simpler numbers?",
    source="The Eureka phenomenon in neural networks, a pipeline: structure inside as an early indicator",
    protocol=PROTOCOL,
    claims=CLAIMS,
    scales={
        "smoke": Scale(_arms(TINY, 16), "a + b mod 11 in 1000 steps, 16 seeds", evidence=False),
        "laptop": Scale(_arms({}, 48), "48 seeds: 24 to choose on, 24 to judge"),
        "paper": Scale(_arms({}, 256), "256 seeds: 128 to choose on, 128 to judge"),
    },
)
