"""What a penalty on the slope of a function on the circle does to its frequencies."""

from __future__ import annotations

import numpy as np

from latebloom.propositions.descending import compared, drawn
from latebloom.study import Compared

PLACES, HIGHEST = 1024, 12


def smoothness_shrinks_frequencies() -> list[Compared]:
    """Solve the penalised fit on 1024 places of the circle; of frequency m is kept 1 / (1 + strength * m^2).

    Slopes are differences of neighbours: at frequency 12 that alone makes a part in 2000.
    """
    width = 2.0 * np.pi / PLACES
    forward = (np.roll(np.eye(PLACES), 1, axis=1) - np.eye(PLACES)) / width
    waves = np.arange(1, HIGHEST + 1)
    angles = np.outer(width * np.arange(PLACES), waves)  # (place, frequency)
    target = np.cos(angles) @ drawn(47, HIGHEST) + np.sin(angles) @ drawn(48, HIGHEST)
    found = list[Compared]()
    for strength in (0.01, 0.1, 1.0):
        solved = np.linalg.solve(np.eye(PLACES) + strength * forward.T @ forward, target)
        before, after = (np.abs(np.fft.rfft(one))[1 : HIGHEST + 1] for one in (target, solved))
        what = f"kept at strength {strength:g} of frequency"
        expected = 1.0 / (1.0 + strength * waves**2)
        found += compared(what, waves.tolist(), (after / before).tolist(), expected.tolist())
    return found
