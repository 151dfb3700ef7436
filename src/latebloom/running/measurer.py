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
from typing import TYPE_CHECKING, Any

from latebloom.errors import LatebloomError, LockedError
from latebloom.running.keyframes import Keyframes, pending
from latebloom.store import Lab, read_run

POLL = 1.0  # seconds between two looks for new snapshots
BUSY = 0.1  # seconds until it is asked again whether others are done with what is left
NICENESS = 10  # training goes first where cores are few
FEW = 8  # runs that are kept built, to go from one to the other
FOLLOW, FINISH, FINISHED = "follow", "finish", "finished"

if TYPE_CHECKING:
    from latebloom.running.turns import Turns

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
    going, turns = list(keyframes), dict[Keyframes, "Turns"]()
    while going:
        ending = finishing.is_set()  # asked first: what was stored before that is found now
        left = {one: _left(one) for one in going}
        say({"kind": "left", "runs": {one.run: count for one, count in left.items()}})
        work = {one: count for one, count in left.items() if count}
        if not work and ending:
            return
        if not work:
            finishing.wait(POLL)
        elif not _measure(work, turns, going, say):
            threading.Event().wait(BUSY)


def _measure(
    work: dict[Keyframes, int], turns: dict[Keyframes, Turns], going: list[Keyframes], say: Say
) -> bool:
    """Measure what is left of these runs, until nothing is or others are at the rest; tell whether anything came of it.

    Of a few runs each turn is at the one with the most left, so that they end together and no process is without work
    while another is at the last one; of many, a run is measured to its end before the next is built.
    """
    taken, others = False, set[Keyframes]()
    while free := [one for one in work if one not in others]:
        few = len(work) <= FEW
        one = max(free, key=work.__getitem__) if few else free[0]
        try:
            work[one] = _turn(one, turns)
        except LockedError:
            others.add(one)
            continue
        except LatebloomError as error:
            say({"kind": "failed", "message": str(error), "exit_code": error.exit_code})
            going.remove(one)
            work[one] = 0
        else:
            say({"kind": "left", "runs": {one.run: work[one]}})
        taken = True
        if not work[one]:
            del work[one]
            if not few or len(turns) > FEW:
                turns.pop(one, None)
        if few:
            others.clear()
    return taken


def _turn(one: Keyframes, turns: dict[Keyframes, Turns]) -> int:
    """Take a turn at a run; tell how many snapshots are left of it.

    Raises:
        LockedError: another process is at it.
        LatebloomError: it cannot be measured.
    """
    from latebloom.running.turns import Turns  # loads torch

    if one not in turns:
        turns[one] = Turns(one)
    return turns[one].take()


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
