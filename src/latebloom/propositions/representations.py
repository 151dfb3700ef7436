"""How many points a representation has that depends on the label of a pair alone, and how they lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latebloom.propositions.descending import Array, drawn
from latebloom.study import Compared

PRIMES = (5, 13, 31, 59, 97)


def label_alone_has_few_points() -> list[Compared]:
    """Convolve the operands' one-hot codes, send them through a random layer, and count: p points of p^2 pairs.

    The convolution is a product of Fourier transforms, so the sum a + b is never formed.
    """
    found = list[Compared]()
    for prime in PRIMES:
        first, second = _pairs(prime)
        waves = np.fft.rfft(np.eye(prime), axis=1)
        joined = np.fft.irfft(waves[first] * waves[second], n=prime, axis=1)  # (pair, residue)
        hidden = np.maximum(joined @ drawn(44, prime, 64), 0.0)
        found.append(Compared(f"points, p = {prime}", float(_distinct(hidden)), float(prime)))
    return found


def pairs_have_many_points() -> list[Compared]:
    """Send the operands' codes side by side through a random layer: what remembers its pair has p^2 points."""
    found = list[Compared]()
    for prime in PRIMES:
        first, second = _pairs(prime)
        codes = np.eye(prime)
        joined = np.concatenate([codes[first], codes[second]], axis=1)  # (pair, residue)
        hidden = np.maximum(joined @ drawn(45, 2 * prime, 64), 0.0)
        found.append(Compared(f"points, p = {prime}", float(_distinct(hidden)), float(prime**2)))
    return found


def label_on_a_circle() -> list[Compared]:
    """Multiply cosines and sines of a and of b as the addition theorem does; walk from neighbour to neighbour.

    Each point has its two nearest at the chord 2 sin(pi / p), and the walk comes back after p steps, not before.
    """
    prime, found = 97, list[Compared]()
    first, second = _pairs(prime)
    frame = np.linalg.qr(drawn(46, 32, 2))[0]  # a plane in 32 dimensions
    for frequency in (1, 5, 17, 40):
        angle = 2.0 * np.pi * frequency * np.arange(prime) / prime
        cos, sin = np.cos(angle), np.sin(angle)
        across = cos[first] * cos[second] - sin[first] * sin[second]
        along = sin[first] * cos[second] + cos[first] * sin[second]
        ring = _apart(np.stack([across, along], axis=1) @ frame.T)
        gaps = np.linalg.norm(ring[:, None] - ring, axis=2) + 9.0 * np.eye(len(ring))
        nearest = np.sort(gaps, axis=1)[:, :2]
        chord, what = 2.0 * np.sin(np.pi / prime), f"frequency {frequency}"
        found += [
            Compared(f"{what}: nearest of all", float(nearest.min()), chord),
            Compared(f"{what}: farthest second nearest", float(nearest.max()), chord),
            Compared(f"{what}: steps until the walk comes back", float(_walk(gaps)), float(prime)),
        ]
    return found


def _pairs(prime: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first, second = np.indices((prime, prime))
    return first.ravel(), second.ravel()


def _distinct(points: Array) -> int:
    return len(_apart(points))


def _apart(points: Array, least: float = 1e-9) -> Array:
    """Keep one of each group of points that a direction drawn at random does not tell apart by more than `least`."""
    places = points @ drawn(43, points.shape[1])
    order = np.argsort(places)
    new = np.concatenate([[True], np.diff(places[order]) > least])
    return points[order[new]]


def _walk(gaps: Array) -> int:
    """Go from point to nearest point, never straight back, until the first is reached again."""
    before, here, steps = -1, 0, 0
    while steps == 0 or here != 0:
        two = np.argsort(gaps[here])[:2]
        before, here = here, int(two[0] if two[0] != before else two[1])
        steps += 1
        if steps > len(gaps):
            break
    return steps
