"""Claims about rings, cosets and clusters: sections 6.2.5, 6.3.4, 6.4 and 6.6."""

from __future__ import annotations

from collections.abc import Iterator

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell
from latebloom.studies.manifold.reading import TEST
from latebloom.studies.manifold.setting import Setting
from latebloom.study import Claim, MedianWithin, Rival, RunEvidence, ShareWithin
from latebloom.study.evidence import Observed

STRIDE_1, RING_P, RING_BEST = "adjacency_stride_1", "ring_p_value", "ring_best_score"
GCD = "spectrum_leading_gcd"
UMAP_COUNT, UMAP_RING = "clump_count(space=umap)", "clump_adjacency(space=umap)"


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims."""
    yield Cell(_addition_plane(setting), setting.far)
    yield Cell(_multiplication_plane(setting), setting.far)
    yield Cell(_purity(setting), setting.far)
    yield from (Cell(claim, setting.far) for claim in _pictures(setting))
    for claim in (_stride_one(), _ring(), _twelve(setting), _cosets()):
        yield Cell(claim, setting.after)


def _addition_plane(setting: Setting) -> Claim:
    return Claim(
        "addition-adjacency-in-plane", "Addition keeps no ring: no class is next to the classes before and after it.",
        "6.6", "0 % of 97 classes (chance 2.1 %)", MedianWithin(high=0.1),
        f"adjacency of the class means at stride 1, 2 neighbours, in the UMAP plane of the test points at step "
        f"{setting.far:,}; runs with test accuracy < 0.9 there are left out",
        statistic=reading.healthy_at(UMAP_RING, setting.far), arms=("addition",),
        numbers=(UMAP_RING, RING_P, TEST), collapsed="filtered", value=0.0, unit="adjacency",
        rival=Rival(
            "Only stride 1 was looked at: at its best stride, in activation space, the ring is beyond chance.",
            ShareWithin(low=0.5),
            f"whether the p-value of the best stride's adjacency, against relabelled classes and the same maximum, is "
            f"<= 0.05 at step {setting.far:,}, of runs with test accuracy >= 0.9 there",
            statistic=reading.holds(reading.healthy_at(RING_P, setting.far), lambda p: p <= 0.05),
            numbers=(RING_P, TEST), collapsed="filtered",
        ),
    )  # fmt: skip


def _multiplication_plane(setting: Setting) -> Claim:
    m = setting.quotient
    plane, space = f"clump_adjacency(quotient={m},space=umap)", f"adjacency_score(quotient={m})"
    return Claim(
        "multiplication-adjacency-in-plane", "Multiplication keeps a perfect ring of the twelve cosets.", "6.6",
        "100 % of 12 cosets (chance 16.7 %)", MedianWithin(low=0.9),
        f"adjacency of the means of the {m} cosets of the logarithm, stride 1, 2 neighbours, in the UMAP plane at step "
        f"{setting.far:,}; runs with test accuracy < 0.9 there are left out",
        statistic=reading.healthy_at(plane, setting.far), arms=("multiplication",), numbers=(plane, TEST),
        collapsed="filtered", value=1.0, unit="adjacency",
        rival=Rival(
            "The ring is the plane's: in activation space the same score is lower.", MedianWithin(high=0.5),
            f"the same of the means in activation space at step {setting.far:,}",
            statistic=reading.healthy_at(space, setting.far), numbers=(space, TEST), collapsed="filtered",
        ),
    )  # fmt: skip


def _purity(setting: Setting) -> Claim:
    m = setting.quotient
    plane, space = f"coset_purity(quotient={m},space=umap)", f"coset_purity(quotient={m})"
    return Claim(
        "multiplication-coset-purity", "The clusters of multiplication are the twelve cosets of the logarithm.", "6.4",
        "99.4 %", MedianWithin(low=0.95),
        f"mean share of the most frequent coset in {m} clusters of k-means in the UMAP plane at step {setting.far:,}; "
        "runs with test accuracy < 0.9 there are left out",
        statistic=reading.healthy_at(plane, setting.far), arms=("multiplication",), numbers=(plane, TEST),
        collapsed="filtered", value=0.994, unit="purity",
        rival=Rival(
            "The purity is the plane's: in activation space it is lower.", MedianWithin(high=0.8),
            f"the same in activation space at step {setting.far:,}",
            statistic=reading.healthy_at(space, setting.far), numbers=(space, TEST), collapsed="filtered",
        ),
    )  # fmt: skip


def _pictures(setting: Setting) -> Iterator[Claim]:
    """UMAP at 5000, 30,000 and 100,000 steps, counted instead of looked at."""
    n, order, m = setting.modulus, setting.order, setting.quotient
    coset = f"clump_count(quotient={m},space=umap)"
    early, middle, far = setting.cloud, setting.clusters, setting.far
    rows = (
        ("addition-plane-at-5000", "addition", UMAP_COUNT, early, "one cloud", 1, 1, "6.2.5", False),
        ("addition-plane-at-30000", "addition", UMAP_COUNT, middle, "97 clusters", 0.9 * n, 1.1 * n, "6.2.5", True),
        ("multiplication-plane-at-5000", "multiplication", coset, early, "two clouds", 2, 2, "6.3.4", False),
        ("multiplication-plane-at-30000", "multiplication", coset, middle, "96 points", 0.9 * order, 1.1 * order,
         "6.3.4", True),
        ("multiplication-plane-at-100000", "multiplication", coset, far, "about 12 clusters", 0.75 * m, 1.25 * m,
         "6.3.4", True),
    )  # fmt: skip
    for name, arm, number, step, printed, low, high, where, healthy in rows:
        who = "runs with test accuracy < 0.9 there are left out" if healthy else "of every run"
        claim = Claim(
            name, f"The UMAP plane of {arm} shows {printed}.", where, printed, MedianWithin(low=low, high=high),
            f"clumps of the UMAP plane of the test points at step {step:,} (joined by steps of 0.05 of the root mean "
            f"square distance, at least 0.2 % of the points); {who}",
            statistic=(reading.healthy_at if healthy else reading.at)(number, step), arms=(arm,),
            numbers=(number, TEST), collapsed="filtered" if healthy else "kept", unit="clumps",
        )  # fmt: skip
        yield claim
    yield _tighter(setting)


def _tighter(setting: Setting) -> Claim:
    name = "factorisation"

    def read(run: RunEvidence) -> Observed:
        early, late = (reading.healthy_at(name, step)(run) for step in (setting.clusters, setting.far))
        return late - early if isinstance(early, float) and isinstance(late, float) else early

    return Claim(
        "addition-plane-at-100000", "From step 30,000 to 100,000 the clusters of addition become tighter.", "6.2.5",
        "tighter", MedianWithin(low=0.0),
        f"{name} (the share of variance between classes, in activation space) at step {setting.far:,} less that at "
        f"step {setting.clusters:,}; runs with test accuracy < 0.9 at either are left out",
        statistic=read, arms=("addition",), numbers=(name, TEST), collapsed="filtered", unit="change of the share",
        curves=(name,),
    )  # fmt: skip


def _stride_one() -> Claim:
    return Claim(
        "addition-stride-one", "In activation space too, addition's classes are not next to their neighbours in Z_97.",
        "6.6, in activation space", "0 %", MedianWithin(high=0.1),
        f"median {STRIDE_1} over healthy evaluations (test accuracy >= 0.9)",
        statistic=reading.healthy_median(STRIDE_1), arms=("addition",), numbers=(STRIDE_1, TEST), collapsed="filtered",
        value=0.0, unit="adjacency", curves=(STRIDE_1, RING_BEST),
        rival=Rival(
            "The ring runs at another stride: its best stride scores beyond what the untrained network scores.",
            MedianWithin(low=0.1),
            f"{RING_BEST} at the last healthy evaluation less that of the same network untrained, at step 0",
            statistic=reading.gain_over_start(RING_BEST), numbers=(RING_BEST, TEST), collapsed="filtered",
        ),
    )  # fmt: skip


def _ring() -> Claim:
    return Claim(
        "addition-has-no-ring", "Addition learned classes and no ring.", "6.2.2, note; 6.6", "not observed",
        ShareWithin(high=0.5),
        f"whether {RING_P} is <= 0.05 (best of all strides, against the same best of relabelled classes) at the last "
        "healthy evaluation",
        statistic=reading.holds(reading.last_healthy(RING_P), lambda p: p <= 0.05), arms=("addition",),
        numbers=(RING_P, TEST), collapsed="filtered", unit="share of runs", curves=(RING_P,),
        rival=Rival(
            "Its classes lie on few frequencies of Z_97, which is a ring run through at those frequencies: the leading "
            "one holds more than untrained networks give it.",
            MedianWithin(low=0.05),
            "spectrum_leading_share at the last healthy evaluation less that at step 0",
            statistic=reading.gain_over_start("spectrum_leading_share"), numbers=("spectrum_leading_share", TEST),
            collapsed="filtered",
        ),
    )  # fmt: skip


def _twelve(setting: Setting) -> Claim:
    """Of the 48 frequencies of Z_96 two have gcd 8 with 96: chance is 4 %."""
    g = setting.order // setting.quotient
    return Claim(
        "multiplication-twelve-cosets", "Multiplication learns the quotient of twelve cosets.", "6.4",
        "12 cosets", ShareWithin(low=0.5),
        f"whether the leading frequency of the classes' means shares the divisor {g} with {setting.order}, which makes "
        f"{setting.quotient} cosets, at the last healthy evaluation",
        statistic=reading.holds(reading.last_healthy(GCD), lambda gcd: gcd == g), arms=("multiplication",),
        numbers=(GCD, TEST), collapsed="filtered", unit="share of runs", curves=(GCD,),
        rival=Rival(
            "It is one spectral component, which differs by seed: no divisor leads in most runs.",
            ShareWithin(high=0.5),
        ),
    )  # fmt: skip


def _cosets() -> Claim:
    return Claim(
        "multiplication-is-a-quotient", "Multiplication learns a quotient of Z_96 and not the whole group.",
        "6.4; 6.8", "quotient, not the group", MedianWithin(high=0.5),
        "share of the classes' energy that frequencies beside the leading one hold (1 - spectrum_leading_share), at "
        "the last healthy evaluation: a quotient alone leaves little",
        statistic=_rest, arms=("multiplication",), numbers=("spectrum_leading_share", TEST),
        collapsed="filtered", unit="share of energy", curves=("spectrum_leading_share",),
        rival=Rival(
            "The classes are all told apart: several frequencies hold the energy.", MedianWithin(low=0.5),
        ),
    )  # fmt: skip


def _rest(run: RunEvidence) -> Observed:
    share = reading.last_healthy("spectrum_leading_share")(run)
    return 1.0 - share if isinstance(share, float) else share
