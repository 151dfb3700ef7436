"""Where numbers come from, in words: title, versions, machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latebloom.views import GroupView
from latebloom.views.wording import MISSING, counted, listed, one_line

WATCHED = "These runs were watched: a loop of their own trained them."


def title_of(view: GroupView) -> str:
    """Name a report after what its runs train."""
    titles = sorted({group["title"] for group in view["groups"]})
    return (
        f"Grokking: {one_line(listed(titles, 3), 120)}"
        if titles
        else "Grokking: no run whose settings can be read"
    )


def environment_line(entry: Mapping[str, Any]) -> str:
    """Say on one line what runs were trained with.

    >>> trained = {"versions": {"torch": "2.13.0"}, "threads": 1, "device": "cpu", "created": "2026"}
    >>> environment_line({"runs": 2, **trained})
    '2 runs: torch 2.13.0; cpu, 1 thread; begun 2026'
    """
    versions = entry.get("versions") or {}
    libraries = ", ".join(f"{name} {version}" for name, version in versions.items()) or "versions unknown"
    threads = entry.get("threads")
    where = [
        str(entry.get("device") or "device unknown"),
        *([counted(threads, "thread")] if isinstance(threads, int) else []),
    ]
    begun = f"begun {entry.get('created') or MISSING}"
    return one_line(f"{counted(entry['runs'], 'run')}: {libraries}; {', '.join(where)}; {begun}", 500)
