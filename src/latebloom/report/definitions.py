"""What every number of a report means, and what fools it, in a line each. docs/report.md says the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from latebloom.views.wording import counted, round_percent


class Definition(NamedTuple):
    """A word of a report, what it means, and how it can mislead."""

    word: str
    meaning: str
    trap: str


def definitions(criteria: Mapping[str, Any]) -> list[Definition]:
    """Define the words of a report, with these thresholds in them."""
    memorised, grokked, stable, high, low = (
        round_percent(criteria[name]) for name in ("memorised", "grokked", "stable", "high", "low")
    )
    kept = counted(criteria["stable_evaluations"], "evaluation")
    return [
        Definition(
            "memorised",
            f"the first evaluation with training accuracy of at least {memorised}",
            "it happened somewhere after the evaluation before; of a small training set one example is much",
        ),
        Definition(
            "grokked",
            f"the first evaluation with test accuracy of at least {grokked}",
            "a spike of one evaluation counts; look at stable and up-time beside it",
        ),
        Definition(
            "stable",
            f"the first of {kept} in a row with test accuracy of at least {stable}",
            "how long that is depends on how often the run was evaluated",
        ),
        Definition(
            "times later",
            "the step of grokking over the step of memorising; of a group, the Kaplan-Meier median",
            "it says as much of the step of memorising, which the learning rate moves, as of grokking",
        ),
        Definition(
            "up-time",
            f"the share of evaluations with test accuracy of at least {high}, from the first such one on",
            "the later a run grokked, the fewer evaluations it is a share of; runs never up have none",
        ),
        Definition(
            "oscillated",
            f"test accuracy under {low} at an evaluation whose predecessor was at {high} or more; counted",
            "evaluated more rarely, the same run oscillates less",
        ),
        Definition(
            "collapsed",
            f"test accuracy fell under {low} after grokking and has not been back at {high}",
            "seen only at evaluations; a run that ends in a short dip counts",
        ),
        Definition(
            "median step",
            "the Kaplan-Meier median: the first step by which it had happened to half of the runs, those "
            "counted in as censored to which it had not happened when they were last seen",
            "it supposes that a run last seen without would go on like the others; a diverged one would not",
        ),
        Definition(
            "95% interval",
            "of a rate Wilson's; of a median step by order statistics, or with censoring by the curve's",
            "it covers the chance of the seed, not the choice of task, model or settings",
        ),
        Definition(
            "diverged",
            "the loss was no longer finite; training of the run ended there",
            "a run with a large and finite loss is not called so",
        ),
        Definition(
            "PCA dimension",
            "how many principal directions hold 95% of the variance of test examples' read-out activations",
            "it grows with noise, and with the number of examples where these are few",
        ),
        Definition(
            "participation ratio",
            "squared sum of the eigenvalues of the activations' covariance over the sum of their squares",
            "one large direction, such as that of a single class, hides all others",
        ),
        Definition(
            "weight norm",
            "the Euclidean norm of all parameters together",
            "parameters that the output does not depend on, or that a normalisation rescales, count too",
        ),
    ]
