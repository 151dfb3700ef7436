"""Studies as people look at them: what is declared, and the verdicts that a lab holds. Plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from latebloom.errors import LabError, UnknownNameError
from latebloom.statistics import finite_list
from latebloom.store import Lab, read_run
from latebloom.store.studies import DECLARED, VERDICTS, read_study, stored_studies
from latebloom.study import Arm, Claim, Rival, Study
from latebloom.study.verdicts import WORDS


class ScaleView(TypedDict):
    """A scale in short: what it is, how many arms, runs and steps over all runs it has."""

    about: str
    evidence: bool
    arms: int
    runs: int
    steps: int
    claims: int


class StudyEntry(TypedDict):
    """A study in a list: its name, question and source, its scales by name."""

    study: str
    question: str
    source: str
    scales: dict[str, ScaleView]


class BoardEntry(TypedDict):
    """A stored study on the board.

    Attributes:
        study, scale, question, source: which it is; the last two are empty where nothing was judged yet.
        evidence: whether verdicts at this scale count as evidence.
        declared, judged: when, in UTC; empty where not yet.
        counts: how many claims have each verdict, by its word.
        finished, runs: how many runs have ended, of how many that were declared.
        changed: names of claims that changed after runs began.
        verdicts: in the order of the study, each as `latebloom.study.verdicts.Verdict` without its series: claim,
            statement, where, published, observed, low, high, n, verdict, why, rival (the same again, or None).
    """

    study: str
    scale: str
    question: str
    source: str
    evidence: bool
    declared: str
    judged: str
    counts: dict[str, int]
    finished: int
    runs: int
    changed: list[str]
    verdicts: list[dict[str, Any]]


def study_entry(study: Study) -> StudyEntry:
    """Sum a study up, for a list."""
    return StudyEntry(
        study=study.name,
        question=study.question,
        source=study.source,
        scales={name: scale_view(study, name) for name in study.scales},
    )


def scale_view(study: Study, scale: str) -> ScaleView:
    """Sum a scale up. Runs that several arms share are counted once."""
    chosen = study.scale(scale)
    specs = {spec.id: spec for arm in chosen.arms for spec in arm.specs}
    return ScaleView(
        about=chosen.about,
        evidence=chosen.evidence,
        arms=len(chosen.arms),
        runs=len(specs),
        steps=sum(spec.steps for spec in specs.values()),
        claims=len(study.claims_at(scale)),
    )


def study_page(study: Study, scale: str, claim: str = "") -> dict[str, Any]:
    """Give everything that is declared: question, source, protocol, arms, and every claim with its rule.

    Args:
        study: which.
        scale: at which.
        claim: only this one; all if none is named.

    Raises:
        UnknownNameError: no such scale or claim.
    """
    claims = (study.claim(claim, scale),) if claim else study.claims_at(scale)
    return {
        **study_entry(study),
        "scale": scale,
        "about": study.scale(scale).about,
        "evidence": study.scale(scale).evidence,
        "protocol": study.protocol,
        "arms": [arm_view(arm) for arm in study.arms_at(scale)],
        "claims": [claim_view(one) for one in claims],
    }


def arm_view(arm: Arm) -> dict[str, Any]:
    """Give an arm as plain data: its settings without the seed, its seeds, its looks."""
    return {
        "name": arm.name,
        "seeds": list(arm.seeds),
        "steps": arm.spec.steps,
        "looks": list(arm.looks),
        "afterwards": list(arm.afterwards),
        "spec": {key: value for key, value in arm.spec.plain.items() if key != "seed"},
    }


def claim_view(claim: Claim) -> dict[str, Any]:
    """Give a claim as plain data, with its rule in words and its rival."""
    return {
        "name": claim.name,
        "statement": claim.statement,
        "where": claim.where,
        "published": claim.published,
        "arms": list(claim.arms),
        "numbers": list(claim.numbers),
        "measured": claim.measured,
        "collapsed": claim.collapsed,
        "rule": claim.rule.plain,
        "rival": _rival_view(claim, claim.rival) if claim.rival else None,
    }


def _rival_view(claim: Claim, rival: Rival) -> dict[str, Any]:
    return {
        "statement": rival.statement,
        "arms": list(rival.arms or claim.arms),
        "numbers": list(rival.numbers or claim.numbers),
        "measured": rival.measured or claim.measured,
        "collapsed": rival.collapsed or claim.collapsed,
        "rule": rival.rule.plain,
    }


def stored_study(lab: Lab, study: str, scale: str) -> dict[str, Any]:
    """Read the verdicts of a study at a scale, with all that was stored beside them.

    Raises:
        UnknownNameError: the lab holds nothing of that study, or not at that scale.
        LabError: it was begun and not judged yet.
        DamagedError: it is not what was written.
    """
    found = read_study(lab, study, scale, VERDICTS)
    if found is not None:
        return found
    known = stored_studies(lab)
    if not known:
        raise LabError(
            f"{lab.path} holds no study yet; train one: latebloom study run {study} --scale {scale}"
        )
    if (study, scale) not in known:
        raise UnknownNameError("stored study and scale", f"{study} {scale}", [" ".join(one) for one in known])
    raise LabError(
        f"{study} at {scale} was not judged yet; say: latebloom study judge {study} --scale {scale}"
    )


def study_board(lab: Lab) -> list[BoardEntry]:
    """List the studies that a lab holds anything of, with their verdicts; sorted by study and scale."""
    return [_board_entry(lab, study, scale) for study, scale in stored_studies(lab)]


def _board_entry(lab: Lab, study: str, scale: str) -> BoardEntry:
    declared = read_study(lab, study, scale, DECLARED) or {}
    stored = read_study(lab, study, scale, VERDICTS) or {}
    arms = stored.get("arms", [])
    return BoardEntry(
        study=study,
        scale=scale,
        question=stored.get("question", ""),
        source=stored.get("source", ""),
        evidence=stored.get("evidence", True),
        declared=declared.get("declared", ""),
        judged=stored.get("judged", ""),
        counts=counts(stored.get("verdicts", [])),
        finished=len({run for arm in arms for run in arm["finished"]}),
        runs=sum(arm["declared"] for arm in arms),
        changed=(stored.get("changes") or {}).get("changed", []),
        verdicts=[without_series(verdict) for verdict in stored.get("verdicts", [])],
    )


def counts(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Count the verdicts by their word, in the order of `WORDS`; words that none has are left out."""
    found = Counter(verdict["verdict"] for verdict in verdicts)
    return {word: found[word] for word in WORDS if found[word]}


