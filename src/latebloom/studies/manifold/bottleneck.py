"""Claims about a bottleneck before the read-out: section 6.2.4 and 6.3.3, and prediction 5.4."""

from __future__ import annotations

from collections.abc import Iterator

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell
from latebloom.studies.manifold.reading import TEST, UP
from latebloom.studies.manifold.setting import OPERATIONS, Setting, bottleneck
from latebloom.study import ArmGreater, Claim, MedianWithin, Rival, Rule, ShareWithin, TimeWithin

FINAL = {
    "addition": {1: 0.076, 2: 0.209, 4: 0.088, 8: 0.013, 16: 0.997, 32: 1.0, 64: 0.85, 128: 1.0, 0: 1.0},
    "multiplication": {
        1: 0.011,
        2: 0.275,
        4: 0.095,
        8: 0.013,
        16: 0.982,
        32: 0.999,
        64: 0.292,
        128: 1.0,
        0: 1.0,
    },
}
"""Test accuracy at step 50,000, by width; 0 for no bottleneck."""
FIRST = {
    "addition": {16: 17_500, 32: 31_000, 64: 20_500, 128: 9500, 0: 8000},
    "multiplication": {16: 39_000, 32: 24_500, 64: None, 128: 9500, 0: 7000},
}
"""The first evaluation with test accuracy >= 0.9; None for never."""
FAILED, DONE = 0.3, 0.95
NARROW, WIDE = (1, 2, 4, 8), (16, 32, 64, 128)
BESIDE_64 = (48, 56, 72, 80)
WHERE = {"addition": "6.2.4, table", "multiplication": "6.3.3, table"}


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims."""
    end = setting.bottleneck_end
    for operation in OPERATIONS:
        for width, accuracy in FINAL[operation].items():
            yield Cell(_final(setting, operation, width, accuracy), end)
        for width, step in FIRST[operation].items():
            yield Cell(_first(setting, operation, width, step), end)
        yield Cell(_threshold(setting, operation), end)
    yield Cell(_anomaly(setting), end)
    yield Cell(_harder(setting), end)
    yield Cell(_faster(setting), end)


def _final(setting: Setting, operation: str, width: int, accuracy: float) -> Claim:
    end, words = setting.bottleneck_end, _words(operation, width)
    rule: Rule = MedianWithin(high=FAILED) if accuracy < FAILED else MedianWithin(low=DONE)
    rival = None
    if width == 64:
        rule = MedianWithin(high=accuracy + 0.05)
        rival = Rival(
            "It is the oscillating accuracy of one seed read at one step: the best of the last ten evaluations is up.",
            ShareWithin(low=0.5), "whether any of the ten evaluations up to the last has test accuracy >= 0.9",
            statistic=lambda run: bool((run.curve(TEST)[1][-10:] >= UP).any()),
        )  # fmt: skip
    return Claim(
        f"{operation}-bottleneck-{width or 'none'}", f"{words}, training ends at {accuracy:.1%}.", WHERE[operation],
        f"{accuracy:g}", rule, f"test accuracy at step {end:,}, of every run, collapsed or not",
        statistic=reading.at(TEST, end), arms=(bottleneck(operation, width),), numbers=(TEST,), collapsed="kept",
        rival=rival, value=accuracy, unit="test accuracy", curves=(TEST,),
    )  # fmt: skip


def _first(setting: Setting, operation: str, width: int, step: int | None) -> Claim:
    """Published times are one run's; a quarter either way, scaled where a scale has other steps."""
    unit = setting.bottleneck_end / 50_000
    rule = (
        TimeWithin(low=unit * 50_000)
        if step is None
        else TimeWithin(low=0.75 * unit * step, high=1.25 * unit * step)
    )
    said = "never" if step is None else f"{step:,}"
    return Claim(
        f"{operation}-bottleneck-{width or 'none'}-first", f"{_words(operation, width)}, 0.9 is first reached: {said}.",
        WHERE[operation], said, rule,
        f"the first evaluation with test accuracy >= 0.9; censored at step {setting.bottleneck_end:,}",
        statistic=reading.crossed_by(setting.bottleneck_end), arms=(bottleneck(operation, width),), numbers=(TEST,),
        collapsed="kept", value=None if step is None else float(step), unit="step", curves=(TEST,),
    )  # fmt: skip


