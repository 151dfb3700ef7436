"""The verb that looks densely at a stretch of a run that is trained already."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from latebloom.cli.board import duration
from latebloom.cli.printing import print_json, print_text
from latebloom.cli.training import DEFAULT_LAB
from latebloom.cli.words import Whole

QUIET = 5.0  # seconds between two lines of progress
SHOWN = ("train_accuracy", "test_accuracy")


def zoom(
    run: str,
    /,
    *,
    event: str = "grokked_first",
    at: Whole | None = None,
    every: Whole = 20,
    width: Whole = 0,
    look: list[str] | None = None,
    lab: Path = DEFAULT_LAB,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    again: bool = False,
    json: bool = False,
) -> int:
    """Replay a run around an event with dense looks, and say whether the replay is the original to the last bit.

    ```
    latebloom zoom 1f3a9c02d4 --at 30 --every 5
    latebloom zoom 1f3a9c02d4 --at 30 --every 5 --out around.csv
    ```

    Without a step it is around the first time that the run grokked, or that another event happened.

    The replay begins at the last checkpoint before the stretch, or at the beginning. It goes on to the next snapshot or
    checkpoint and is compared with each that it passes. What it saw is stored beside the run's own records, not among
    them.

    Parameters
    ----------
    run:
        Its id, or a beginning or ending of it that only one run has.
    event:
        memorised, grokked_first, grokked_stable, oscillation, collapsed or recovered; the first time that it happened.
    at:
        Around this step instead of an event.
    every:
        Steps between two looks.
    width:
        Steps before and after the event; two of the run's own evaluations if 0.
    look:
        A measure to take beside those that the run was trained with, as MEASURE@SITE.
    lab:
        The directory that holds the runs.
    out:
        A file that ends in .csv for the numbers: run, step, name, value.
    again:
        Replay although the same stretch was looked at before.
    json:
        Print as JSON.
    """
    from latebloom.running.zoom_window import window_around
    from latebloom.store import Lab, read_run
    from latebloom.store.zooms import read_zooms

    opened = Lab.open(lab)
    stored = read_run(opened, opened.resolve(run))
    window = window_around(stored, event if at is None else at, every, width)
    asked = (window.start, window.stop, window.every)
    known = [
        one for one in read_zooms(opened, stored.id) if (one["start"], one["stop"], one["every"]) == asked
    ]
    if known and not again and not look:
        found = known[-1]
        sys.stderr.write("this stretch was looked at before; --again replays it\n")
    else:
        from latebloom.running.zoom import zoom as replay

        count, lanes = len(window.steps), len(stored.document["population"])
        sys.stderr.write(
            f"{stored.id}: {count:,} looks from step {window.start:,} to {window.stop:,}; replaying {lanes} "
            f"lane{'s' if lanes > 1 else ''} as when it was trained\n"
        )
        found = replay(opened, stored.id, window, looks=look or (), report=_Progress())
    if out:
        from latebloom.report.zoom_table import write_zoom_table

        print_text(f"numbers: {write_zoom_table(found, out)}")
    if json:
        print_json(_plain(found))
    elif not out:
        print_text("\n".join(_lines(found)))
    return 0 if all(one["equal"] for one in found["agreed"]) else 4


class _Progress:
    """Says how far a replay is, every few seconds."""

    def __init__(self) -> None:
        self.began = self.said = time.monotonic()
        self.first = -1

    def __call__(self, step: int, last: int) -> None:
        now = time.monotonic()
        self.first = step if self.first < 0 else self.first
        if now - self.said < QUIET or step <= self.first:
            return
        self.said = now
        left = (now - self.began) / (step - self.first) * (last - step)
        sys.stderr.write(f"  step {step:,} of {last:,} · {duration(left)} left\n")
        sys.stderr.flush()


def _lines(found: Mapping[str, Any]) -> list[str]:
    looks = found["looks"]
    head = (
        f"{found['run']}: {_around(found)}; {len(looks)} looks from step {found['start']:,} "
        f"to {found['stop']:,}, every {found['every']:,}; replayed from step {found['replayed_from']:,}"
    )
    return [head, *_events(looks), *_agreement(found)]


def _around(found: Mapping[str, Any]) -> str:
    return f"{found['event']} at step {found['at']:,}" if found["event"] else f"around step {found['at']:,}"


def _events(looks: list[dict[str, Any]]) -> list[str]:
    return [f"  {event['name']} at step {event['step']:,}" for look in looks for event in look["events"]]


def _agreement(found: Mapping[str, Any]) -> list[str]:
    if not found["agreed"]:
        return ["  nothing of the original is stored from there on to compare with"]
    off = [one for one in found["agreed"] if not one["equal"]]
    last, count = found["agreed"][-1], len(found["agreed"])
    if not off:
        said = f"at each of {count} stored steps that it passed, the last {last['step']:,}"
        return [f"  equal to the original, to the last bit, {said}"]
    differs = (
        f"from the {off[0]['with']} at step {off[0]['step']:,} on, by {off[0]['farthest']:.3g} at most there"
    )
    reason = "another machine, thread count or version rounds otherwise"
    return [f"  NOT the original: its parameters differ {differs}; {reason}"]


def _plain(found: Mapping[str, Any]) -> dict[str, Any]:
    from latebloom.statistics import finite

    looks = [
        {**look, "values": {name: finite(value) for name, value in look["values"].items()}}
        for look in found["looks"]
    ]
    return {**found, "looks": looks}
