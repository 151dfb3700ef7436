"""Commands that the page starts: processes of their own, which go on when the server ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from latebloom.errors import InputError, LockedError

MOST_AT_ONCE = 16
LATEBLOOM = (sys.executable, "-m", "latebloom")
LAST_LINES = 12
LONGEST_TAIL = 8_000  # bytes of what a command said


@dataclass(eq=False)
class Job:
    """A command under way, the runs that it trains, and the file that holds what it says."""

    number: int
    deed: str
    runs: tuple[str, ...]
    process: subprocess.Popen[bytes]
    said: Path
    stopped: bool = field(default=False)


class Jobs:
    """Starts commands, and hears how they end.

    They are started by a thread that was there before the server began to give way to others, so that they do not
    give way: on Linux, niceness is a thread's own, and that of the thread that starts a process is handed on.
    `on_end` is told of each command that has ended, in a thread of its own.
    """

    def __init__(self) -> None:
        self.on_end: Callable[[dict[str, Any]], object] = _ignore
        self._jobs: dict[int, Job] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="latebloom-start")
        self._starter.submit(os.getpid).result()

    def start(self, deed: str, words: Sequence[str], runs: Sequence[str], text: str | None = None) -> Job:
        """Start `latebloom WORDS`; where there is a `text`, it becomes the file that stands for ``{file}`` in them.

        Raises:
            LockedError: too many commands are under way.
        """
        with self._lock:
            if len(self._jobs) >= MOST_AT_ONCE:
                raise LockedError(f"{len(self._jobs)} commands are under way already; stop one, or wait")
            number = next(self._numbers)
            job = self._starter.submit(self._begin, number, deed, list(words), tuple(runs), text).result()
            self._jobs[number] = job
        threading.Thread(target=self._wait, args=(job,), daemon=True).start()
        return job

    def _begin(
        self, number: int, deed: str, words: list[str], runs: tuple[str, ...], text: str | None
    ) -> Job:
        folder = Path(tempfile.mkdtemp(prefix="latebloom-job-"))
        if text is not None:
            file = folder / "page.toml"
            file.write_text(text, encoding="utf-8")
            words = [str(file) if word == "{file}" else word for word in words]
        said = folder / "said.txt"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [*LATEBLOOM, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C for the server is not for it
            )
        return Job(number, deed, runs, process, said)

    def stop(self, run: str) -> Job:
        """Ask the command that trains a run to save and stop; the runs that it trains beside it stop too.

        Raises:
            InputError: no command of this server trains it.
        """
        with self._lock:
            found = [job for job in self._jobs.values() if run in job.runs and job.process.poll() is None]
        if not found:
            raise InputError(
                f"run {run} is not trained by a command that this page started; stop it where it was started (Ctrl-C)"
            )
        job = found[-1]
        if not job.stopped:  # a second signal would not let it save
            job.stopped = True
            job.process.send_signal(signal.SIGTERM)
        return job

    def own(self) -> list[str]:
        """List the runs that commands of this server train now."""
        with self._lock:
            return sorted({run for job in self._jobs.values() for run in job.runs})

    def _wait(self, job: Job) -> None:
        code = job.process.wait()
        with self._lock:
            del self._jobs[job.number]
        fine = code == 0 or (job.stopped and code == 128 + signal.SIGTERM)
        message = "" if fine else last_lines(job.said)
        shutil.rmtree(job.said.parent, ignore_errors=True)
        self.on_end({"deed": job.deed, "runs": list(job.runs), "code": code, "message": message})

    def close(self) -> list[int]:
        """Let go of the commands, which go on; return the ids of their processes."""
        self._starter.shutdown(wait=False)
        with self._lock:
            return [job.process.pid for job in self._jobs.values()]


def _ignore(_: object) -> None:
    """Hear of a command's end while nobody listens."""


def last_lines(path: Path) -> str:
    """Read the last of what a command said."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LONGEST_TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-LAST_LINES:])