def without_series(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a verdict, and of its rival, what was observed of each run."""
    kept = {key: value for key, value in verdict.items() if key not in ("series", "compared")}
    return kept | ({"rival": without_series(verdict["rival"])} if verdict.get("rival") else {})


def in_short(document: Mapping[str, Any]) -> dict[str, Any]:
    """Leave the study's source text out of what is stored with its verdicts."""
    return {key: value for key, value in document.items() if key != "study_text"}


class ClaimCurve(TypedDict):
    """A number of one run over steps, to be drawn beside a claim. Lists of equal length."""

    run: str
    arm: str
    steps: list[int]
    values: list[float | None]


def claim_curves(lab: Lab, verdict: Mapping[str, Any]) -> dict[str, list[ClaimCurve]]:
    """Read the curves that a claim wants drawn, by the number's name; runs that are gone or damaged are left out."""
    known, found = set(lab.run_ids()), dict[str, list[ClaimCurve]]()
    points = {point["run"]: point["arm"] for point in verdict["series"] if point["run"] in known}
    for run, arm in points.items() if verdict["curves"] else ():
        stored = read_run(lab, run, strict=False)
        for name in verdict["curves"]:
            seen = [(look.step, look.values[name]) for look in stored.looks if name in look.values]
            if seen:
                steps, values = zip(*seen, strict=True)
                curve = ClaimCurve(run=run, arm=arm, steps=list(steps), values=finite_list(values))
                found.setdefault(name, []).append(curve)
    return found
