"""The verb that measures what is there already: other people's points in a file, or runs of a lab."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from latebloom.cli.printing import print_drawn, print_json, print_text
from latebloom.cli.training import DEFAULT_LAB
from latebloom.errors import InputError, shown

QUIET_SECONDS = 2.0
"""Who waits no longer than this needs no progress; in a log, this long between two lines."""
ERASED = "\r\x1b[2K"


def measure(
    *source: str,
    points: str = "",
    labels: str = "",
    group: str = "",
    look: tuple[str, ...] = (),
    steps: str = "",
    lab: Path = DEFAULT_LAB,
    json: bool = False,
) -> int:
    """Measure points from a file, or take further looks at runs that are stored.

    ```
    latebloom measure cloud.npz
    latebloom measure cloud.npz --points hidden --labels labels --group cyclic:97
    latebloom measure cloud.npz --json
    latebloom measure addition-s3-1f3a9c02d4 --look factorisation@final
    ```

    A file holds arrays of numbers: points (sample, feature) and, if there are, a label for each sample. Every
    measure that they allow is taken and shown with its range and with what chance would give. Nothing is
    written, and nothing in the file is ever run.

    Parameters
    ----------
    source:
        A file that ends in .npz, .npy or .safetensors; or runs: ids, or beginnings or endings of ids that only
        one run has.
    points:
        The array of the file that holds the points; if none is named, the one with two axes.
    labels:
        The array of the file that holds the labels; if none is named, the row of whole numbers called labels,
        label or y, or the only one.
    group:
        What the labels stand for: cyclic:97 for 0 to 96, multiplicative:97 for the residues 1 to 96,
        symmetric:5 for the permutations of five things.
    look:
        Of runs: what to measure, such as ring_scan@final.
    steps:
        Of runs: the snapshots to measure, such as 1000,5000; all if none are named.
    lab:
        Of runs: the directory that holds them.
    json:
        Print as JSON: the names of the measures with their numbers, and not_measured with the reasons.
    """
    if not source:
        raise InputError("nothing to measure; give a file that ends in .npz, .npy or .safetensors, or a run")
    files = [word for word in source if _is_file(word)]
    if not files:
        _refuse_options("a run", {"points": points, "labels": labels, "group": group})
        from latebloom.cli.measured_runs import measure_runs

        return measure_runs(lab, source, look, steps=steps, json=json)
    if len(source) > 1:
        raise InputError(f"got {shown(' '.join(source))}; one file at a time can be measured")
    _refuse_options("a file", {"look": look, "steps": steps})
    _measure_file(Path(files[0]), points, labels, group or None, json)
    return 0


def _is_file(word: str) -> bool:
    from latebloom.clouds import SUFFIXES

    return Path(word).suffix.lower() in SUFFIXES or Path(word).is_file()


def _refuse_options(what: str, options: dict[str, Any]) -> None:
    for name, value in options.items():
        if value:
            right = "a file such as cloud.npz" if what == "a run" else "a run of a lab"
            raise InputError(f"--{name} is for {right}, not for {what}")


def _measure_file(path: Path, points: str, labels: str, group: str | None, json: bool) -> None:
    from latebloom.clouds import choose, parse_group, read_arrays

    if group is not None:
        parse_group(group)
    chosen = choose(read_arrays(path), points, labels)
    if group is not None and chosen.labels is None:
        raise InputError(f"--group {group} needs labels, but there are none: {chosen.reasons[-1]}")
    from latebloom.clouds.measuring import measure_arrays

    with Progress(sys.stderr) as progress:
        found = measure_arrays(
            chosen.points, chosen.labels, group, others=chosen.others, on_measure=progress.measure
        )
    if json:
        cloud = {"file": str(path), "points": chosen.points_name, "labels": chosen.labels_name or None}
        print_json(_plain({**found, "cloud": {**cloud, "group": group}}))
        return
    from latebloom.cli.cloud_table import cloud_table, unmeasured

    print_text("\n".join([str(path), *chosen.reasons, *([f"group: {group}"] if group else [])]))
    print_drawn(cloud_table(found))
    print_text("\n".join(unmeasured(found)))


def _plain(value: Any) -> Any:
    """Put null where a number is none that JSON has; `not_measured` says why."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Progress:
    """Says what is being measured once it takes longer than a moment; on a terminal in a line that is redrawn."""

    def __init__(self, stream: IO[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.stream, self.clock, self.live = stream, clock, stream.isatty()
        self.began = self.said = clock()

    def __enter__(self) -> Progress:
        return self

    def measure(self, name: str) -> None:
        """Say which measure is being taken."""
        now = self.clock()
        if now - (self.began if self.live else self.said) < QUIET_SECONDS:
            return
        self.said = now
        text = f"measuring {name} ({now - self.began:.0f} s)"
        self.stream.write(f"{ERASED}{text}" if self.live else f"{text}\n")
        self.stream.flush()

    def __exit__(self, *_: object) -> None:
        if self.live and self.said > self.began:
            self.stream.write(ERASED)
            self.stream.flush()
