"""A published cell, and when a scale can judge it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from latebloom.studies.nested.setting import Setting
from latebloom.study import Claim


@dataclass(frozen=True)
class Cell:
    """A claim, and the step that its runs must reach. Where they end before, it is not judged by anything else."""

    claim: Claim
    until: int


def judged(setting: Setting, cells: Iterable[Cell]) -> tuple[Claim, ...]:
    """Choose the claims that the arms of a scale can judge; a rival whose arms are not run is left away."""
    return tuple(
        cell.claim if _can(setting, _rival_arms(cell.claim), cell.until) else replace(cell.claim, rival=None)
        for cell in cells
        if _can(setting, cell.claim.arms, cell.until)
    )


def _can(setting: Setting, arms: Iterable[str], until: int) -> bool:
    return all(setting.horizon(arm) >= until for arm in arms)


def _rival_arms(claim: Claim) -> tuple[str, ...]:
    return claim.rival.arms if claim.rival else ()
