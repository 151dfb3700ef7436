"""A process that measures runs' snapshots while others train them, so that training never waits for dear looks.

Started by `latebloom.running.following`. The first line on standard input says which runs; `finish` says that
nothing more will be stored; the end of the input that whoever started this is gone, and it ends at once: each
snapshot's numbers are stored whole or not at all, and those that are missing are measured at the next resume.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from latebloom.errors import LatebloomError, LockedError
from latebloom.running.keyframes import Keyframes, pending
from latebloom.store import Lab, read_run

POLL = 1.0  # seconds between two looks for new snapshots
NICENESS = 10  # training goes first where cores are few
FINISH = "finish"

Say = Callable[[Mapping[str, Any]], None]


def main() -> None:
    """Measure until told to finish and nothing is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    keyframes = [Keyframes(**one) for one in json.loads(sys.stdin.readline())]
    finishing = threading.Event()
    threading.Thread(target=_listen, args=(finishing,), daemon=True).start()
    follow(keyframes, finishing, _say)


def follow(keyframes: Sequence[Keyframes], finishing: threading.Event, say: Say) -> None:
    """Measure snapshots as they are stored; once `finishing` is set, what is left, and return.

    A run that cannot be measured is told and left alone; the others go on.
    """
    going = list(keyframes)
    while going:
        ending = finishing.is_set()  # asked first: what was stored before that is found now
        work = [(one, step) for one in going for step, _ in pending(_read(one))]
        say({"kind": "keyframe", "left": len(work)})
        for place, (one, step) in enumerate(work, 1):
            if one in going and not _measured(one, step, say):
                going.remove(one)
            say({"kind": "keyframe", "left": len(work) - place})
        if not work:
            if ending:
                return
            finishing.wait(POLL)


def _measured(one: Keyframes, step: int, say: Say) -> bool:
    """Measure one snapshot; false where the run is to be left alone."""
    from latebloom.running.measuring import measure_run  # loads torch

    try:
        measure_run(Lab(Path(one.lab)), one.run, dict(pending(_read(one))).get(step, ()), [step])
        if step in dict(pending(_read(one))):  # or this would go on for ever
            raise LatebloomError(
                f"run {one.run}: its snapshot at step {step} gave none of the numbers expected"
            )
    except LockedError:
        threading.Event().wait(POLL)  # someone else is at it; what they leave is seen next time
    except LatebloomError as error:
        say({"kind": "failed", "message": str(error), "exit_code": error.exit_code})
        return False
    return True


def _read(one: Keyframes) -> Any:
    return read_run(Lab(Path(one.lab)), one.run, strict=False)


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _listen(finishing: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip() == FINISH:
            finishing.set()
    os._exit(1)


if __name__ == "__main__":
    main()
