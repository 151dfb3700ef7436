"""Verdicts, as plain data: what is stored, shown and compared."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Word = Literal["reproduced", "refuted", "undecided", "not run", "cannot be judged"]
WORDS: tuple[Word, ...] = ("reproduced", "refuted", "undecided", "not run", "cannot be judged")
"""not run: an arm has no finished run. cannot be judged: a run lacks a number, or the study's own code failed."""


class Point(TypedDict):
    """What was observed of one run. `value` is a number, a pair, or None where it was left out for `left_out`.

    `happened` is false where `value` is a time until which something had not happened.
    """

    run: str
    arm: str
    seed: int
    value: Any
    happened: bool
    left_out: str


class Judgement(TypedDict):
    """What a rule made of the runs, for a claim or its rival; numbers are None where there are none."""

    statement: str
    measured: str
    rule: dict[str, Any]
    arms: list[str]
    collapsed: str
    verdict: Word
    observed: float | None
    low: float | None
    high: float | None
    n: int
    censored: int
    p: float | None
    p_holm: float | None
    why: str
    would_do: int | None
    runs: list[str]
    series: list[Point]
    compared: list[dict[str, Any]]


class Verdict(Judgement):
    """The verdict on a claim.

    Attributes:
        claim, where, published, value, unit, curves: as the claim says.
        finished, declared: how many runs of its arms have ended, and how many were declared; a verdict on fewer than
            declared is provisional.
        versions: the runs by the version of latebloom that they were begun with.
        rival: the judgement on the rival explanation.
    """

    claim: str
    where: str
    published: str
    value: float | None
    unit: str
    curves: list[str]
    finished: int
    declared: int
    versions: dict[str, list[str]]
    rival: Judgement | None
