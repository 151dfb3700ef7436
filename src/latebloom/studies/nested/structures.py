"""The claims about why: stride 4 as a common divisor, capacity against pressure, and decay that is lowered."""

from __future__ import annotations

from collections.abc import Iterator

from latebloom.studies.nested import reading
from latebloom.studies.nested.cells import Cell
from latebloom.studies.nested.reading import TEST, TRAIN
from latebloom.studies.nested.setting import LARGE_DECAYS, LOWERED, Cut, Setting, decay
from latebloom.study import Claim, Equivalent, MedianWithin, Rival, ShareGreater, ShareWithin

DIVISOR, GCD = "quotient_variance_best_divisor", "spectrum_leading_gcd"


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims."""
    yield from _quotients(setting)
    yield from _coprime(setting)
    yield from _large(setting)
    yield from _lowered(setting)


def _quotients(setting: Setting) -> Iterator[Cell]:
    cut, early, end = setting.cut, setting.early, setting.end
    inner, opposite, both = cut.inner_stride(cut.half), cut.opposite, (decay(1.5), decay(2.0))
    yield Cell(
        Claim(
            "twelve-cosets-lead", "The first structure that decay brings about is the quotient of twelve cosets.",
            "background; finding 1", "12 cosets", ShareWithin(low=0.5),
            f"whether, of all quotients of Z_{cut.modulus - 1}, that of {cut.outer} cosets has the highest calibrated "
            f"share of variance ({DIVISOR}) at step {early:,}; runs with test accuracy < 0.9 there are left out",
            statistic=_is(DIVISOR, early, cut.outer), arms=both, numbers=(DIVISOR, TEST), collapsed="filtered",
            unit="share of runs", curves=(DIVISOR,),
            rival=Rival("It differs by seed: no quotient leads in most runs.", ShareWithin(high=0.5)),
        ),
        early,
    )  # fmt: skip
    yield Cell(
        Claim(
            "inner-stride-is-a-common-divisor", "The inner stride 4 is gcd(12, 8), found by the network to encode both "
            "layers at once.",
            "finding 3", "4 = gcd(12, 8)", MedianWithin(low=0.2),
            f"{inner} less {opposite} (whether the nearest class of all 95 others is k + 48), medians over healthy "
            f"evaluations from step {setting.gone:,} to {end:,}: what the stride 4 inside cosets has beyond the "
            "partner half the group away",
            statistic=_difference(inner, opposite, setting.gone, end), arms=both, numbers=(inner, opposite, TEST),
            collapsed="filtered", unit="adjacency", curves=(inner, opposite),
            rival=Rival(
                "Among eight positions +4 and -4 are one partner, k + 48: only even frequencies are left, the quotient "
                "of 48, whatever gcd(12, 8) is.",
                Equivalent(margin=0.1), "both scores, to be held against each other",
                statistic=reading.pair(inner, opposite, setting.gone, end), numbers=(inner, opposite, TEST),
            ),
        ),
        end,
    )  # fmt: skip
    yield Cell(
        Claim(
            "inner-stride-beyond-chance", "The inner stride 4 is far beyond chance in the end.", "finding 1", "0.84",
            ShareWithin(low=0.5),
            f"whether {inner} is at least 0.5 (chance is 1 in {cut.inner - 1}) and exceeds the untrained network's by "
            f"0.25, as the median over healthy evaluations from step {setting.gone:,} to {end:,}",
            statistic=_beyond(inner, setting.gone, end), arms=both, numbers=(inner, TEST), collapsed="filtered",
            unit="share of runs", curves=(inner,),
        ),
        end,
    )  # fmt: skip
    outer = cut.outer_stride(1), cut.outer_stride(2)
    yield Cell(
        Claim(
            "outer-ring-is-learned", "The ring of cosets at step 20,000 is learned and not there from the start.",
            "control of finding 1", "1.0 beside chance", MedianWithin(low=0.3),
            f"larger of {outer[0]} and {outer[1]} at step {early:,} less the same of the untrained network, at step 0 "
            "(two strides scanned on both sides); runs with test accuracy < 0.9 there are left out",
            statistic=_gain(outer, early), arms=both, numbers=(*outer, TEST), collapsed="filtered",
            unit="gain in adjacency", curves=outer,
        ),
        early,
    )  # fmt: skip
    yield Cell(
        Claim(
            "leading-frequency-makes-cosets", "What leads is a frequency that is constant on the twelve cosets.",
            "background", "12 cosets of 8", ShareWithin(low=0.5),
            f"whether the leading frequency shares the divisor {cut.inner} with {cut.modulus - 1} at step {early:,}; "
            "runs with test accuracy < 0.9 there are left out (of 48 frequencies two do: chance is 4 %)",
            statistic=_is(GCD, early, cut.inner), arms=both, numbers=(GCD, TEST), collapsed="filtered",
            unit="share of runs", curves=(GCD,),
            rival=Rival("The group is learned at frequencies that differ by seed.", ShareWithin(high=0.5)),
        ),
        early,
    )  # fmt: skip


def _coprime(setting: Setting) -> Iterator[Cell]:
    """Where the parts share no divisor, gcd says stride 1, and the quotient by 2 says half way round."""
    for arm, cut in zip(("coprime-7x10", "coprime-6x13"), setting.coprime, strict=True):
        one, first = cut.inner_stride(1), setting.gone
        half = cut.inner_stride(cut.half) if cut.half else ""
        yield Cell(
            Claim(
                f"{arm}-stride-one", f"Where the parts are coprime ({cut.outer} and {cut.inner}), their greatest "
                "common divisor says that stride 1 takes over inside cosets.",
                "prediction of finding 3", "1 = gcd", MedianWithin(low=0.5),
                f"median {one} over healthy evaluations from step {first:,} to {setting.end:,}",
                statistic=reading.healthy_between(one, first, setting.end), arms=(arm,), numbers=(one, TEST),
                collapsed="filtered", unit="adjacency", curves=tuple(filter(None, (one, half))),
                rival=_half_rival(setting, cut, half) if half else Rival(
                    "No stride can: with an odd number of positions there is no partner half way round.",
                    MedianWithin(high=0.5),
                ),
            ),
            setting.end,
        )  # fmt: skip


def _half_rival(setting: Setting, cut: Cut, half: str) -> Rival:
    return Rival(
        f"Stride {cut.half} takes over, half way round, as 4 does among 8.", MedianWithin(low=0.5),
        f"median {half} over healthy evaluations from step {setting.gone:,} to {setting.end:,}",
        statistic=reading.healthy_between(half, setting.gone, setting.end), numbers=(half, TEST),
    )  # fmt: skip


def _large(setting: Setting) -> Iterator[Cell]:
    """The large model: no capacity hypothesis, no grokking at decay 2.0, nothing stable."""
    cut, end, arm = setting.cut, setting.end, ("large-2.0",)
    outer, inner = (cut.outer_stride(1), cut.outer_stride(2)), cut.inner_stride(cut.half)
    for number, name, final in ((TEST, "large-final", 0.5175), (TRAIN, "large-training", 0.564)):
        yield Cell(
            Claim(
                name, "Four layers of width 256 do not learn the task at decay 2.0.", "root cause, results",
                f"{final:.1%}", MedianWithin(high=0.9), f"{number} at step {end:,}, of every run",
                statistic=reading.at(number, end), arms=arm, numbers=(number,), collapsed="kept", value=final,
                unit=number.replace("_", " "), curves=(TEST, TRAIN),
            ),
            end,
        )  # fmt: skip
    yield Cell(
        Claim(
            "large-keeps-nothing", "The large model touches a ring once and keeps none.", "root cause, results",
            "one evaluation", MedianWithin(high=2),
            f"most evaluations in a row with an outer stride's score of at least 0.9, from step {setting.early:,} to "
            f"{end:,}",
            statistic=reading.longest_stay(outer, 0.9, setting.early, end), arms=arm, numbers=outer, collapsed="kept",
            value=1, unit="evaluations", curves=(*outer, inner),
        ),
        end,
    )  # fmt: skip
    yield Cell(
        Claim(
            "large-holds-not-both", "More capacity does not let both structures live side by side.", "root cause",
            "never", MedianWithin(high=0.05),
            f"share of evaluations from step {setting.early:,} to {end:,} with an outer stride and the inner stride "
            f"{cut.half} both at 0.5 or more",
            statistic=reading.both_at_least(outer, inner, 0.5, setting.early, end), arms=arm, numbers=(*outer, inner),
            collapsed="kept", value=0.0, unit="share of evaluations", curves=(*outer, inner),
        ),
        end,
    )  # fmt: skip
    more = f"large-{LARGE_DECAYS[-1]}"
    yield Cell(
        Claim(
            "capacity-needs-pressure", "Capacity and decay must match: with more decay the large model groks.",
            "root cause, conclusion", "not run there", ShareGreater(),
            f"whether test accuracy is >= 0.9 at step {end:,}, decay {LARGE_DECAYS[-1]} against 2.0",
            statistic=_up_at(end), arms=(more, "large-2.0"), numbers=(TEST,), collapsed="kept", unit="share of runs",
            curves=(TEST,),
            rival=Rival(
                "The large model needs less rate or less decay: more decay does it no good.", ShareWithin(high=0.5),
                f"whether test accuracy is >= 0.9 at step {end:,} at decays {LARGE_DECAYS[1]} and {LARGE_DECAYS[2]}",
                arms=tuple(f"large-{value}" for value in LARGE_DECAYS[1:]),
            ),
        ),
        end,
    )  # fmt: skip


def _lowered(setting: Setting) -> Iterator[Cell]:
    """An extension: once there, is the structure kept with less decay?"""
    outer = setting.cut.outer_stride(1), setting.cut.outer_stride(2)
    at, end = setting.lowered_at, setting.lowered_end
    for value in LOWERED:
        yield Cell(
            Claim(
                f"lowered-to-{value}-keeps-accuracy", f"With decay lowered from 2.0 to {value} after grokking, all "
                "test pairs stay answered.",
                "extension", "not published", MedianWithin(low=0.99),
                f"share of evaluations from step {at:,} to {end:,} with test accuracy >= 0.99, of every run",
                statistic=reading.share_at_least(TEST, reading.PERFECT, at, end), arms=(f"lowered-{value}",),
                numbers=(TEST,), collapsed="kept", unit="share of evaluations", curves=(TEST,),
            ),
            end,
        )  # fmt: skip
        yield Cell(
            Claim(
                f"lowered-to-{value}-keeps-structure", f"With decay lowered from 2.0 to {value} after grokking, the "
                "structure stays as it was.",
                "extension", "not published", MedianWithin(low=-0.1, high=0.1),
                f"larger outer stride's score over the last fifth less that over the fifth before step {at:,}, medians "
                "over healthy evaluations",
                statistic=_drift(outer, at, end), arms=(f"lowered-{value}",), numbers=(*outer, TEST),
                collapsed="filtered", value=0.0, unit="change of adjacency", curves=outer,
            ),
            end,
        )  # fmt: skip


def _is(name: str, step: int, wanted: int) -> reading.Statistic:
    read_at = reading.healthy_at(name, step)

    def read(run: reading.RunEvidence) -> reading.Observed:
        found = read_at(run)
        return found == wanted if isinstance(found, float) else found

    return read


def _difference(name: str, other: str, first: int, last: int) -> reading.Statistic:
    both = reading.pair(name, other, first, last)

    def read(run: reading.RunEvidence) -> reading.Observed:
        found = both(run)
        return found[0] - found[1] if isinstance(found, tuple) else found

    return read


def _beyond(name: str, first: int, last: int) -> reading.Statistic:
    late = reading.healthy_between(name, first, last)

    def read(run: reading.RunEvidence) -> reading.Observed:
        found = late(run)
        return bool(found >= 0.5 and found - run.at(name, 0) >= 0.25) if isinstance(found, float) else found

    return read


def _gain(names: tuple[str, str], step: int) -> reading.Statistic:
    def read(run: reading.RunEvidence) -> reading.Observed:
        if run.at(TEST, step) < reading.UP:
            return reading.LeftOut(f"down at step {step:,}")
        return max(run.at(name, step) for name in names) - max(run.at(name, 0) for name in names)

    return read


def _up_at(step: int) -> reading.Statistic:
    return lambda run: run.at(TEST, step) >= reading.UP


def _drift(names: tuple[str, str], at: int, end: int) -> reading.Statistic:
    before = [reading.healthy_between(name, int(0.8 * at), at) for name in names]
    after = [reading.healthy_between(name, int(end - 0.2 * (end - at)), end) for name in names]

    def read(run: reading.RunEvidence) -> reading.Observed:
        found = [one(run) for one in (*before, *after)]
        numbers = [one for one in found if isinstance(one, float)]
        if len(numbers) < len(found):
            return reading.LeftOut("down around the change of decay, or at the end")
        return max(numbers[2:]) - max(numbers[:2])

    return read
