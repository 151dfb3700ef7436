"""How far a run has come, as stretches of steps: fitting, memorised, grokking, grokked, collapsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from latebloom.records import Event

STAGES = ("fitting", "memorised", "grokking", "grokked", "collapsed")
AFTER: Mapping[str, str] = {
    "memorised": "memorised",
    "grokked_first": "grokking",
    "grokked_stable": "grokked",
    "collapsed": "collapsed",
    "recovered": "grokking",
}
"""The stage that an event begins. A network that came back counts as grokked stably only where it had before."""

Span = TypedDict("Span", {"from": int, "to": int, "stage": str})


def spans(events: Iterable[Event], first: int, last: int) -> list[Span]:
    """Part the steps from `first` to `last` by what had happened; stages that last no step are left out.

    >>> spans([Event("memorised", 20, 20), Event("grokked_first", 70, 70)], 0, 100)[1]
    {'from': 20, 'to': 70, 'stage': 'memorised'}
    """
    found: list[Span] = []
    stage, since, stable = "fitting", first, False
    for event in sorted(events, key=lambda event: event.step):
        following = AFTER.get(event.name)
        stable = stable or event.name == "grokked_stable"
        if event.name == "recovered" and stable:
            following = "grokked"
        if following is None or (event.name == "memorised" and stage != "fitting"):
            continue
        if event.step > since:
            found.append({"from": since, "to": event.step, "stage": stage})
        stage, since = following, max(event.step, first)
    if last > since or not found:
        found.append({"from": since, "to": max(last, since), "stage": stage})
    return found
