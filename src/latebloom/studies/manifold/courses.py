"""Claims about the course of training: first crossing, oscillation, where runs end. Section 6.7."""

from __future__ import annotations

from collections.abc import Iterator

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell
from latebloom.studies.manifold.reading import TEST, UP
from latebloom.studies.manifold.setting import OPERATIONS, Setting
from latebloom.study import (
    Claim,
    LeftOut,
    MedianWithin,
    Rival,
    RunEvidence,
    ShareWithin,
    TimeWithin,
)
from latebloom.study.evidence import Observed

WHERE = "6.7, tables"
FIRST = {"addition": ("9000, 10000, 9000", 8, 11), "multiplication": ("13000, 10000, 10000", 9, 14)}
"""Printed, and the region: the range over the published seeds, one evaluation wider on either side."""
OSCILLATIONS = {"addition": ("13, 20, 16", 13, 20), "multiplication": ("14, 17, 12", 12, 17)}
FINAL = {"addition": "1.0, 0.291, 1.0", "multiplication": "0.333, 1.0, 0.989"}


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims, by the code's read-out; the first crossing also by the text's and with 0."""
    for operation in OPERATIONS:
        for arm in (operation, f"{operation}-text"):
            yield Cell(_first(setting, operation, arm), setting.after)
        yield Cell(_oscillations(operation), setting.end)
        yield Cell(_always_oscillates(operation), setting.end)
        yield Cell(_final(setting, operation), setting.end)
        yield Cell(_success(setting, operation), setting.end)
    yield Cell(_stuck(setting), setting.end)


def _first(setting: Setting, operation: str, arm: str) -> Claim:
    printed, low, high = FIRST[operation]
    readout = arm.removeprefix(operation)
    return Claim(
        f"{operation}-first-crossing{readout}", f"{operation.capitalize()} first answers 0.9 of the test pairs then.",
        WHERE, printed, TimeWithin(low=low * setting.every, high=high * setting.every),
        "the first evaluation with test accuracy >= 0.9; runs that never reach it are censored at their last one",
        statistic=reading.happened("grokked_first"), arms=(arm,), numbers=(TEST,), collapsed="kept", unit="step",
        curves=(TEST,),
    )  # fmt: skip


def _oscillations(operation: str) -> Claim:
    printed, low, high = OSCILLATIONS[operation]
    return Claim(
        f"{operation}-oscillations", f"{operation.capitalize()} oscillates 12 to 20 times in all training.", WHERE,
        printed, MedianWithin(low=low, high=high),
        "evaluations with test accuracy < 0.5 whose predecessor is >= 0.9, counted over all training, of every run",
        statistic=lambda run: float(run.course.oscillations), arms=(operation,), numbers=(TEST,), collapsed="kept",
        unit="oscillations", curves=(TEST,),
    )  # fmt: skip


def _always_oscillates(operation: str) -> Claim:
    return Claim(
        f"{operation}-always-oscillates", f"Every run of {operation} oscillates: none generalises once for all.",
        "6.7, finding 2", "all seeds", ShareWithin(low=0.8),
        "whether any evaluation with test accuracy < 0.5 follows one >= 0.9, of every run",
        statistic=lambda run: run.course.oscillations > 0, arms=(operation,), numbers=(TEST,), collapsed="kept",
        unit="share of runs", curves=(TEST,),
    )  # fmt: skip


def _final(setting: Setting, operation: str) -> Claim:
    return Claim(
        f"{operation}-final-accuracy", f"{operation.capitalize()} ends at 1 in most runs and at a third in the others.",
        WHERE, FINAL[operation], ShareWithin(low=0.8),
        f"whether test accuracy at step {setting.end:,} is >= 0.95 or within 0.1 of 0.3, of every run",
        statistic=reading.holds(reading.at(TEST, setting.end), lambda value: value >= 0.95 or abs(value - 0.3) <= 0.1),
        arms=(operation,), numbers=(TEST,), collapsed="kept", unit="share of runs", curves=(TEST,),
        rival=Rival(
            "The final accuracy is one sample of an oscillation: when up, runs do not stay up.",
            MedianWithin(high=0.95),
            "up-time: the share of evaluations with test accuracy >= 0.9, from the first such one on",
            statistic=_up_time, collapsed="kept",
        ),
    )  # fmt: skip


def _success(setting: Setting, operation: str) -> Claim:
    """Published: 2 of 3 runs, which leaves anything from 0.21 to 0.94 open."""
    return Claim(
        f"{operation}-success-rate", f"Two thirds of the runs of {operation} succeed; the others stay memorising.",
        "6.7, finding 1", "2 of 3", ShareWithin(low=0.5, high=0.85),
        f"whether test accuracy at step {setting.end:,} is >= 0.9, of every run",
        statistic=reading.holds(reading.at(TEST, setting.end), lambda value: value >= UP), arms=(operation,),
        numbers=(TEST,), collapsed="kept", value=2 / 3, unit="share of runs", curves=(TEST,),
        rival=Rival(
            "Nearly all runs grok stably at some time; which of them are up at the last step is chance.",
            ShareWithin(low=0.85), "whether 5 evaluations in a row had test accuracy >= 0.95, of every run",
            statistic=reading.has_happened("grokked_stable"), collapsed="kept",
        ),
    )  # fmt: skip


def _stuck(setting: Setting) -> Claim:
    return Claim(
        "failed-runs-memorise", "Runs that fail end at the share of pairs that they were trained on, in a memorising "
        "solution.",
        "6.7, finding 3", "29.1 %, 33.3 %", MedianWithin(low=0.2, high=0.4),
        f"test accuracy at step {setting.end:,} of the runs that are below 0.9 there; the others are left out",
        statistic=_failed(setting, reading.at(TEST, setting.end)), arms=OPERATIONS, numbers=(TEST,), collapsed="kept",
        value=0.31, unit="test accuracy", curves=(TEST,),
        rival=Rival(
            "They are in a passing collapse: most were up within the last ten evaluations.", ShareWithin(low=0.5),
            "whether any of the ten evaluations before the last had test accuracy >= 0.9; runs up at the end are left "
            "out",
            statistic=_failed(setting, lambda run: bool((run.curve(TEST)[1][-11:-1] >= UP).any())),
            collapsed="kept",
        ),
    )  # fmt: skip


def _failed(setting: Setting, statistic: reading.Statistic) -> reading.Statistic:
    def read(run: RunEvidence) -> Observed:
        return LeftOut("up at the last step") if run.at(TEST, setting.end) >= UP else statistic(run)

    return read


def _up_time(run: RunEvidence) -> Observed:
    return reading.NEVER if run.course.grokked_first is None else float(run.course.up_time)
