"""Verdicts in words: one place, so that terminal, Markdown and HTML say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from latebloom.views.wording import MISSING, counted, number, percent

Judged = Mapping[str, Any]
SHARES = ("ShareWithin", "AboveNull")
HEADINGS = ("claim", "published", "observed", "95% interval", "runs", "verdict", "rival's verdict")


def observed(judged: Judged) -> str:
    """Write what was observed, in the unit of its rule."""
    return _value(judged, judged["observed"])


def interval(judged: Judged) -> str:
    """Write the interval; a side that the runs do not bound is a dash."""
    if judged["low"] is None and judged["high"] is None:
        return MISSING
    return f"{_value(judged, judged['low'])} to {_value(judged, judged['high'])}"


def runs(judged: Judged) -> str:
    """Write how many runs were judged, how many of them are censored, and how many are still to come."""
    text = str(judged["n"]) if judged["arms"] else f"{judged['n']} numbers"
    if judged["censored"]:
        text += f", {judged['censored']} censored"
    if judged.get("finished", 0) < judged.get("declared", 0):
        text += f" ({judged['finished']} of {judged['declared']} trained)"
    return text


def verdict(judged: Judged) -> str:
    """Write the verdict; that on fewer runs than were declared is provisional."""
    word = str(judged["verdict"])
    provisional = judged.get("finished", 0) < judged.get("declared", 0) and word not in ("not run",)
    return f"{word}, so far" if provisional else word


def rival(judged: Judged) -> str:
    """Write the rival's verdict; a dash where there is no rival."""
    return str(judged["rival"]["verdict"]) if judged.get("rival") else MISSING


def row(judged: Judged) -> tuple[str, ...]:
    """Write a verdict as a row under `HEADINGS`."""
    return (
        judged["claim"], judged["published"], observed(judged), interval(judged), runs(judged), verdict(judged),
        rival(judged),
    )  # fmt: skip


def p_values(judged: Judged) -> str:
    """Write the p-value, and what it is once corrected; empty where the rule has none."""
    if judged["p"] is None:
        return ""
    return f"p = {number(judged['p'])}, corrected {number(judged['p_holm'])}"


def tally(counts: Mapping[str, int]) -> str:
    """Write how many claims have which verdict.

    >>> tally({"reproduced": 3, "refuted": 1})
    '4 claims: 3 reproduced, 1 refuted'
    """
    parts = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"{counted(sum(counts.values()), 'claim')}: {parts}" if counts else "no claims"


def cautions(document: Mapping[str, Any]) -> list[str]:
    """Say what a reader must know before the table: no evidence, claims that changed, versions mixed, runs missing."""
    said: list[str] = []
    if not document["evidence"]:
        said.append("This scale is a rehearsal: its verdicts are no evidence about the source.")
    said += _changed(document.get("changes"))
    said += _mixed(document)
    missing = len(document["absent"]) + len(document["unfinished"])
    if missing:
        said.append(
            f"{counted(missing, 'run')} of those declared have not ended; what rests on them says so."
        )
    if document["damaged"]:
        said.append(f"Damaged and left out: {', '.join(document['damaged'])}.")
    if document.get("declaration") is None and document["runs"]:
        said.append(
            "Nothing was declared before these runs: they were trained otherwise and are judged afterwards."
        )
    elif document.get("declaration") and document["declaration"]["before"]:
        before = counted(len(document["declaration"]["before"]), "run")
        said.append(f"{before} were in the lab before the study was declared.")
    return said


def _changed(changes: Mapping[str, Sequence[str]] | None) -> list[str]:
    words = {
        "changed": "Claims that changed after their runs began",
        "added": "Claims added after runs began",
        "removed": "Claims removed after runs began",
        "arms": "Arms whose settings, looks or seeds changed after runs began",
    }
    found = changes or {}
    return [f"{text}: {', '.join(found[key])}." for key, text in words.items() if found.get(key)]


def _mixed(document: Mapping[str, Any]) -> list[str]:
    said: list[str] = []
    for library, versions in document["run_versions"].items():
        if len(versions) > 1:
            parts = ", ".join(f"{version}: {counted(count, 'run')}" for version, count in versions.items())
            said.append(f"Runs of several versions of {library} are judged together ({parts}).")
    mine = document["versions"].get("latebloom")
    others = set(document["run_versions"].get("latebloom", {})) - {mine}
    if others:
        said.append(f"Judged by latebloom {mine}; trained by {', '.join(sorted(others))}.")
    return said


def _value(judged: Judged, value: float | None) -> str:
    if value is None:
        return MISSING
    if judged["rule"]["kind"] in SHARES:
        return percent(value)
    return f"{value:,.0f}" if judged["rule"]["kind"] == "TimeWithin" else number(value)
