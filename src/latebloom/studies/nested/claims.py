"""The claims: what becomes of accuracy over decays, and which structure leads when."""

from __future__ import annotations

from collections.abc import Iterator

from latebloom.studies.nested import reading
from latebloom.studies.nested.cells import Cell
from latebloom.studies.nested.reading import TEST, TRAIN
from latebloom.studies.nested.setting import Setting, decay
from latebloom.study import (
    ArmGreater,
    Claim,
    MedianWithin,
    Rival,
    ShareGreater,
    ShareWithin,
    TimeWithin,
)

TABLE = "phase diagram, table"
FIRST = "finding 1, tables"


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims."""
    yield from _phases(setting)
    yield from _outer(setting)
    yield from _inner(setting)
    yield from _replaced(setting)
    yield from _too_long(setting)


def _phases(setting: Setting) -> Iterator[Cell]:
    """Decay and outcome: two decays never reach 0.9, two reach it early and stay."""
    for value, final, rule in (
        (1.0, 0.896, MedianWithin(low=0.8, high=0.95)),
        (1.5, 1.0, MedianWithin(low=0.99)),
        (2.0, 1.0, MedianWithin(low=0.99)),
        (5.0, 0.777, MedianWithin(low=0.6, high=0.9)),
    ):
        yield Cell(
            Claim(
                f"decay-{value}-final", f"At decay {value}, a million steps end at {final:.1%} of the test pairs.",
                TABLE, f"{final:.1%}", rule, f"test accuracy at step {setting.end:,}, of every run, collapsed or not",
                statistic=reading.at(TEST, setting.end), arms=(decay(value),), numbers=(TEST,), collapsed="kept",
                value=final, unit="test accuracy", curves=(TEST,),
                rival=Rival(
                    "It is one sample of an oscillation: in the last tenth of training, runs are up at some "
                    "evaluations and down at others.",
                    ShareWithin(low=0.5),
                    "whether test accuracy in the last tenth of training is both >= 0.9 and < 0.9 somewhere",
                    statistic=_mixed(setting),
                ),
            ),
            setting.end,
        )  # fmt: skip
    for value, groks in ((1.0, False), (1.5, True), (2.0, True), (5.0, False)):
        step = setting.early if groks else setting.end
        yield Cell(
            Claim(
                f"decay-{value}-{'groks' if groks else 'never-groks'}",
                f"At decay {value} the network {'has grokked by step 20,000' if groks else 'does not grok at all'}.",
                f"{TABLE}; {FIRST}" if groks else TABLE, "by 20,000 steps" if groks else "no grokking",
                TimeWithin(high=step) if groks else TimeWithin(low=step),
                "the first evaluation with test accuracy >= 0.9; censored at the last one, so that shorter runs can "
                "refute that it never happens and cannot show it",
                statistic=reading.first_crossing, arms=(decay(value),), numbers=(TEST,), collapsed="kept", unit="step",
                curves=(TEST,),
            ),
            min(setting.early, setting.horizon(decay(value)) or setting.early),
        )  # fmt: skip
    yield Cell(
        Claim(
            "decay-5.0-compresses", "At decay 5.0 the network cannot even keep what it is trained on.", TABLE,
            "over-compressed", MedianWithin(high=0.9),
            f"training accuracy at step {setting.end:,}, of every run",
            statistic=reading.at(TRAIN, setting.end), arms=(decay(5.0),), numbers=(TRAIN,), collapsed="kept",
            unit="training accuracy", curves=(TRAIN, TEST),
        ),
        setting.end,
    )  # fmt: skip


def _mixed(setting: Setting) -> reading.Statistic:
    first = int(0.9 * setting.end)
    return lambda run: 0.0 < float((run.between(TEST, first, setting.end) >= reading.UP).mean()) < 1.0


def _outer(setting: Setting) -> Iterator[Cell]:
    """The ring of the twelve cosets, which one decay runs through at stride 1 and the other at stride 2."""
    early, ring, cut = setting.early, setting.ring, setting.cut
    for value, stride in ((1.5, 1), (2.0, 2)):
        name, other = cut.outer_stride(stride), cut.outer_stride(3 - stride)
        yield Cell(
            Claim(
                f"decay-{value}-outer-early", f"At decay {value} the cosets are a perfect ring of stride {stride} from "
                "step 20,000 on.",
                FIRST, "1.0 from 20,000", MedianWithin(low=0.9),
                f"{name} (2 neighbours, activation space) at step {early:,}; runs with test accuracy < 0.9 there are "
                "left out",
                statistic=reading.healthy_at(name, early), arms=(decay(value),), numbers=(name, other, TEST),
                collapsed="filtered", value=1.0, unit="adjacency", curves=(name, other, TEST),
                rival=Rival(
                    "Two strides were scanned and the better one told: either is as likely in any run.",
                    ShareWithin(high=0.75),
                    f"whether {name} is above {other} at step {early:,}, of healthy runs",
                    statistic=reading.is_largest(name, other, early, early), numbers=(name, other, TEST),
                ),
            ),
            early,
        )  # fmt: skip
        yield Cell(
            Claim(
                f"decay-{value}-outer-lasts", f"At decay {value} that ring lasts to step 100,000 or longer.", FIRST,
                "1.0", MedianWithin(low=0.9),
                f"median {name} over healthy evaluations (test accuracy >= 0.9) from step {early:,} to {ring:,}",
                statistic=reading.healthy_between(name, early, ring), arms=(decay(value),), numbers=(name, TEST),
                collapsed="filtered", value=1.0, unit="adjacency", curves=(name, TEST),
            ),
            ring,
        )  # fmt: skip
    name = cut.outer_stride(2)
    yield Cell(
        Claim(
            "decay-2.0-outer-at-140000", "At decay 2.0 the ring has begun to fall at step 140,000.", FIRST, "0.58",
            MedianWithin(low=0.3, high=0.8), f"{name} at step {setting.after_ring:,}, of healthy runs",
            statistic=reading.healthy_at(name, setting.after_ring), arms=(decay(2.0),), numbers=(name, TEST),
            collapsed="filtered", value=0.58, unit="adjacency", curves=(name, TEST),
        ),
        setting.after_ring,
    )  # fmt: skip
    yield Cell(_chooses(setting), early)
    yield Cell(_sooner(setting), setting.gone)


def _chooses(setting: Setting) -> Claim:
    early, one, two = setting.early, setting.cut.outer_stride(1), setting.cut.outer_stride(2)
    return Claim(
        "decay-chooses-stride", "Decay chooses the first stride: 2 at decay 2.0, 1 at decay 1.5.", "finding 2",
        "stride 2; stride 1", ShareGreater(),
        f"whether {two} is above {one} at step {early:,}, of runs with test accuracy >= 0.9 there",
        statistic=reading.is_largest(two, one, early, early), arms=(decay(2.0), decay(1.5)),
        numbers=(one, two, TEST), collapsed="filtered", unit="share of runs", curves=(one, two),
        rival=Rival(
            "The seed chooses it: neither stride leads at the decay that it is said to belong to in most runs.",
            ShareWithin(low=0.2, high=0.8), "the same, of the runs of both decays",
        ),
    )  # fmt: skip


def _sooner(setting: Setting) -> Claim:
    names = (setting.cut.outer_stride(1), setting.cut.outer_stride(2))
    return Claim(
        "decay-ends-the-ring-sooner", "The stronger the decay, the sooner the ring of cosets dies.", "phase diagram",
        "350,000; 140,000", ArmGreater(),
        "the first of three evaluations in a row with both outer strides below 0.5, once one was at 0.9; runs without "
        "such a ring are left out, those that keep it are censored",
        statistic=reading.ring_lost(names, setting.early, setting.end), arms=(decay(1.5), decay(2.0)),
        numbers=(*names, TEST), collapsed="kept", unit="step", curves=names,
    )  # fmt: skip


def _inner(setting: Setting) -> Iterator[Cell]:
    """Positions inside a coset at stride 4, which is the partner half the group away."""
    early, cut = setting.early, setting.cut
    name, one = cut.inner_stride(cut.half), cut.inner_stride(1)
    for value in (1.5, 2.0):
        yield Cell(
            Claim(
                f"decay-{value}-inner-early", f"At decay {value} the positions inside cosets have no order at first.",
                FIRST, "about chance (0.14)", MedianWithin(high=0.3),
                f"the larger of {name} and {one} at step {early:,}, of healthy runs",
                statistic=_larger(name, one, early), arms=(decay(value),), numbers=(name, one, TEST),
                collapsed="filtered", value=0.14, unit="adjacency", curves=(name, one),
            ),
            early,
        )  # fmt: skip
    for step, printed in setting.inside.items():
        yield Cell(
            Claim(
                f"decay-2.0-inner-{_words(printed)}",
                "At decay 2.0 positions inside cosets order by stride 4, more and more.", FIRST, f"{printed:g}",
                MedianWithin(low=printed - 0.15, high=min(1.0, printed + 0.15)),
                f"{name} (1 neighbour, mean over cosets; chance is 1 in {cut.inner - 1}) at step {step:,}, of healthy "
                "runs",
                statistic=reading.healthy_at(name, step), arms=(decay(2.0),), numbers=(name, TEST),
                collapsed="filtered", value=printed, unit="adjacency", curves=(name, TEST),
            ),
            step,
        )  # fmt: skip
    yield Cell(
        Claim(
            "decay-1.5-inner-late", "At decay 1.5 the inner stride 4 takes over after step 350,000.", FIRST,
            "0.5 to 0.95", MedianWithin(low=0.5, high=0.95),
            f"median {name} over healthy evaluations from step {setting.gone:,} to {setting.end:,}",
            statistic=reading.healthy_between(name, setting.gone, setting.end), arms=(decay(1.5),),
            numbers=(name, TEST), collapsed="filtered", unit="adjacency", curves=(name, TEST),
        ),
        setting.end,
    )  # fmt: skip


def _words(printed: float) -> str:
    return {0.21: "at-100000", 0.54: "at-200000", 0.84: "at-end"}[printed]


def _larger(name: str, other: str, step: int) -> reading.Statistic:
    one, two = reading.healthy_at(name, step), reading.healthy_at(other, step)

    def read(run: reading.RunEvidence) -> reading.Observed:
        left, right = one(run), two(run)
        return max(left, right) if isinstance(left, float) and isinstance(right, float) else left

    return read


def _replaced(setting: Setting) -> Iterator[Cell]:
    """The central claim: another structure takes over while no question is answered wrongly."""
    early, end, gone = setting.early, setting.end, setting.gone
    grokking = (decay(1.5), decay(2.0))
    for value in (1.5, 2.0):
        yield Cell(
            Claim(
                f"decay-{value}-always-perfect", f"At decay {value} test accuracy is 100 % throughout, from step "
                "20,000 to a million.",
                FIRST, "100 %", MedianWithin(low=0.99),
                f"share of evaluations from step {early:,} to {end:,} with test accuracy >= 0.99, of every run",
                statistic=reading.share_at_least(TEST, reading.PERFECT, early, end), arms=(decay(value),),
                numbers=(TEST,), collapsed="kept", value=1.0, unit="share of evaluations", curves=(TEST,),
                rival=Rival(
                    "It collapses and comes back: test accuracy is below 0.5 at some evaluation.", ShareWithin(low=0.5),
                    f"whether the lowest test accuracy from step {early:,} to {end:,} is below 0.5",
                    statistic=_collapses(setting),
                ),
            ),
            end,
        )  # fmt: skip
    names = (setting.cut.outer_stride(1), setting.cut.outer_stride(2))
    yield Cell(
        Claim(
            "outer-is-gone", "In the end nothing is left of the ring of cosets.", FIRST, "0 to chance",
            MedianWithin(high=0.3),
            f"median of the larger outer stride's score over healthy evaluations from step {gone:,} to {end:,}",
            statistic=_late_ring(names, gone, end), arms=grokking, numbers=(*names, TEST), collapsed="filtered",
            unit="adjacency", curves=names,
        ),
        end,
    )  # fmt: skip
    yield Cell(
        Claim(
            "structure-is-taken-over", "The leading structure is replaced while every test pair is answered.",
            "finding 1", "once, in either run", ShareWithin(low=0.5),
            "whether the leading structure (of all quotients, among and inside cosets, all strides, by calibrated "
            "score) changes from one that led for three evaluations to another that does, with test accuracy >= 0.99 "
            "at all six; of every run",
            statistic=lambda run: bool(reading.takeover_steps(run)), arms=grokking,
            numbers=(*reading.LEADING, TEST), collapsed="kept", unit="share of runs", curves=reading.LEADING,
            rival=Rival(
                "Structures change in collapses: no run keeps 0.99 through a change.", ShareWithin(high=0.5),
            ),
        ),
        end,
    )  # fmt: skip


def _collapses(setting: Setting) -> reading.Statistic:
    lowest = reading.lowest(TEST, setting.early, setting.end)

    def read(run: reading.RunEvidence) -> reading.Observed:
        value = lowest(run)
        return value < 0.5 if isinstance(value, float) else value

    return read


def _late_ring(names: tuple[str, str], first: int, last: int) -> reading.Statistic:
    one, two = (reading.healthy_between(name, first, last) for name in names)

    def read(run: reading.RunEvidence) -> reading.Observed:
        left, right = one(run), two(run)
        return max(left, right) if isinstance(left, float) and isinstance(right, float) else left

    return read


def _too_long(setting: Setting) -> Iterator[Cell]:
    """Finding 4: decay first brings structure about and then destroys it."""
    arm = ("long-2.0",)
    yield Cell(
        Claim(
            "long-ends-degraded", "After five million steps at decay 2.0 the network is degraded for good.",
            "finding 4", "73.4 %", MedianWithin(high=0.9),
            f"test accuracy at step {setting.long:,}, of every run",
            statistic=reading.at(TEST, setting.long), arms=arm, numbers=(TEST,), collapsed="kept", value=0.734,
            unit="test accuracy", curves=(TEST,),
            rival=Rival(
                "It is a passing collapse: in the last tenth of training most evaluations are up.",
                MedianWithin(low=0.5),
                f"share of evaluations from step {int(0.9 * setting.long):,} on with test accuracy >= 0.9",
                statistic=reading.share_at_least(TEST, reading.UP, int(0.9 * setting.long), setting.long),
            ),
        ),
        setting.long,
    )  # fmt: skip
    yield Cell(
        Claim(
            "long-forgets-training", "It does not even know the pairs that it is trained on any more.", "finding 4",
            "78.2 %", MedianWithin(high=0.9), f"training accuracy at step {setting.long:,}, of every run",
            statistic=reading.at(TRAIN, setting.long), arms=arm, numbers=(TRAIN,), collapsed="kept", value=0.782,
            unit="training accuracy", curves=(TRAIN,),
        ),
        setting.long,
    )  # fmt: skip
    yield Cell(
        Claim(
            "long-collapses", "Beyond a million steps it collapses to chance.", "finding 4", "3.4 % at 3.56 million",
            MedianWithin(high=0.1), f"lowest test accuracy from step {setting.end:,} to {setting.long:,}",
            statistic=reading.lowest(TEST, setting.end, setting.long), arms=arm, numbers=(TEST,), collapsed="kept",
            value=0.034, unit="test accuracy", curves=(TEST,),
            rival=Rival(
                "It did so before as well: length has nothing to do with it.", MedianWithin(high=0.1),
                f"lowest test accuracy from step {setting.early * 5:,} to {setting.end:,}",
                statistic=reading.lowest(TEST, min(setting.early * 5, setting.end), setting.end),
            ),
        ),
        setting.long,
    )  # fmt: skip
