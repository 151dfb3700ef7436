"""Oracles of irreducible representations and of cosets of subgroups of finite groups."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from tests.measures.characters import character_logits, of_irrep, root_of_deviance
from tests.measures.coset_sums import LEFT, concentrations, cosets, shares
from tests.measures.matrices import normal
from torch import Tensor

from benchmarks.oracles.nulls import p_value, quantiles
from benchmarks.oracles.oracle import ABSOLUTE, WRONG, Arrays, Oracle, exact
from latebloom.measures.cayley import symmetric_table
from latebloom.measures.irreps import symmetric_irreps
from latebloom.measures.nulls import relabellings
from latebloom.measures.subgroups import subgroups

S4, S5 = symmetric_table(4), symmetric_table(5)
DRAWS = 20
WEIGHTS = (0.0, 1.0, -2.0, 0.5, 3.0)
"""Of the characters of S_4 in its logits; the trivial one cannot show."""
NORM = math.sqrt(sum(weight**2 for weight in WEIGHTS))


def _relabelled(values: Tensor, axis: int, draws: int) -> list[Tensor]:
    """The values as they are, and in the orders that the seed 0 draws."""
    rows = relabellings(values.shape[axis], draws, 0, torch.device("cpu"))
    return [values.double().index_select(axis, row) for row in rows]


def _power(points: Tensor) -> np.ndarray:
    """Transform functions on S_4 by its irreps' matrices; give the shares by Plancherel."""
    centred = points - points.mean(0)
    energies = [
        matrices.shape[-1] * torch.einsum("gf,gij->fij", centred, matrices).square().sum() / len(points)
        for matrices in symmetric_irreps(4).values()
    ]
    return (torch.stack(energies) / centred.square().sum()).numpy()


