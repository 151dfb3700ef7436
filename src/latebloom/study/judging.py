"""From evidence to verdicts: each claim's statistic on each run, its rule, and the correction over all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from latebloom.errors import MissingLookError, StudyError, shown
from latebloom.statistics import finite
from latebloom.study.claim import Arm, Claim, Collapsed, Computed, Statistic
from latebloom.study.evidence import Evidence, LeftOut, Observed, RunEvidence, Sample, Time
from latebloom.study.guarding import guarded
from latebloom.study.rules.closed_form import ClosedForm, Compared
from latebloom.study.rules.rule import Decision, Rule
from latebloom.study.verdicts import Judgement, Point, Verdict, Word


@dataclass(frozen=True)
class Question:
    """A claim or its rival, brought to one form."""

    name: str
    statement: str
    measured: str
    rule: Rule
    statistic: Statistic | None
    arms: tuple[str, ...]
    numbers: tuple[str, ...]
    collapsed: Collapsed
    computed: Computed | None


@dataclass(frozen=True)
class Heard:
    """What came of a question before the correction."""

    question: Question
    decision: Decision | None
    word: Word | None
    why: str
    points: tuple[Point, ...] = ()
    compared: tuple[Compared, ...] = ()


def judge(claims: Sequence[Claim], arms: Sequence[Arm], evidence: Evidence) -> list[Verdict]:
    """Judge all claims together. A claim that cannot be judged says so and does not stand in the others' way.

    Claims whose verdict rests on a p-value are corrected together, rivals included (Holm); those that were not run
    count with a p of 1, so that a verdict does not become weaker by what is run later.

    Args:
        claims: of the study at a scale.
        arms: of that scale, with the seeds that were declared.
        evidence: the finished runs.
    """
    heard: list[tuple[Claim, Heard, Heard | None]] = []
    for claim in claims:
        rival = _rival(claim)
        heard.append((claim, _hear(_own(claim), evidence), _hear(rival, evidence) if rival else None))
    everything = [one for _, own, rival in heard for one in (own, rival) if one]
    corrected = _correct(everything)
    declared = {arm.name: len(arm.seeds) for arm in arms}
    return [_verdict(claim, own, rival, corrected, declared, evidence) for claim, own, rival in heard]


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for being several, in the order given.

    Source: Holm 1979.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def _own(claim: Claim) -> Question:
    return Question(
        f"claim {claim.name}", claim.statement, claim.measured, claim.rule, claim.statistic, claim.arms,
        claim.numbers, claim.collapsed, claim.computed,
    )  # fmt: skip


def _rival(claim: Claim) -> Question | None:
    rival = claim.rival
    if rival is None:
        return None
    computed = claim.computed if isinstance(rival.rule, ClosedForm) else None
    return Question(
        f"claim {claim.name}, its rival", rival.statement, rival.measured or claim.measured, rival.rule,
        rival.statistic or claim.statistic, rival.arms or claim.arms, rival.numbers or claim.numbers,
        rival.collapsed or claim.collapsed, computed,
    )  # fmt: skip


def _hear(question: Question, evidence: Evidence) -> Heard:
    try:
        if question.computed is not None:
            return _compare(question, question.computed)
        missing = [arm for arm in question.arms if not evidence.arms.get(arm)]
        if missing:
            return Heard(question, None, "not run", f"no finished run of {', '.join(missing)}")
        return _observe(question, evidence)
    except (MissingLookError, StudyError) as error:
        return Heard(question, None, "cannot be judged", f"{question.name}: {error}")


def _compare(question: Question, computed: Computed) -> Heard:
    assert isinstance(question.rule, ClosedForm)
    found = tuple(guarded(computed, f"{question.name}: its computed"))
    return Heard(question, question.rule.compare(found), None, "", compared=found)


def _observe(question: Question, evidence: Evidence) -> Heard:
    sample: dict[str, list[Observed]] = {}
    points: list[Point] = []
    for arm in question.arms:
        sample[arm] = []
        for run in evidence.arms[arm]:
            value = _observed(question, run)
            points.append(_point(run, value))
            if not isinstance(value, LeftOut):
                sample[arm].append(value)
    decision = guarded(lambda: question.rule.judge(Sample(sample)), f"{question.name}: its rule")
    out = sum(1 for point in points if point["left_out"])
    if out:
        decision = replace(decision, why=f"{decision.why}; {out} of {len(points)} runs left out")
    return Heard(question, decision, None, "", tuple(points))


def _observed(question: Question, run: RunEvidence) -> Observed:
    for name in question.numbers:
        if name not in run.names:
            raise MissingLookError(run.id, name, None, run.names)
    if question.collapsed == "left out" and run.course.collapsed:
        return LeftOut("collapsed: down at its last evaluation after having grokked")
    statistic = question.statistic
    assert statistic
    value = guarded(lambda: statistic(run), f"{question.name}, run {run.id}: its statistic")
    return _checked(value, question)


def _checked(value: object, question: Question) -> Observed:
    if isinstance(value, Time | LeftOut):
        return value
    numbers = [_plain(number) for number in (value if isinstance(value, tuple) else (value,))]
    plain = tuple(number for number in numbers if number is not None)
    if not plain or len(plain) < len(numbers):
        right = "a number, a truth value, a Time, a tuple of numbers or LeftOut"
        raise StudyError(f"{question.name}: its statistic gave {shown(value)}; must be {right}")
    if any(math.isnan(number) for number in plain):
        return LeftOut("not a number")
    return plain if isinstance(value, tuple) else plain[0]


def _plain(value: object) -> float | bool | None:
    """Make numpy's own numbers Python's, so that what is stored is JSON; None of what is no number."""
    number: object = value.item() if isinstance(value, np.generic) else value
    return number if isinstance(number, bool | int | float) else None


def _point(run: RunEvidence, value: Observed) -> Point:
    shown_value: Any = None
    if isinstance(value, Time):
        shown_value = value.step
    elif isinstance(value, tuple):
        shown_value = [finite(float(number)) for number in value]
    elif not isinstance(value, LeftOut):
        shown_value = value if isinstance(value, bool) else finite(float(value))
    return Point(
        run=run.id,
        arm=run.arm,
        seed=run.seed,
        value=shown_value,
        happened=not isinstance(value, Time) or value.happened,
        left_out=value.why if isinstance(value, LeftOut) else "",
    )


def _correct(heard: Sequence[Heard]) -> dict[int, float]:
    """Correct the p-values of all questions whose rule rests on one, by the identity of what was heard."""
    tested = [one for one in heard if one.question.rule.tested]
    p_values = [1.0 if one.decision is None or one.decision.p is None else one.decision.p for one in tested]
    return {id(one): p for one, p in zip(tested, holm(p_values), strict=True)}


def _verdict(
    claim: Claim,
    own: Heard,
    rival: Heard | None,
    corrected: Mapping[int, float],
    declared: Mapping[str, int],
    evidence: Evidence,
) -> Verdict:
    runs = list(evidence.of(claim.arms))
    versions: dict[str, list[str]] = {}
    for run in runs:
        versions.setdefault(run.versions.get("latebloom", "unknown"), []).append(run.id)
    return Verdict(
        **_judgement(own, corrected),
        claim=claim.name,
        where=claim.where,
        published=claim.published,
        value=claim.value,
        unit=claim.unit,
        curves=list(claim.curves),
        finished=len(runs),
        declared=sum(declared.get(arm, 0) for arm in claim.arms),
        versions=versions,
        rival=_judgement(rival, corrected) if rival else None,
    )


def _judgement(heard: Heard, corrected: Mapping[int, float]) -> Judgement:
    question, decision = heard.question, heard.decision
    p_holm = corrected.get(id(heard)) if decision and decision.p is not None else None
    word: Word = heard.word or (decision.settled(p_holm) if decision else "undecided")
    why = decision.why if decision else heard.why
    if decision and decision.p is not None and p_holm is not None and word != decision.settled(decision.p):
        why = f"{why}; corrected for the study's other claims, p = {p_holm:.2g} decides nothing"
    return Judgement(
        statement=question.statement,
        measured=question.measured,
        rule=question.rule.plain,
        arms=list(question.arms),
        collapsed=question.collapsed,
        verdict=word,
        observed=finite(decision.observed) if decision else None,
        low=finite(decision.low) if decision else None,
        high=finite(decision.high) if decision else None,
        n=decision.n if decision else 0,
        censored=decision.censored if decision else 0,
        p=decision.p if decision else None,
        p_holm=p_holm,
        why=why,
        would_do=decision.would_do if decision and word == "undecided" else None,
        runs=[point["run"] for point in heard.points],
        series=list(heard.points),
        compared=[
            {key: finite(value) if isinstance(value, float) else value for key, value in asdict(one).items()}
            for one in heard.compared
        ],
    )
