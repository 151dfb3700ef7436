"""A process that loads torch once and forks a victim per order: a job that is killed, starved of disk, or left alone.

Orders come on standard input, a line of JSON each: {"job": ..., "kill_at": n, "full_at": n, "seconds": s}. The
answer is a line of JSON: how the victim ended, and how many file operations it made.
Run as `python -m tests.running.victim`.
"""

import errno
import json
import os
import signal
import sys
import time

import torch

from latebloom.errors import LatebloomError
from latebloom.running.job import Job
from latebloom.running.training import train_job
from latebloom.store import files


class Faults:
    """Stands in for the operating system's calls: counts them, and at the n-th kills itself or refuses space."""

    def __init__(self, kill_at, full_at, counter):
        self.kill_at, self.full_at, self.counter = kill_at, full_at, counter
        self.operations = self.writes = 0
        self.real = files.Calls()

    def __getattr__(self, name):
        call = getattr(self.real, name)

        def faulty(*arguments, **options):
            self.operations += 1
            os.pwrite(self.counter, self.operations.to_bytes(8, "little"), 0)
            if self.operations == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if name == "write":
                self.writes += 1
                if self.writes == self.full_at:
                    call(arguments[0], arguments[1][: len(arguments[1]) // 2])  # a disk fills in the middle
                    raise OSError(errno.ENOSPC, "No space left on device")
            return call(*arguments, **options)

        return faulty


def suffer(order, counter):
    """Be the victim; the exit code is that of the command line."""
    files.calls = Faults(order.get("kill_at"), order.get("full_at"), counter)
    torch.set_num_threads(1)
    try:
        train_job(Job.of(order["job"]), lambda _: None, lambda: False)
    except LatebloomError as error:
        return error.exit_code
    return 0


def main():
    torch.set_num_threads(1)
    counter = os.memfd_create("operations")
    for line in sys.stdin:
        order = json.loads(line)
        os.pwrite(counter, bytes(8), 0)
        child = os.fork()
        if child == 0:
            os._exit(suffer(order, counter))
        if "seconds" in order:
            time.sleep(order["seconds"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        operations = int.from_bytes(os.pread(counter, 8, 0), "little")
        code = os.waitstatus_to_exitcode(status)
        sys.stdout.write(json.dumps({"code": code, "operations": operations}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
