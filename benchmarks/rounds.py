"""Rounds: contenders in turn, so that what else the machine does falls on all of them; and how results are shown."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

Answer = TypeVar("Answer")


class UnavailableError(Exception):
    """This machine lacks what a benchmark needs; the message says what."""


@dataclass(frozen=True)
class Effort:
    """How many rounds, and how many seconds a contender is timed in each."""

    rounds: int
    seconds: float


FULL, QUICK = Effort(rounds=5, seconds=6.0), Effort(rounds=2, seconds=1.0)


def effort(quick: bool) -> Effort:
    return QUICK if quick else FULL


def alternate(contenders: Mapping[str, Callable[[], Answer]], rounds: int) -> dict[str, list[Answer]]:
    """Run every contender once a round, in turned order every second round; return their answers by name."""
    answers: dict[str, list[Answer]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in reversed(contenders) if number % 2 else contenders:
            answers[name].append(contenders[name]())
    return answers


def ratio(first: Sequence[float], second: Sequence[float]) -> float:
    """Take the median of the rounds' ratios: what slows a whole round down cancels."""
    return median(a / b for a, b in zip(first, second, strict=True))


def spread(values: Sequence[float]) -> str:
    """Write a median with the least and the most, to three digits or all before the point."""
    least, middle, most = (_written(value) for value in (min(values), median(values), max(values)))
    return f"{middle} ({least} to {most})"


def _written(value: float) -> str:
    before = len(str(int(value))) if value >= 1 else 0
    return f"{value:,.{max(0, 3 - before)}f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Collection[int] = (0,)) -> None:
    """Print aligned columns: names and words to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = (
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip(), flush=True)
