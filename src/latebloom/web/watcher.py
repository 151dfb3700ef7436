"""One watcher for all pages: looks for what has changed in the lab, at most twice a second, while anybody listens."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from latebloom.statistics import finite
from latebloom.store import ColumnReader, Lab, RunColumns
from latebloom.web.feed import Feed

PERIOD = 0.5  # seconds between two looks at runs that are under way
FULL_PERIOD = 2.0  # seconds between two looks at all runs, for those that are gone or begun again
FULL_SHARE = 50  # so many times as long as a look at all runs takes, there is none, if that is longer


class Watcher:
    """Tells a feed what has changed.

    Args:
        reader: reads the lab.
        feed: is told.
        clock: tells seconds.
    """

    def __init__(self, reader: ColumnReader, feed: Feed, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader, self._feed, self._clock = reader, feed, clock
        self._versions: dict[str, str] = {}
        self._live: list[str] = []
        self._folder = 0
        self._due = -math.inf
        self._there = True

    async def watch(self) -> None:
        """Watch for ever: rest while nobody listens, and take no more time than half of what there is."""
        await asyncio.to_thread(self.look)
        self._feed.publish("resync", {})  # what pages read before may be older than what was found now
        while True:
            await self._feed.watched.wait()
            began = self._clock()
            found = await asyncio.to_thread(self.look)
            if found["changed"] or found["gone"]:
                self._feed.publish("runs", found)
            there, self._there = self._there, self._reader.lab.exists
            if there != self._there:  # the whole lab was removed, or put back
                self._feed.publish("resync", {})
            took = self._clock() - began
            await asyncio.sleep(max(PERIOD - took, took))

    def look(self) -> dict[str, Any]:
        """Find the runs that have changed since the last look, and those that are gone."""
        began, folder = self._clock(), _stamp(self._reader.lab)
        if began < self._due and folder == self._folder:  # a run that is new changes its folder's folder
            return {"changed": self._changed(self._reader.read(self._live)), "gone": []}
        runs = self._reader.read_all()
        ended, self._folder = self._clock(), folder
        self._due = ended + max(FULL_PERIOD, FULL_SHARE * (ended - began))
        gone = sorted(self._versions.keys() - {run.id for run in runs})
        for run in gone:
            del self._versions[run]
        self._live = [run.id for run in runs if run.status == "running"]
        return {"changed": self._changed(runs), "gone": gone}

    def _changed(self, runs: list[RunColumns]) -> list[dict[str, Any]]:
        changed = [run for run in runs if self._versions.get(run.id) != run.version]
        self._versions |= {run.id: run.version for run in changed}
        return [news_of(run) for run in changed]


def _stamp(lab: Lab) -> int:
    """Tell by a time whether runs were added or taken away."""
    try:
        return lab.runs.stat().st_mtime_ns
    except OSError:
        return 0


def news_of(run: RunColumns) -> dict[str, Any]:
    """Say how a run stands now."""
    return {
        "id": run.id,
        "step": run.step,
        "steps": run.steps,
        "status": run.status,
        "problem": run.problem,
        "values": {name: finite(value) for name, (_, value) in run.newest.items()},
        "events": [asdict(event) for event in run.events],
        "snapshots": [step for step, _ in run.snapshots],
    }
