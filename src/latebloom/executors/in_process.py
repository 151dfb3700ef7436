"""Carry out requests in this process, one after the other: for debugging, tests, and machines without processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from latebloom.errors import LatebloomError
from latebloom.executors.processes import Failure

Message = Mapping[str, Any]


def run_in_process(
    work: Callable[[Message, Callable[[Message], None], Callable[[], bool]], bool],
    requests: Sequence[Message],
    *,
    on_message: Callable[[int, Message], None],
    should_stop: Callable[[], bool],
) -> tuple[list[Failure], bool]:
    """Carry out requests by calling `work(request, report, should_stop)`, which tells whether it came to its end.

    Returns:
        What failed, and whether everything was carried out to its end.
    """
    failures: list[Failure] = []
    for index, request in enumerate(requests):
        try:
            if not work(request, lambda message, index=index: on_message(index, message), should_stop):
                return failures, False
        except LatebloomError as error:
            failures.append(Failure(index, str(error), error.exit_code))
    return failures, True
