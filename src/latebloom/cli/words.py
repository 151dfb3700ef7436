"""How single words of the command line are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from latebloom.errors import InputError, shown

if TYPE_CHECKING:
    from cyclopts import Token

    from latebloom.running.plan import Options

DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")
MOST_PROCESSES = 1024
LONGEST_NUMBER = 20  # digits; more than any that is meant
DAY = 86_400


def whole_number(kind: type, tokens: Sequence[Token]) -> int:
    """Read a whole number, and nothing that only can be rounded to one.

    Raises:
        InputError: anything else.
    """
    del kind
    word = tokens[0].value
    if not re.fullmatch(rf"[+-]?[0-9][0-9_]{{0,{LONGEST_NUMBER}}}", word):
        raise InputError(f"{tokens[0].keyword} is {shown(word)}; must be a whole number")
    return int(word.replace("_", ""))


Whole = Annotated[int, Parameter(converter=whole_number)]


def check_options(options: Options) -> None:
    """Refuse what cannot be asked for, before anything is loaded that could tell better.

    Raises:
        InputError: a number out of range, or a device that is none.
    """
    for name, value in (("workers", options.workers), ("threads", options.threads)):
        if not 0 <= value <= MOST_PROCESSES:
            right = f"give a number from 1 to {MOST_PROCESSES}, or 0 to leave it to latebloom"
            raise InputError(f"--{name} is {value}; {right}")
    if not 0 < options.checkpoint_seconds <= DAY:
        given = options.checkpoint_seconds
        raise InputError(f"--checkpoint-seconds is {given:g}; give seconds, more than 0, at most {DAY}")
    several = options.device.split(",")
    if not all(_is_device(name) and (len(several) == 1 or name != "auto") for name in several):
        right = f"say one of {', '.join(DEVICES)}, or a numbered one such as cuda:0"
        raise InputError(f"--device is {shown(options.device)}; {right}")


def _is_device(name: str) -> bool:
    kind, colon, number = name.partition(":")
    return kind in DEVICES and (not colon or re.fullmatch("[0-9]{1,3}", number) is not None)
