"""The tables of a report as words: the same cells on the page, in Markdown and on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latebloom.views import Group, GroupRun, GroupView, ListEntry, Reached
from latebloom.views.settings import written
from latebloom.views.wording import MISSING, bound, factor, one_line, percent, whole


@dataclass(frozen=True, slots=True)
class Words:
    """A table: its headings, its rows, and which of the columns hold words and not numbers."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: frozenset[str] = frozenset({"run", "group", "status", "to be known", "preset"})


def run_table(view: GroupView) -> Words:
    """Tell each run's course in a row, group by group."""
    several = len(view["groups"]) > 1
    headings = (
        "run", *(["group"] if several else []), "status", "steps", "train", "test",
        "memorised", "grokked", "stable", "times later", "up-time", "to be known",
    )  # fmt: skip
    ordered = sorted(
        view["runs"], key=lambda run: (run["group"] is None, run["group"] or 0, run["seed"] or 0, run["id"])
    )
    return _without(Words(headings, tuple(_run(view, run, several) for run in ordered)), {"to be known": ""})


def _without(words: Words, empty: Mapping[str, str]) -> Words:
    """Leave out those of these columns that say the same nothing in every row."""
    columns = zip(*words.rows, strict=True) if words.rows else ((),) * len(words.headings)
    kept = [
        place
        for place, (heading, cells) in enumerate(zip(words.headings, columns, strict=True))
        if heading not in empty or any(cell != empty[heading] for cell in cells)
    ]
    return Words(
        tuple(words.headings[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in words.rows),
    )


def _run(view: GroupView, run: GroupRun, several: bool) -> tuple[str, ...]:
    course, group = run["course"], run["group"]
    last = course["last_step"]
    name = [brief(view["groups"][group]) if group is not None else MISSING] if several else []
    return (
        one_line(run["id"]), *name, run["status"], whole(run["step"]),
        percent(run["values"]["train_accuracy"]), percent(run["values"]["test_accuracy"]),
        *(_step(course[milestone], last) for milestone in ("memorised", "grokked_first", "grokked_stable")),
        factor(course["ratio"]), percent(course["up_time"]), flags(run),
    )  # fmt: skip


def _step(step: int | None, last: int | None) -> str:
    if step is not None:
        return whole(step)
    return MISSING if last is None else f"not by {whole(last)}"


def flags(run: GroupRun) -> str:
    """Say what must be known beside a run's numbers; empty if nothing must."""
    course = run["course"]
    found = [
        "collapsed" if course["collapsed"] else "",
        f"fell and came back ×{course['recoveries']}" if course["recoveries"] else "",
        f"oscillated ×{course['oscillations']}" if course["oscillations"] else "",
        f"diverged by step {whole(run['step'])}" if run["status"] == "diverged" else "",
        *raised(run["events"]),
        f"damaged: {one_line(run['problem'])}" if run["problem"] else "",
    ]
    return ", ".join(flag for flag in found if flag)


def raised(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name what ended the loop of a watched run, if an error did."""
    return [one_line(event["name"], 60) for event in events if event["name"].startswith("raised ")]


def brief(group: Group) -> str:
    """Name a group by the last words of its settings' paths."""
    parts = [f"{path.rpartition('.')[2]}={written(value)}" for path, value in group["differs"].items()]
    return one_line(" ".join(parts) or group["title"], 80)


def group_table(view: GroupView) -> Words:
    """Tell each group in a row: rates with Wilson intervals, Kaplan-Meier medians with theirs."""
    headings = (
        "group", "runs", "memorised", "median step", "grokked", "95% interval", "median step ",
        "95% interval ", "stable", "times later", "up-time", "lowest", "collapsed", "diverged", "unfinished",
    )  # fmt: skip
    words = Words(headings, tuple(_group(group) for group in view["groups"]))
    if len(words.rows) == 1:
        words = Words(headings[1:], (words.rows[0][1:],))
    return _without(words, {"collapsed": "0", "diverged": "0", "unfinished": "0"})


def _group(group: Group) -> tuple[str, ...]:
    memorised, grokked = group["memorised"], group["grokked_first"]
    return (
        brief(group), whole(group["n"]),
        _of(memorised), whole(memorised["times"]["median"]),
        _of(grokked), _rate_bounds(grokked), whole(grokked["times"]["median"]), _step_bounds(grokked),
        _of(group["grokked_stable"]), factor(group["ratio"]["median"]),
        percent(group["up_time"]["median"]), percent(group["up_time"]["lowest"]),
        whole(group["collapsed"]), whole(group["diverged"]), whole(group["unfinished"]),
    )  # fmt: skip


def _of(reached: Reached) -> str:
    return f"{reached['rate']['count']:,} of {reached['rate']['of']:,}"


def _rate_bounds(reached: Reached) -> str:
    low, high = reached["rate"]["low"], reached["rate"]["high"]
    return MISSING if low is None or high is None else f"{bound(low)} to {bound(high)}"


def _step_bounds(reached: Reached) -> str:
    low, high = reached["times"]["low"], reached["times"]["high"]
    if low is None:
        return MISSING
    return f"{whole(low)} to {whole(high)}" if high is not None else f"{whole(low)} or later"


def list_table(entries: list[ListEntry]) -> Words:
    """Tell each run of a lab in a row; what must be known beside its numbers stands with its status."""
    headings = ("run", "status", "step", "train", "test", "memorised", "grokked", "stable", "preset")
    return _without(Words(headings, tuple(_listed(entry) for entry in entries)), {"preset": ""})


def _listed(entry: ListEntry) -> tuple[str, ...]:
    known = [
        entry["status"],
        "collapsed" if entry["collapsed"] else "",
        f"oscillated ×{entry['oscillations']}" if entry["oscillations"] else "",
        *raised(entry["events"]),
        one_line(entry["problem"]),
    ]
    ended = entry["status"] in ("done", "stopped", "diverged") or not entry["steps"]
    return (
        entry["id"],
        ", ".join(word for word in known if word),
        whole(entry["step"]) + ("" if ended else f" of {whole(entry['steps'])}"),
        percent(entry["train_accuracy"]),
        percent(entry["test_accuracy"]),
        *(whole(entry[name]) for name in ("memorised", "grokked_first", "grokked_stable")),
        one_line(entry["preset"], 40),
    )
