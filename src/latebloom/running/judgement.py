"""A study's declaration and verdicts, stored in the lab. Reads records only and loads no torch."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from latebloom.records import content_hash
from latebloom.running.sessions import now, versions
from latebloom.store import Lab
from latebloom.store.studies import DECLARED, VERDICTS, read_study, write_study
from latebloom.study.claim import Arm, Study
from latebloom.study.declaring import Changes, changes, declared
from latebloom.study.evidence import RunEvidence
from latebloom.study.gathering import Gathered, gather
from latebloom.study.judging import judge
from latebloom.study.loading import Opened

Document = dict[str, Any]


def arms_of(study: Study, scale: str, seeds: Sequence[int] | None = None) -> tuple[Arm, ...]:
    """List the arms of a scale, with other seeds where they are asked for.

    Raises:
        UnknownNameError: no such scale.
    """
    arms = study.arms_at(scale)
    return arms if seeds is None else tuple(replace(arm, seeds=tuple(seeds)) for arm in arms)


def declare(lab: Lab, opened: Opened, scale: str, arms: Sequence[Arm], device: str) -> Document:
    """Write down what is going to be judged, before the first run begins; once it has begun, keep what was written.

    Other seeds than those declared are noted, with the time. Each call begins a session, in which runs are trained.
    """
    study = opened.study
    found = read_study(lab, study.name, scale, DECLARED)
    begun = gather(lab, arms)
    there = sorted({run.id for arm in begun.evidence.arms.values() for run in arm} | set(begun.unfinished))
    mine = [run for run in there if found is not None and run not in found["before"]]
    if found is None or not mine:
        found = {
            "study": study.name,
            "scale": scale,
            "word": opened.word,
            "declared": now(),
            **declared(study.claims_at(scale), arms),
            "before": there,
            "source_sha256": opened.sha256,
            "source": opened.text,
            "versions": versions(),
            "asked": [],
            "sessions": [] if found is None else found["sessions"],
        }
    asked = {arm.name: list(arm.seeds) for arm in arms}
    if not found["asked"] or found["asked"][-1]["seeds"] != asked:
        found["asked"].append({"when": now(), "seeds": asked})
    found["sessions"].append({"began": now(), "ended": "", "device": device, **_machine()})
    write_study(lab, study.name, scale, DECLARED, found)
    return found


def end_session(lab: Lab, study: str, scale: str) -> None:
    """Note that the session that was begun last has ended now."""
    found = read_study(lab, study, scale, DECLARED)
    if found and found["sessions"]:
        found["sessions"][-1]["ended"] = now()
        write_study(lab, study, scale, DECLARED, found)


def judge_study(lab: Lab, opened: Opened, scale: str, arms: Sequence[Arm] | None = None) -> Document:
    """Judge all claims of a study by the runs that a lab holds, store the verdicts, and return what is stored.

    Args:
        lab: that holds the runs.
        opened: the study.
        scale: at which.
        arms: with the seeds that count; those asked for last, or the scale's own, if none are given.

    Raises:
        UnknownNameError: no such scale.
        LabError, ResourceError: the verdicts cannot be stored.
    """
    study = opened.study
    declaration = read_study(lab, study.name, scale, DECLARED)
    chosen = tuple(arms) if arms is not None else _asked(study, scale, declaration)
    found = gather(lab, chosen)
    document = _document(opened, scale, chosen, found, declaration)
    write_study(lab, study.name, scale, VERDICTS, document)
    return document


def _asked(study: Study, scale: str, declaration: Mapping[str, Any] | None) -> tuple[Arm, ...]:
    seeds = declaration["asked"][-1]["seeds"] if declaration and declaration["asked"] else {}
    return tuple(replace(arm, seeds=tuple(seeds.get(arm.name, arm.seeds))) for arm in study.arms_at(scale))


def _document(
    opened: Opened, scale: str, arms: Sequence[Arm], found: Gathered, declaration: Document | None
) -> Document:
    study = opened.study
    chosen, claims = study.scale(scale), study.claims_at(scale)
    runs = {run.id: run for arm in found.evidence.arms.values() for run in arm}
    return {
        "study": study.name,
        "scale": scale,
        "word": opened.word,
        "question": study.question,
        "source": study.source,
        "protocol": study.protocol,
        "about": chosen.about,
        "evidence": chosen.evidence,
        "judged": now(),
        "versions": versions(),
        **_machine(),
        "study_text": opened.text,
        "study_sha256": opened.sha256,
        "arms": [_arm(arm, found) for arm in arms],
        "runs": {name: _run(run) for name, run in sorted(runs.items())},
        "unfinished": list(found.unfinished),
        "absent": list(found.absent),
        "damaged": found.damaged,
        "run_versions": _run_versions(runs.values()),
        "declaration": _declaration(declaration),
        "changes": _changes(declaration, study, scale, arms),
        "verdicts": judge(claims, arms, found.evidence),
    }


def _arm(arm: Arm, found: Gathered) -> Document:
    runs = found.evidence.arms[arm.name]
    return {
        "name": arm.name,
        "seeds": list(arm.seeds),
        "finished": [run.id for run in runs],
        "declared": len(arm.seeds),
        "looks": list(arm.looks),
        "afterwards": list(arm.afterwards),
        "steps": arm.spec.steps,
        "spec": {key: value for key, value in arm.spec.plain.items() if key != "seed"},
        "spec_sha256": content_hash({key: v for key, v in arm.spec.plain.items() if key != "seed"}),
    }


def _run(run: RunEvidence) -> Document:
    document = run.stored.document
    return {
        "seed": run.seed,
        "status": run.status,
        "steps": run.last_step,
        "versions": dict(run.versions),
        "threads": document.get("threads"),
        "device": document.get("device", ""),
        "created": document.get("created", ""),
    }


def _run_versions(runs: Iterable[RunEvidence]) -> dict[str, dict[str, int]]:
    """Count the runs by each version of each library that they were begun with."""
    counted: dict[str, dict[str, int]] = {}
    for run in runs:
        for library, version in run.versions.items():
            column = counted.setdefault(library, {})
            column[version] = column.get(version, 0) + 1
    return counted


def _declaration(declaration: Document | None) -> Document | None:
    """What a report tells of a declaration: all but the text and the hashes."""
    if declaration is None:
        return None
    told = ("declared", "before", "source_sha256", "versions", "asked", "sessions")
    return {key: declaration[key] for key in told}


def _changes(declaration: Document | None, study: Study, scale: str, arms: Sequence[Arm]) -> Changes | None:
    return None if declaration is None else changes(declaration, declared(study.claims_at(scale), arms))


def _machine() -> dict[str, str]:
    return {"machine": f"{platform.system()} {platform.machine()}"}
