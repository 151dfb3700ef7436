"""Claims about pieces and loops: the tables of 6.2.2 and 6.3.2, at their steps and at healthy snapshots; 6.5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell, about
from latebloom.studies.manifold.dimension import PCA
from latebloom.studies.manifold.reading import DOWN, TEST
from latebloom.studies.manifold.setting import OPERATIONS, Setting
from latebloom.study import Claim, LeftOut, MedianWithin, Rival, RunEvidence, ShareWithin
from latebloom.study.evidence import Observed

B0, B1, H0, H1 = "betti_0", "betti_1", "longest_h0_bar", "longest_h1_bar"
WORDS = {
    B0: "pieces (bars of H0 longer than 0.1)",
    B1: "loops (bars of H1 longer than 0.1)",
    H0: "the longest finite bar of H0",
    H1: "the longest bar of H1",
}
SHORT = {B0: "pieces", B1: "loops", H0: "longest-piece-bar", H1: "longest-loop-bar"}


@dataclass(frozen=True)
class Row:
    """A row of the tables: what it counts, before and after."""

    operation: str
    number: str
    before: float
    after: float


ROWS = (
    Row("addition", B0, 500, 6),
    Row("addition", B1, 504, 0),
    Row("addition", H0, 7.59, 0.23),
    Row("addition", H1, 2.89, 0.04),
    Row("multiplication", B0, 500, 500),
    Row("multiplication", B1, 870, 179),
    Row("multiplication", H1, 2.30, 1.96),
)


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims."""
    for row in ROWS:
        for readout in ("", "-text"):
            yield Cell(_before(setting, row, readout), setting.before)
            yield Cell(_after(setting, row, readout), setting.after)
    yield from (Cell(claim, setting.after) for claim in (_collapsed(), *_stages(setting)))


def _before(setting: Setting, row: Row, readout: str) -> Claim:
    return Claim(
        f"{row.operation}-{SHORT[row.number]}-before{readout}",
        f"Before {row.operation} is generalised, at step 7000, {WORDS[row.number]}: {row.before:g}.",
        _where(row), f"{row.before:g}", about(row.before),
        f"{row.number} of 500 test points at step {setting.before:,}, of every run",
        statistic=reading.at(row.number, setting.before), arms=(f"{row.operation}{readout}",), numbers=(row.number,),
        collapsed="kept", value=row.before, curves=(row.number,),
    )  # fmt: skip


def _after(setting: Setting, row: Row, readout: str) -> Claim:
    """A fall to nearly nothing counts as such if it is to a tenth; another value if it is near."""
    nothing = row.after < 0.1 * row.before
    rule = MedianWithin(high=0.1 * row.before) if nothing else about(row.after)
    relative = {B0: "betti_0_relative", B1: "betti_1_relative"}.get(row.number, row.number)
    rival = Rival(
        "The network at step 14,000 has collapsed or not, as it happens: of healthy networks, matched by accuracy, at "
        "a scale that the cloud sets, at least half is left.",
        MedianWithin(low=0.5),
        f"{relative} at the first snapshot with test accuracy >= 0.99, over that at step {setting.before:,}; runs "
        "without such a snapshot are left out",
        statistic=reading.matched_ratio(relative, setting.before), numbers=(relative, TEST), collapsed="filtered",
    )  # fmt: skip
    return Claim(
        f"{row.operation}-{SHORT[row.number]}-after{readout}",
        f"After {row.operation} is generalised, at step 14,000, {WORDS[row.number]}: {row.after:g}.",
        _where(row), f"{row.after:g}", rule,
        f"{row.number} of 500 test points at step {setting.after:,}, as published: of every run, also where it has "
        "collapsed there",
        statistic=reading.at(row.number, setting.after), arms=(f"{row.operation}{readout}",), numbers=(row.number,),
        collapsed="kept", rival=rival if row.after < 0.5 * row.before else None, value=row.after,
        curves=(row.number, TEST),
    )  # fmt: skip


def _where(row: Row) -> str:
    return "6.2.2, table" if row.operation == "addition" else "6.3.2, table"


def _collapsed() -> Claim:
    return Claim(
        "few-pieces-mean-generalised", "A cloud of few pieces belongs to a network that has generalised.",
        "6.2.2: 500 pieces become 6 after the transition", "500 to 6", ShareWithin(low=0.5),
        "whether the snapshot with the fewest pieces (betti_0 at 0.1) answers at least 0.9 of the test pairs, of every "
        "run that crosses 0.9 and has one with fewer than half of its points",
        statistic=fewest_pieces_are_healthy, arms=OPERATIONS, numbers=(B0, TEST), collapsed="filtered",
        unit="share of runs", curves=(B0, TEST),
        rival=Rival(
            "It belongs to a network that has collapsed.", ShareWithin(high=0.5),
        ),
    )  # fmt: skip


def fewest_pieces_are_healthy(run: RunEvidence) -> Observed:
    """Tell whether the snapshot of the fewest pieces is that of a network that answers well, and not of one down."""
    crossing = run.course.grokked_first
    if crossing is None:
        return reading.NEVER
    steps, values = run.curve(B0)
    later = steps > 0
    steps, values = steps[later], values[later]
    place = int(values.argmin())
    if values[place] >= values.max() / 2:
        return LeftOut("no snapshot has fewer than half of the pieces of another")
    return bool(run.at(TEST, int(steps[place])) >= DOWN)


def _stages(setting: Setting) -> tuple[Claim, ...]:
    """Section 6.5: first loops and dimension fall (both operations), then the pieces are joined (addition alone)."""
    local = f"{PCA} and {B1} at the first snapshot with test accuracy >= 0.99"
    return (
        *(
            Claim(
                f"stage-one-{operation}", f"{operation.capitalize()} completes the first stage: loops and dimension "
                "fall.",
                "6.5, table", "completed", ShareWithin(low=0.5),
                f"whether {local} are both at most half of what they were (dimension at step {setting.first:,}, loops "
                f"at step {setting.before:,}); runs without such a snapshot are left out",
                statistic=_local(setting), arms=(operation,), numbers=(PCA, B1, TEST), collapsed="filtered",
                unit="share of runs", curves=(PCA, B1),
            )
            for operation in OPERATIONS
        ),
        *(
            Claim(
                f"stage-two-{operation}", f"{operation.capitalize()} {verb} the second stage: pieces are joined.",
                "6.5, table", printed, rule,
                f"whether {B0} at the first snapshot with test accuracy >= 0.99 is at most half of that at step "
                f"{setting.before:,}; runs without such a snapshot are left out",
                statistic=reading.holds(reading.matched_ratio(B0, setting.before), lambda share: share <= 0.5),
                arms=(operation,), numbers=(B0, TEST), collapsed="filtered", unit="share of runs", curves=(B0,),
            )
            for operation, verb, printed, rule in (
                ("addition", "completes", "500 to 6", ShareWithin(low=0.5)),
                ("multiplication", "does not complete", "500 to 500", ShareWithin(high=0.5)),
            )
        ),
    )  # fmt: skip


def _local(setting: Setting) -> reading.Statistic:
    dimension = reading.matched_ratio(PCA, setting.first)
    loops = reading.matched_ratio(B1, setting.before)

    def read(run: RunEvidence) -> Observed:
        found = [one for one in (dimension(run), loops(run)) if isinstance(one, float)]
        if len(found) < 2:
            return LeftOut("no snapshot answers 0.99 of the test pairs, or there were no loops before")
        return bool(np.max(found) <= 0.5)

    return read
