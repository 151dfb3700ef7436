"""What a study's report says beside its verdicts: arms, what was not run, what was declared, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from latebloom.report.tables import Words
from latebloom.report.verdicts import interval, observed, p_values, runs
from latebloom.views.wording import counted, listed, seeds

Document = Mapping[str, Any]


def facts(verdict: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say of one claim what was published, measured, decided and why; of its rival the same."""
    told = [
        ("published", f"{verdict['published']} ({verdict['where']})"),
        ("measured", f"{verdict['measured']}{_of(verdict)}"),
        ("rule", _rule(verdict)),
        ("observed", _observed(verdict)),
        ("why", verdict["why"]),
    ]
    rival = verdict.get("rival")
    if rival:
        told += [
            ("rival", rival["statement"]),
            ("its rule", f"{rival['measured']}{_of(rival)}. {_rule(rival)}"),
            ("its verdict", f"{rival['verdict']}: {_observed(rival)}; {rival['why']}"),
        ]
    return told


def _of(judged: Mapping[str, Any]) -> str:
    return f"; of {', '.join(judged['arms'])}" if judged["arms"] else ""


def _rule(judged: Mapping[str, Any]) -> str:
    collapsed = f"; collapsed runs are {judged['collapsed']}" if judged["collapsed"] else ""
    return f"{judged['rule']['kind']}: {judged['rule']['formula']}; at least {judged['rule']['least']} runs{collapsed}"


def _observed(judged: Mapping[str, Any]) -> str:
    parts = [observed(judged), f"95% interval {interval(judged)}", f"n = {runs(judged)}", p_values(judged)]
    return ", ".join(part for part in parts if part) if judged["n"] else "nothing"


def arm_table(document: Document) -> Words:
    """List the arms: seeds, how many runs have ended, steps, looks, the hash of their settings."""
    rows = tuple(
        (
            arm["name"],
            seeds(arm["seeds"]),
            f"{len(arm['finished'])} of {arm['declared']}",
            f"{arm['steps']:,}",
            ", ".join([*arm["looks"], *(f"{look} (afterwards)" for look in arm["afterwards"])]) or "–",
            arm["spec_sha256"][:12],
        )
        for arm in document["arms"]
    )
    headings = ("arm", "seeds", "ended", "steps", "looks", "settings, SHA-256")
    return Words(headings, rows, frozenset({"arm", "seeds", "looks", "settings, SHA-256"}))


def not_run(document: Document) -> list[str]:
    """List what was not run: claims whose arms have no finished run, and runs that are missing."""
    claims = [
        f"{verdict['claim']}: {verdict['why']}"
        for verdict in document["verdicts"]
        if verdict["verdict"] in ("not run", "cannot be judged")
    ]
    rivals = [
        f"{verdict['claim']}, its rival: {verdict['rival']['why']}"
        for verdict in document["verdicts"]
        if verdict.get("rival") and verdict["rival"]["verdict"] in ("not run", "cannot be judged")
    ]
    missing = [
        f"{counted(len(document[key]), 'run')} {words}: {listed(document[key], 12)}"
        for key, words in (("absent", "never begun"), ("unfinished", "begun and not ended"))
        if document[key]
    ]
    damaged = [f"damaged: {run}: {problem}" for run, problem in document["damaged"].items()]
    return [*claims, *rivals, *missing, *damaged]


def declaration(document: Document) -> list[str]:
    """Say when the study was declared, with which seeds and versions, and how long it was run."""
    found = document.get("declaration")
    if not found:
        return ["It was never declared in this lab."]
    told = [
        f"declared {found['declared']}, before its runs; text of the study then: SHA-256 {found['source_sha256']}"
    ]
    if document["study_sha256"] != found["source_sha256"]:
        told.append(f"text of the study now: SHA-256 {document['study_sha256']}")
    told += [f"seeds asked for {asked['when']}: {_seeds(asked['seeds'])}" for asked in found["asked"]]
    told += [
        f"run on {session['device']}, {session['machine']}, from {session['began']} to {session['ended'] or 'a kill'}"
        for session in found["sessions"]
    ]
    return told


def _seeds(asked: Mapping[str, Sequence[int]]) -> str:
    kinds = {seeds(list(own)) for own in asked.values()}
    return kinds.pop() if len(kinds) == 1 else f"{len(asked)} arms with {sum(map(len, asked.values()))} runs"


def provenance(document: Document) -> list[str]:
    """Say with what the runs were trained and the claims judged."""
    judged = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    trained = [f"{library} of the runs: {_counted(own)}" for library, own in document["run_versions"].items()]
    kinds = sorted({(str(run["device"]), str(run["threads"])) for run in document["runs"].values()})
    machines = [f"runs on {device} with {threads} threads" for device, threads in kinds]
    return [f"judged {document['judged']} with {judged}, on {document['machine']}", *trained, *machines]


def _counted(versions: Mapping[str, int]) -> str:
    return ", ".join(f"{version} ({counted(count, 'run')})" for version, count in versions.items())
