"""What a request asks for: identifiers and small values, each bounded, never a path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from latebloom.errors import InputError, UnknownNameError, nearest, shown
from latebloom.store import Lab

IDENTIFIER = re.compile(r"[a-z0-9-]{1,64}")
WHOLE = re.compile(r"-?[0-9]{1,15}")
MOST_RUNS = 200
MOST_WORDS = 64
LONGEST_WORD = 200
ALIKE = 3
Word = TypeVar("Word", bound=str)


class Asking:
    """The fields of a request, each read by the type that it must have. Keys that nobody reads are ignored."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self.fields = dict(fields)

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """All fields, in one order whichever they came in."""
        return tuple(sorted(self.fields.items()))

    def text(self, name: str, default: str = "") -> str:
        """Read a short text; an empty one counts as not given.

        Raises:
            InputError: it is too long.
        """
        given = self.fields.get(name, "")
        if len(given) > LONGEST_WORD:
            raise InputError(f"{name} has {len(given):,} letters; at most {LONGEST_WORD}")
        return given or default

    def choice(self, name: str, known: Sequence[Word], default: Word) -> Word:
        """Read one of these words.

        Raises:
            UnknownNameError: it is none of them.
        """
        given = self.text(name, default)
        for word in known:
            if word == given:
                return word
        raise UnknownNameError(name, given, known)

    def words(self, name: str) -> list[str]:
        """Read words with commas between them, each once.

        Raises:
            InputError: too many.
        """
        given = [word for word in self.fields.get(name, "").split(",") if word]
        if len(given) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in given):
            raise InputError(f"{name} is too long; at most {MOST_WORDS} words of {LONGEST_WORD} letters")
        return list(dict.fromkeys(given))

    def whole(self, name: str, default: int, lowest: int, highest: int) -> int:
        """Read a whole number within these bounds.

        Raises:
            InputError: it is none, or out of them.
        """
        given = self.text(name)
        if not given:
            return default
        if not WHOLE.fullmatch(given) or not lowest <= int(given) <= highest:
            raise InputError(f"{name} is {shown(given)}; give a whole number from {lowest:,} to {highest:,}")
        return int(given)

    def step(self, name: str) -> int | None:
        """Read a step of training; None where none is given.

        Raises:
            InputError: it is no step.
        """
        return self.whole(name, 0, 0, 10**15 - 1) if self.text(name) else None

    def flag(self, name: str, default: bool) -> bool:
        """Read 0 or 1.

        Raises:
            UnknownNameError: it is neither.
        """
        return self.choice(name, ("0", "1"), "1" if default else "0") == "1"

    def run(self, lab: Lab) -> str:
        """Read the id of a run that the lab has.

        Raises:
            InputError: none is given. UnknownNameError: the lab has no such run.
        """
        given = self.text("run")
        if not given:
            raise InputError("run is missing; give the id of a run, as in run=addition-s3-1f3a9c02d4")
        return known_run(lab, given)

    def runs(self, lab: Lab) -> list[str]:
        """Read ids of runs with commas between them; none given: every run, as many as a view may show.

        Raises:
            InputError: too many. UnknownNameError: the lab has no such run.
        """
        given = [word for word in self.fields.get("runs", "").split(",") if word]
        if len(given) > MOST_RUNS:
            raise InputError(f"runs names {len(given):,} runs; at most {MOST_RUNS}")
        return [known_run(lab, run) for run in dict.fromkeys(given)]


def known_run(lab: Lab, given: str) -> str:
    """Look an identifier up among the runs that there are; nothing is made of it before.

    Raises:
        UnknownNameError: there is no such run; lists those most alike.
    """
    if IDENTIFIER.fullmatch(given) and (lab.folder(given) / "spec.json").exists():
        return given
    known = lab.run_ids()
    if given in known:
        return given
    raise UnknownNameError("run", given, nearest(given, known)[:ALIKE])