def _frequencies(given: Arrays) -> Arrays:
    points = exact(given["centroids"])
    energy = (np.abs(np.fft.fft(points - points.mean(0), axis=0)) ** 2).sum(1)
    folded = energy[: len(points) // 2 + 1] + np.concatenate([[0.0], energy[: len(points) // 2 : -1]])
    return {"irrep_power": folded / folded.sum()}


def _irreps(given: Arrays) -> Arrays:
    ranks = [matrices.shape[-1] ** 2 for matrices in symmetric_irreps(4).values()]
    powers = [_power(points) for points in _relabelled(given["centroids"], 0, given["draws"])]
    scores = np.array(
        [
            [root_of_deviance(*one, 24) for one in zip(power[1:], np.array(ranks[1:]) / 23, strict=True)]
            for power in powers
        ]
    )
    best, highest = scores[0].argmax() + 1, scores.max(1)
    return {
        "irrep_best": best,
        "irrep_best_power": powers[0][best],
        "irrep_best_score": highest[0],
        "irrep_p_value": p_value(highest),
        **quantiles(highest, "irrep"),
    }


def _best_subgroup(points: Tensor) -> tuple[float, float, tuple[int, int]]:
    """Score all cosets of S_4 by sums: the largest score, the share that has it, its subgroup and side."""
    found = []
    for place, share in shares(points, S4).items():
        cosets_less_one = 24 / int(subgroups(S4)[place[0]].sum()) - 1
        found.append((root_of_deviance(share, cosets_less_one / 23, 24), share.item(), place))
    return max(found)


def _subgroups(given: Arrays) -> Arrays:
    best = [_best_subgroup(points) for points in _relabelled(given["centroids"], 0, given["draws"])]
    scores, (_, share, (row, side)) = np.array([score for score, _, _ in best]), best[0]
    return {
        "subgroup_best": row,
        "subgroup_best_order": subgroups(S4)[row].sum(),
        "subgroup_best_side": side,
        "subgroup_best_explained": share,
        "subgroup_best_score": scores[0],
        "subgroup_p_value": p_value(scores),
        **quantiles(scores, "subgroup"),
    }


def _concentration(given: Arrays) -> Arrays:
    drawn = [
        torch.stack(list(concentrations(units.mT, S4).values())).amin(0).numpy()
        for units in _relabelled(given["centroids"], 0, given["draws"])
    ]
    least = np.stack(drawn)  # (relabelling, unit)
    levels = {"median": 0.5, "05": 0.05, "01": 0.01}
    return {
        "coset_concentration": least[0],
        "coset_concentration_p_value": (least <= least[0] + 1e-12).mean(0),
        **{
            f"coset_concentration_null_{key}": np.quantile(least[1:], level, axis=0)
            for key, level in levels.items()
        },
    }


def _constant_units(name: str, subgroup: str, *, each: bool) -> Oracle:
    """Units that are constant on the left cosets of a subgroup of order 8, which is not normal."""
    row = int((subgroups(S4).sum(-1) == 8).nonzero()[0])
    coset = cosets(S4, subgroups(S4)[row], LEFT)[1]
    known = {subgroup: row, f"{name}_order": 8, f"{name}_side": LEFT, f"{name}_explained": 1.0}
    truth = {key: [value] * 3 if each else value for key, value in known.items()}
    return Oracle(
        "constant on 3 left cosets of S_4",
        WRONG,
        0,
        lambda: {"centroids": normal(24, 3)[coset], "cayley": S4},
        lambda _: truth,
    )


def _mixture() -> Arrays:
    """Characters of S_4 with these weights, and what is the same for all answers."""
    return {"table_logits": character_logits(4, WEIGHTS) + normal(24, 24, 1), "cayley": S4}


def _cube_cosines(logits: Tensor) -> np.ndarray:
    """The cosine with each character over the whole cube of S_3, one after the other."""
    centred = (logits - logits.mean(-1, keepdim=True)).flatten()
    cubes = [character_logits(3, [float(place == one) for one in range(3)]).flatten() for place in (1, 2)]
    return np.array([torch.nn.functional.cosine_similarity(centred, cube, dim=0).item() for cube in cubes])


def _traces(given: Arrays) -> Arrays:
    cosines = [_cube_cosines(one) for one in _relabelled(given["table_logits"], 2, given["draws"])]
    highest = np.array([one.max() for one in cosines])
    return {
        "logit_trace_best_irrep": cosines[0].argmax() + 1,
        "logit_trace_best_similarity": highest[0],
        "logit_trace_explained": (cosines[0] ** 2).sum(),
        "logit_trace_p_value": p_value(highest),
        **quantiles(highest, "logit_trace"),
    }


ORACLES: Mapping[str, tuple[Oracle, ...]] = {
    "irrep_power": (
        Oracle(
            "entries of one irrep of S_5: orthogonality relations",
            ABSOLUTE,
            1e-6,
            lambda: {"centroids": of_irrep(5, 3, 5), "cayley": S5},
            lambda _: {"irrep_power": [0, 0, 0, 1, 0, 0, 0]},
        ),
        Oracle(
            "97 x 32 normal numbers: numpy FFT",
            ABSOLUTE,
            1e-12,
            lambda: {"centroids": normal(97, 32)},
            _frequencies,
        ),
    ),
    "irrep_scan": (
        Oracle(
            f"one irrep of S_4 under noise: Plancherel over {DRAWS} relabellings",
            ABSOLUTE,
            1e-9,
            lambda: {"centroids": of_irrep(4, 2, 3) + 1.2 * normal(24, 3), "cayley": S4, "draws": DRAWS},
            _irreps,
        ),
    ),
    "coset_concentration": (
        _constant_units("coset_concentration", "coset_concentration_subgroup", each=True),
        Oracle(
            f"normal units on S_4: sums over cosets, {DRAWS} relabellings",
            ABSOLUTE,
            1e-9,
            lambda: {"centroids": normal(24, 6), "cayley": S4, "draws": DRAWS},
            _concentration,
        ),
    ),
    "subgroup_scan": (
        _constant_units("subgroup_best", "subgroup_best", each=False),
        Oracle(
            f"normal points on S_4: sums over cosets, {DRAWS} relabellings",
            ABSOLUTE,
            1e-9,
            lambda: {"centroids": normal(24, 3), "cayley": S4, "draws": DRAWS},
            _subgroups,
        ),
    ),
    "logit_trace_similarity": (
        Oracle(
            "weighted characters of S_4: their weights",
            ABSOLUTE,
            1e-6,
            _mixture,
            lambda _: {"logit_trace_similarity": np.array(WEIGHTS) / NORM},
        ),
    ),
    "logit_trace_scan": (
        Oracle(
            "weighted characters of S_4: the heaviest, all explained",
            ABSOLUTE,
            1e-6,
            _mixture,
            lambda _: {
                "logit_trace_best_irrep": 4,
                "logit_trace_best_similarity": 3.0 / NORM,
                "logit_trace_explained": 1.0,
            },
        ),
        Oracle(
            f"noise on S_3: cosines over the cube, {DRAWS} relabellings",
            ABSOLUTE,
            1e-9,
            lambda: {"table_logits": normal(6, 6, 6), "cayley": symmetric_table(3), "draws": DRAWS},
            _traces,
        ),
    ),
}
