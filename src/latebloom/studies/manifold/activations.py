"""Claims about the size of the activations in health and in collapse: section 6.2.3."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from latebloom.studies.manifold import reading
from latebloom.studies.manifold.cells import Cell, about
from latebloom.studies.manifold.reading import TEST
from latebloom.studies.manifold.setting import Setting
from latebloom.study import Claim, MedianWithin, Rival, RunEvidence
from latebloom.study.evidence import Observed

L2, STD = "activation_l2", "activation_std"
WHERE = "6.2.3, table"


def cells(setting: Setting) -> Iterator[Cell]:
    """List the claims; the account has this table for addition alone."""
    for readout in ("", "-text"):
        arm, until = f"addition{readout}", setting.after
        yield Cell(_healthy(f"activation-l2-healthy{readout}", arm, L2, "9.9", about(9.9, 0.1)), until)
        yield Cell(_healthy(f"activation-std-healthy{readout}", arm, STD, "0.88", about(0.88, 0.1)), until)
        yield Cell(_collapsed(f"activation-l2-collapsed{readout}", arm, L2, "1.79"), until)
        yield Cell(_collapsed(f"activation-std-collapsed{readout}", arm, STD, "0.16"), until)
        yield Cell(_together(f"activations-fall-together{readout}", arm), until)


def _healthy(name: str, arm: str, number: str, printed: str, rule: MedianWithin) -> Claim:
    return Claim(
        name, f"Where addition first answers 0.9 of the test pairs, {number} is {printed}.", WHERE, printed, rule,
        f"{number} at the first evaluation with test accuracy >= 0.9; runs that never reach it are left out",
        statistic=reading.at_crossing(number), arms=(arm,), numbers=(number, TEST), collapsed="filtered",
        value=float(printed), curves=(number, TEST),
    )  # fmt: skip


def _collapsed(name: str, arm: str, number: str, printed: str) -> Claim:
    """The table has three collapses, at 18 to 41 % of the healthy value."""
    return Claim(
        name, f"In a collapse {number} falls to {printed}, a fifth of what it was.", WHERE, printed,
        MedianWithin(high=0.5),
        f"median {number} over collapsed evaluations (test accuracy < 0.5 after the first >= 0.9), over its median at "
        "healthy ones (>= 0.9); runs that never collapse are left out",
        statistic=reading.collapsed_share(number), arms=(arm,), numbers=(number, TEST), collapsed="filtered",
        value=0.18, unit="of the healthy value", curves=(number, TEST),
    )  # fmt: skip


def _together(name: str, arm: str) -> Claim:
    return Claim(
        name, "In collapses the norm and the spread of the activations fall together, which is a finding.", WHERE,
        "9.9 to 1.79 and 0.88 to 0.16", MedianWithin(low=0.9, high=1.1),
        "fall of activation_std in collapses over that of activation_l2, each as the median over collapsed evaluations "
        "over that over healthy ones; runs that never collapse are left out",
        statistic=_fall_ratio, arms=(arm,), numbers=(L2, STD, TEST), collapsed="filtered", value=1.0,
        rival=Rival(
            "They are one number: after the last LayerNorm the spread is the norm over the root of the width, in "
            "collapse or not.",
            MedianWithin(high=0.05),
            "largest |activation_std * sqrt(width) / activation_l2 - 1| over all evaluations, collapsed ones included",
            statistic=identity_gap, collapsed="kept",
        ),
        curves=(L2, STD),
    )  # fmt: skip


def _fall_ratio(run: RunEvidence) -> Observed:
    spread, norm = reading.collapsed_share(STD)(run), reading.collapsed_share(L2)(run)
    return spread / norm if isinstance(spread, float) and isinstance(norm, float) else norm


def identity_gap(run: RunEvidence) -> Observed:
    """Find by how much, at worst, the spread differs from the norm over the root of the width."""
    (_, norms), (_, spreads) = run.curve(L2), run.curve(STD)
    width = math.sqrt(run.spec["model"]["width"])
    return float(np.max(np.abs(spreads * width / norms - 1)))
