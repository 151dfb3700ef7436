"""What happened, in plain words: exact, with the runs to which it did not happen counted in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from latebloom.records import is_watched
from latebloom.statistics import Rate, Times
from latebloom.views.groups import Group, GroupRun, GroupView, Reached
from latebloom.views.wording import (
    bound,
    counted,
    factor,
    listed,
    one_line,
    percent,
    round_percent,
    seeds,
    whole,
)

NOUNS = {
    "done": "trained to the last step",
    "stopped": "ended early",
    "diverged": "diverged",
    "running": "still running",
    "interrupted": "interrupted",
    "damaged": "damaged",
}


def sentences(view: GroupView) -> list[str]:
    """Say what a comparison shows: a line or two per group, then what is to be known before believing it.

    >>> sentences({"lab": "", "criteria": {}, "differs": [], "groups": [], "runs": [], "left_out": []})
    ['No runs.']
    """
    if not view["runs"]:
        return ["No runs."]
    groups = view["groups"]
    if not groups:
        told = [f"{counted(len(view['runs']), 'run')} whose settings cannot be read."]
    elif len(view["runs"]) == 1:
        told = _one_run(view, view["runs"][0], groups[0])
    elif len(groups) == 1:
        told = _one_group(view, groups[0])
    else:
        told = _several_groups(view)
    return [one_line(line, 2000) for line in [*told, *_flags(view), *_resolution(view)]]


def _one_run(view: GroupView, run: GroupRun, group: Group) -> list[str]:
    course, last = run["course"], run["course"]["last_step"]
    if last is None:
        told = (
            "was not told train and test accuracy" if is_watched(group["spec"]) else "has no evaluation yet"
        )
        return [f"{run['id']} {told}."]
    memorised, grokked = course["memorised"], course["grokked_first"]
    parts = [
        f"memorised at step {whole(memorised)}"
        if memorised is not None
        else f"had not memorised by step {whole(last)}",
        f"grokked at step {whole(grokked)}"
        if grokked is not None
        else f"had not grokked by step {whole(last)}",
    ]
    joint = "but" if (memorised is None) != (grokked is None) else "and"
    times = f": {factor(course['ratio'])} times as many steps" if course["ratio"] is not None else ""
    lines = [f"{run['id']} ({group['title']}) {parts[0]} {joint} {parts[1]}{times}."]
    if grokked is not None:
        lines.append(_stable_run(view, course) + " " + _up_time_run(view, course))
    return lines


def _stable_run(view: GroupView, course: dict[str, Any]) -> str:
    kept = _kept(view)
    if course["grokked_stable"] is None:
        return f"It has not grokked stably ({kept})."
    return f"It grokked stably ({kept}) from step {whole(course['grokked_stable'])}."


def _up_time_run(view: GroupView, course: dict[str, Any]) -> str:
    high = round_percent(view["criteria"]["high"])
    up = percent(course["up_time"])
    return f"Since it first grokked, test accuracy was at least {high} in {up} of evaluations."


def _one_group(view: GroupView, group: Group) -> list[str]:
    which = f"{counted(group['n'], 'run')} of {group['title']}, {seeds(group['seeds'])}"
    lines = [f"{which}: {_statuses(group)}."]
    if not group["evaluated"]:
        return [*lines, "None has an evaluation yet."]
    criteria = view["criteria"]
    lines.append(f"{_of(group['memorised']['rate'])} memorised{_median_step(group['memorised'])}.")
    first = round_percent(criteria["grokked"])
    grokked = group["grokked_first"]
    lines.append(
        f"{_of(grokked['rate'])} grokked (test accuracy {first} for the first time)"
        f"{_median_step(grokked, _bounds(grokked))}"
        f"{_times_later(group['ratio'])}. {_interval(grokked['rate'])}"
    )
    stable = group["grokked_stable"]
    lines.append(
        f"{_of(stable['rate'])} grokked stably ({_kept(view)}){_median_step(stable)}.{_up_time(view, group)}"
    )
    return lines


def _several_groups(view: GroupView) -> list[str]:
    groups = view["groups"]
    titles = listed(sorted({group["title"] for group in groups}), 3)
    by = f" by {listed(view['differs'], 3)}" if view["differs"] else ""
    lines = [f"{counted(len(view['runs']), 'run')} of {titles}, in {counted(len(groups), 'group')}{by}."]
    for group in groups:
        if not group["evaluated"]:
            lines.append(f"{group['label']}: {counted(group['n'], 'run')}, no evaluation yet.")
            continue
        memorised, grokked = group["memorised"], group["grokked_first"]
        lines.append(
            f"{group['label']}: {_of(memorised['rate'])} memorised{_median_step(memorised)}; "
            f"{_of(grokked['rate'])} grokked{_median_step(grokked, _bounds(grokked))}"
            f"{_times_later(group['ratio'])}; "
            f"{_of(group['grokked_stable']['rate'])} stably."
        )
    return lines


def _statuses(group: Group) -> str:
    if list(group["statuses"]) == ["done"]:
        return f"{'all ' if group['n'] > 1 else ''}trained to the last step, {whole(group['steps'])}"
    return ", ".join(f"{count:,} {NOUNS[status]}" for status, count in group["statuses"].items())


def _of(rate: Rate) -> str:
    return f"{rate['count']:,} of {rate['of']:,}"


def _median_step(reached: Reached, bounds: str = "") -> str:
    """Say by when it had happened to half of all runs, those that it never happened to counted in."""
    times, count = reached["times"], reached["rate"]["count"]
    if times["median"] is None:
        return ", too few for a median" if count else ""
    return f", at a median step of {whole(times['median'])}{bounds}"


def _bounds(reached: Reached) -> str:
    low, high = reached["times"]["low"], reached["times"]["high"]
    if low is None and high is None:
        return ""
    if high is None:
        return f" (95% interval: {whole(low)} or later)"
    return f" (95% interval: {whole(low)} to {whole(high)})"


def _times_later(ratio: Times) -> str:
    return (
        f", {factor(ratio['median'])} times the steps that memorising took"
        if ratio["median"] is not None
        else ""
    )


def _interval(rate: Rate) -> str:
    low, high = rate["low"], rate["high"]
    if low is None or high is None:
        return ""
    between = f"between {bound(low)} and {bound(high)} (95% interval)"
    return f"From {whole(rate['of'])} runs, the rate of grokking lies {between}."


def _kept(view: GroupView) -> str:
    criteria = view["criteria"]
    evaluations = counted(criteria["stable_evaluations"], "evaluation")
    return f"{round_percent(criteria['stable'])} kept for {evaluations} in a row"


def _up_time(view: GroupView, group: Group) -> str:
    up = group["up_time"]
    if up["median"] is None:
        return ""
    high = round_percent(view["criteria"]["high"])
    median, lowest = percent(up["median"]), percent(up["lowest"])
    where = f"{median} of evaluations in the median run, {lowest} in the worst"
    return f" Once up, test accuracy was at least {high} in {where}."


Rule = tuple[Callable[[GroupRun], bool], str]


def _rules(view: GroupView) -> list[Rule]:
    """List what must be known of a run, and how it is said; {is} becomes is or are."""
    low, high = (round_percent(view["criteria"][name]) for name in ("low", "high"))
    collapsed = (
        f"collapsed after grokking and {{is}} flagged (test accuracy fell under {low} and has not come back "
        f"to {high}, so the last numbers are not those of a grokked network)"
    )
    back = f"fell under {low} after grokking and came back"
    diverged = "diverged (the loss was no longer finite); censored at the last evaluation"
    rules: list[Rule] = [
        (lambda run: run["course"]["collapsed"], collapsed),
        (lambda run: run["course"]["collapses"] > 0 and not run["course"]["collapsed"], back),
        (lambda run: run["status"] == "diverged", diverged),
        (lambda run: run["status"] == "damaged", "{is} damaged; counted up to the last sound record"),
    ]
    ended = "had not grokked when training ended; counted as censored there, not left out"
    return [*rules, (_ended_without_grokking, ended)] if len(view["runs"]) > 1 else rules


def _flags(view: GroupView) -> list[str]:
    """Warn of runs whose numbers are not what they seem; nothing where there are none."""
    runs = [run for run in view["runs"] if run["group"] is not None]
    found = [([run["id"] for run in runs if applies(run)], text) for applies, text in _rules(view)]
    lines = [_flag(ids, text) for ids, text in found if ids]
    unfinished = sum(group["unfinished"] for group in view["groups"])
    if unfinished:
        lines.append(f"{counted(unfinished, 'run')} not finished: these numbers will change.")
    for out in view["left_out"]:
        lines.append(f"Left out, as its settings cannot be read: {out['id']} ({out['problem']}).")
    return lines


def _flag(ids: list[str], text: str) -> str:
    verb = "is" if len(ids) == 1 else "are"
    return f"{len(ids):,} {text.replace('{is}', verb)}: {listed(ids)}."


def _ended_without_grokking(run: GroupRun) -> bool:
    ended = run["status"] in ("done", "stopped")
    return ended and run["course"]["grokked_first"] is None and run["course"]["last_step"] is not None


def _resolution(view: GroupView) -> list[str]:
    """Say how well steps are known: no better than the distance between evaluations."""
    memorised, grokked = (
        max((group[name]["known_to"] or 0 for group in view["groups"]), default=0)
        for name in ("memorised", "grokked_first")
    )
    if not memorised and not grokked:
        return []
    known = f"their steps are known to within {counted(max(memorised, grokked), 'step')}"
    if memorised and grokked and memorised != grokked:
        known = f"memorising is known to within {counted(memorised, 'step')}, grokking to within {grokked:,}"
    return [f"Events are seen only at evaluations: {known}."]
