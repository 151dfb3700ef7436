"""Processes that get ready, wait for each other, and are timed at once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

ROOT = Path(__file__).parents[1]

Ready = Callable[[], None]
"""Called by what is timed between its warm-up and the timing."""


@dataclass(frozen=True)
class Call:
    """A function to be called in a process of its own: `package.module:name`, with plain arguments.

    It takes `ready` besides, and returns plain data.
    """

    function: str
    arguments: dict[str, Any] = field(default_factory=dict)


def at_once(calls: Sequence[Call], *, keep_pages: bool = False) -> list[dict[str, Any]]:
    """Start a process for each call, let all go when the last is ready, and return their answers.

    `keep_pages`: with the allocator told to keep its pages, as the worker processes of latebloom are.
    """
    with ExitStack() as stack:
        crowd = [stack.enter_context(_start(call, keep_pages)) for call in calls]
        for one in crowd:
            stack.callback(one.kill)
        for one in crowd:
            if one.stdout.readline().strip() != "ready":
                raise RuntimeError(f"a timed process ended with code {one.wait()} before it was ready")
        for one in crowd:
            one.stdin.write("go\n")
            one.stdin.flush()
        return [json.loads(one.communicate()[0]) for one in crowd]


def _start(call: Call, keep_pages: bool) -> subprocess.Popen[str]:
    from latebloom.running.execute import KEEP_PAGES, WAIT_ASLEEP

    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.crowd", call.function, json.dumps(call.arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **({**KEEP_PAGES, **WAIT_ASLEEP} if keep_pages else {})},
    )


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    function, arguments = sys.argv[1:]
    answer = resolve_name(function)(**json.loads(arguments), ready=_ready)
    sys.stdout.write(json.dumps(answer) + "\n")
