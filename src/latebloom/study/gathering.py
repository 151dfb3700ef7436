"""Finds the runs of a study's arms in a lab. Only runs that have ended are evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latebloom.store import Lab, StoredRun, read_run
from latebloom.study.claim import Arm
from latebloom.study.evidence import Evidence, RunEvidence

ENDED = ("done", "stopped", "diverged")


@dataclass(frozen=True)
class Gathered:
    """What a lab holds of a study.

    Attributes:
        evidence: the runs that have ended.
        unfinished: ids of those that were begun and have not ended. absent: of those that were never begun.
        damaged: what is damaged, by id.
    """

    evidence: Evidence
    unfinished: tuple[str, ...]
    absent: tuple[str, ...]
    damaged: dict[str, str]


def gather(lab: Lab, arms: Sequence[Arm]) -> Gathered:
    """Read the runs of these arms, each once."""
    known, read = set(lab.run_ids()), dict[str, StoredRun]()
    found: dict[str, list[RunEvidence]] = {arm.name: [] for arm in arms}
    unfinished, absent, damaged = list[str](), list[str](), dict[str, str]()
    for arm in arms:
        for spec in arm.specs:
            if spec.id not in known:
                absent.append(spec.id)
                continue
            run = read.setdefault(spec.id, read_run(lab, spec.id, strict=False))
            if run.status == "damaged":
                damaged[run.id] = run.problem
            elif run.status in ENDED:
                found[arm.name].append(RunEvidence(arm.name, run))
            else:
                unfinished.append(run.id)
    evidence = Evidence({name: tuple(runs) for name, runs in found.items()})
    return Gathered(evidence, tuple(dict.fromkeys(unfinished)), tuple(dict.fromkeys(absent)), damaged)