def _words(operation: str, width: int) -> str:
    return (
        f"{operation.capitalize()} through {width} features"
        if width
        else f"{operation.capitalize()} without bottleneck"
    )


def _threshold(setting: Setting, operation: str) -> Claim:
    between = "8 and 16" if operation == "addition" else "16 and 32"
    return Claim(
        f"{operation}-rank-threshold", f"Below a width between {between}, {operation} cannot be generalised at all.",
        f"5.4; {WHERE[operation]}", between, ShareWithin(high=0.1),
        f"whether test accuracy reached 0.9 by step {setting.bottleneck_end:,}, of every run with a width of up to 8",
        statistic=_crossed(setting), arms=tuple(bottleneck(operation, width) for width in NARROW), numbers=(TEST,),
        collapsed="kept", unit="share of runs", curves=(TEST,),
        rival=Rival(
            "There is no such threshold: wide ones fail as well.", ShareWithin(high=0.9),
            "the same of every run with a width of 16, 32, 64 or 128",
            arms=tuple(bottleneck(operation, width) for width in WIDE),
        ),
    )  # fmt: skip


def _anomaly(setting: Setting) -> Claim:
    return Claim(
        "bottleneck-64-anomalous", "A width of 64 is anomalous: both operations are unstable there.", "6.3.3; 7.3, 2",
        "0.85 and 0.292", ShareWithin(low=0.5),
        f"whether test accuracy at step {setting.bottleneck_end:,} is < 0.9, of every run of either operation",
        statistic=reading.holds(reading.at(TEST, setting.bottleneck_end), lambda value: value < UP),
        arms=tuple(bottleneck(operation, 64) for operation in OPERATIONS), numbers=(TEST,), collapsed="kept",
        unit="share of runs", curves=(TEST,),
        rival=Rival(
            "Nothing sets 64 apart: widths of 48, 56, 72 and 80 are down as rarely or as often.", ShareWithin(high=0.5),
            "the same of every run with a width of 48, 56, 72 or 80",
            arms=tuple(bottleneck(operation, width) for width in BESIDE_64 for operation in OPERATIONS),
        ),
    )  # fmt: skip


def _harder(setting: Setting) -> Claim:
    return Claim(
        "bottleneck-multiplication-needs-more", "Multiplication needs more width: through 16 features it takes longer "
        "than addition.",
        "6.3.3, 1; 6.8", "39,000 beside 17,500", ArmGreater(),
        f"the first evaluation with test accuracy >= 0.9; censored at step {setting.bottleneck_end:,}",
        statistic=reading.crossed_by(setting.bottleneck_end),
        arms=(bottleneck("multiplication", 16), bottleneck("addition", 16)), numbers=(TEST,), collapsed="kept",
        unit="step", curves=(TEST,),
    )  # fmt: skip


def _faster(setting: Setting) -> Claim:
    """Prediction 5.4: rank equal to the freedom of the task (1, as a circle 2) speeds grokking up."""
    return Claim(
        "rank-of-the-task-speeds-up", "A width equal to the task's freedom (2, a circle) makes addition generalise "
        "sooner.",
        "5.4", "sooner than without", ArmGreater(),
        f"the first evaluation with test accuracy >= 0.9, without bottleneck against a width of 2; censored at step "
        f"{setting.bottleneck_end:,}",
        statistic=reading.crossed_by(setting.bottleneck_end),
        arms=(bottleneck("addition", 0), bottleneck("addition", 2)), numbers=(TEST,), collapsed="kept", unit="step",
        curves=(TEST,),
    )  # fmt: skip


def _crossed(setting: Setting) -> reading.Statistic:
    return lambda run: bool((run.between(TEST, 0, setting.bottleneck_end) >= UP).any())
