"""Numbers as people read them: one place, so that text, tables and pages say the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

MISSING = "–"


def whole(number: float | None) -> str:
    """Write a whole number with separators; a dash for None.

    >>> whole(1860), whole(None)
    ('1,860', '–')
    """
    return MISSING if number is None else f"{number:,.0f}"


def percent(share: float | None) -> str:
    """Write a share; only exactly all is 100%, and only exactly none is 0%.

    >>> percent(0.9), percent(1.0), percent(0.99996), percent(0.0001)
    ('90.0%', '100%', '>99.9%', '<0.1%')
    """
    if share is None or math.isnan(share):
        return MISSING
    if share in (0, 1):
        return f"{share:.0%}"
    if 0.9995 <= share < 1:
        return ">99.9%"
    return "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def round_percent(share: float) -> str:
    """Write a threshold or a bound of an interval: without decimals where it needs none.

    >>> round_percent(0.9), round_percent(0.995)
    ('90%', '99.5%')
    """
    return f"{round(100 * share, 1):g}%"


def bound(share: float) -> str:
    """Write a bound of an interval of a share: whole percents, finer where these would say all or none.

    >>> bound(0.596), bound(0.9962), bound(1.0)
    ('60%', '99.6%', '100%')
    """
    return f"{share:.0%}" if 0.005 < share < 0.995 else percent(share)


def number(value: float | None) -> str:
    """Write a measured number with four significant digits; a dash where there is none.

    >>> number(0.000123456), number(1234.5), number(None)
    ('0.0001235', '1,234', '–')
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.4g}"


def factor(ratio: float | None) -> str:
    """Write how many times: two significant digits below ten, whole above.

    >>> factor(3.24), factor(15.4), factor(1234.0)
    ('3.2', '15', '1,234')
    """
    return MISSING if ratio is None else (f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}")


def counted(count: int, noun: str) -> str:
    """Write a count and its noun.

    >>> counted(1, "run"), counted(2000, "run")
    ('1 run', '2,000 runs')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def seeds(numbers: Sequence[int | None]) -> str:
    """Write which seeds: a range where they are one, a list where it is short.

    >>> seeds([2, 0, 1]), seeds([3, 5]), seeds([7])
    ('seeds 0 to 2', 'seeds 3, 5', 'seed 7')
    """
    known = sorted({seed for seed in numbers if seed is not None})
    if not known:
        return "seeds unknown"
    if len(known) == 1:
        return f"seed {known[0]}"
    if known[-1] - known[0] == len(known) - 1 and len(known) > 2:
        return f"seeds {known[0]} to {known[-1]}"
    if len(known) > 8:
        return f"{len(known)} seeds from {known[0]} to {known[-1]}"
    return "seeds " + ", ".join(map(str, known))


def listed(items: Sequence[str], limit: int = 5) -> str:
    """Write a list, cut after `limit` items with the count of the others.

    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    rest = len(items) - limit
    return ", ".join(items[:limit]) + (f" and {rest} more" if rest > 0 else "")


def one_line(text: str, limit: int = 300) -> str:
    """Make text from a lab fit to be shown: one line, without control characters, of bounded length.

    >>> one_line("a\\x1b[2Jb\\nc")
    'a [2Jb c'
    """
    clean = "".join(letter if letter.isprintable() else " " for letter in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
