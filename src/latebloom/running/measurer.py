"""A process that measures runs' snapshots while others train them, so that training never waits for dear looks.

Started by `latebloom.running.following`, which sends requests on standard input, a line each: `follow` says which
runs, `finish` that nothing more will be stored of them; it answers `finished` once nothing is left. Several may follow
the same runs: they take turns by the run's lock. The end of the input means that whoever started this is gone, and it
ends at once: each snapshot's numbers are stored whole or not at all, and those that are missing are measured at the
next resume.
"""

from __future__ import annotations

import json
import os
import queue
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
BUSY = 0.1  # seconds until it is asked again whether others are done with what is left
NICENESS = 10  # training goes first where cores are few
FOLLOW, FINISH, FINISHED = "follow", "finish", "finished"

Say = Callable[[Mapping[str, Any]], None]
Request = tuple[list[Keyframes], threading.Event]


def main() -> None:
    """Follow what is asked for, one request after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    requests: queue.Queue[Request] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        follow(*requests.get(), _say)
        _say({"kind": FINISHED})


def follow(keyframes: Sequence[Keyframes], finishing: threading.Event, say: Say) -> None:
    """Measure snapshots as they are stored; once `finishing` is set, what is left, and return.

    A run that cannot be measured is told and left alone; the others go on. One that another process measures is
    passed over until it is free.
    """
    going = list(keyframes)
    while going:
        ending = finishing.is_set()  # asked first: what was stored before that is found now
        left = {one: _left(one) for one in going}
        say({"kind": "left", "runs": {one.run: count for one, count in left.items()}})
        work = [one for one, count in left.items() if count]
        if not work and ending:
            return
        taken = [_measured(one, going, say) for one in work]
        if not work:
            finishing.wait(POLL)
        elif not any(taken):
            threading.Event().wait(BUSY)


def _measured(one: Keyframes, going: list[Keyframes], say: Say) -> bool:
    """Measure what is left of a run, unless another process does; tell whether anything came of it."""
    from latebloom.running.turns import Turns  # loads torch

    turns, taken = Turns(one), False
    try:
        while left := turns.take():
            taken = True
            say({"kind": "left", "runs": {one.run: left}})
        say({"kind": "left", "runs": {one.run: 0}})
    except LockedError:
        return taken
    except LatebloomError as error:
        say({"kind": "failed", "message": str(error), "exit_code": error.exit_code})
        going.remove(one)
    return True


def _left(one: Keyframes) -> int:
    """Count the snapshots of a run that are left to be measured."""
    if not one.looks:
        return len(pending(read_run(Lab(Path(one.lab)), one.run, strict=False)))
    from latebloom.running.turns import Turns  # loads torch

    return Turns(one).left()


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _listen(requests: queue.Queue[Request]) -> None:
    finishing = threading.Event()
    for line in sys.stdin:
        message = json.loads(line)
        if message["kind"] == FOLLOW:
            finishing = threading.Event()
            requests.put(([Keyframes.of(one) for one in message["keyframes"]], finishing))
        elif message["kind"] == FINISH:
            finishing.set()
    os._exit(1)


if __name__ == "__main__":
    main()
