"""Every error that latebloom raises on purpose.

LatebloomError                 exit code 1
├── InputError                 2   what was given cannot be used
│   ├── SpecError                  a key of a spec: its path, what was given, what would be right
│   ├── UnknownNameError           a name that is on no shelf, with the nearest known ones
│   ├── ShapeError                 arrays that a measure or a model cannot take
│   ├── LabError                   not a lab, a newer lab, a lab that cannot be written
│   ├── MissingExtraError          an optional package is not installed
│   ├── MeasureContractError       a measure that breaks what every measure promises
│   ├── StudyError                 a study that is not what a study must be: which claim, what would be right
│   ├── MissingLookError           a claim whose numbers were not recorded, so that it cannot be judged
│   └── NotApplicableError         what a run does not allow to be shown: why, and the command that helps
├── DamagedError               4   stored bytes are not what was written
├── ResourceError              5   out of disk or memory
├── LockedError                75  another process is writing there
└── InterruptionError          130 / 143  a signal asked to stop; what was done is saved
"""

from __future__ import annotations

from collections.abc import Iterable

ALIKE = 0.5  # from this likeness on a known name is offered for an unknown one
LONGEST_NAME = 80  # letters of a given name that are compared
LONGEST_PATH = 120
MOST_KNOWN = 8  # names that a message about a missing number lists


class LatebloomError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line returns."""

    exit_code: int = 1


class InputError(LatebloomError):
    """Something given from outside cannot be used."""

    exit_code = 2


class SpecError(InputError):
    """A key of a spec has a value that it cannot have.

    Args:
        path: the key's full path, such as ``optimizer.weight_decay``.
        problem: what was given, in words.
        right: what would be right, in words.
    """

    def __init__(self, path: str, problem: str, right: str = "") -> None:
        self.path, self.problem, self.right = path, problem, right
        super().__init__(f"{_printable(path)}: {problem}" + (f"; {right}" if right else ""))


class UnknownNameError(InputError):
    """A name that nothing here has; the message lists the known ones, the nearest first.

    Args:
        kind: what the name should have named, such as ``task``.
        given: what was given instead; need not be a text.
        known: the names that there are.
        path: the key's full path, where the name stands in a spec.
    """

    def __init__(self, kind: str, given: object, known: Iterable[str], path: str = "") -> None:
        text = given if isinstance(given, str) else shown(given)
        self.kind, self.given, self.known = kind, given, nearest(text, known)
        alike = [name for name in self.known[:1] if likeness(text, name) >= ALIKE]
        hint = f"did you mean {alike[0]!r}? " if alike else ""
        where = f"{_printable(path)}: " if path else ""
        super().__init__(f"{where}no {kind} {shown(given)}; {hint}known: {', '.join(self.known)}")


class ShapeError(InputError):
    """Arrays of a shape or content that cannot be measured."""


class LabError(InputError):
    """A directory cannot serve as the lab."""


class MissingExtraError(InputError):
    """A feature needs a package that is not installed."""

    def __init__(self, feature: str, package: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs the package {package!r}, which is not installed; "
            f'install it with: pip install -c constraints.txt -e ".[{extra}]"'
        )


class MeasureContractError(InputError):
    """A measure breaks what every measure promises.

    Args:
        measure: its name.
        broken: a line for each promise that is broken: what was given, what came back.
    """

    def __init__(self, measure: str, broken: Iterable[str]) -> None:
        self.measure, self.broken = measure, tuple(broken)
        super().__init__("\n  ".join([f"{measure} breaks what every measure promises:", *self.broken]))


class StudyError(InputError):
    """A study, a claim or a rule is not what it must be; says which, and what would be right."""


class MissingLookError(InputError):
    """A claim needs a number that a run does not have: it cannot be judged, which is not the same as undecided.

    Args:
        run: its id.
        name: of the number.
        step: where it was looked for; None for anywhere.
        known: the names, or the steps, that there are.
    """

    def __init__(self, run: str, name: str, step: int | None, known: Iterable[object]) -> None:
        self.run, self.name, self.step = run, name, step
        there = [str(one) for one in known] if step is not None else nearest(name, map(str, known))
        where = "" if step is None else f" at step {step:,}"
        more = f" and {len(there) - MOST_KNOWN} more" if len(there) > MOST_KNOWN else ""
        listed = ", ".join(there[:MOST_KNOWN]) + more
        super().__init__(f"run {run} has no {shown(name)}{where}; it has: {listed or 'nothing'}")


class NotApplicableError(InputError):
    """A run does not allow what is asked of it: it has no group, no snapshots, no attention.

    Args:
        message: why, and what would be right.
        command: the one command that helps; empty if none does.
    """

    def __init__(self, message: str, command: str = "") -> None:
        self.command = command
        super().__init__(message)


class DamagedError(LatebloomError):
    """Stored bytes are not those that were written."""

    exit_code = 4


class ResourceError(LatebloomError):
    """The disk or the memory is full."""

    exit_code = 5


class LockedError(LatebloomError):
    """Another process is writing to this run."""

    exit_code = 75


class InterruptionError(LatebloomError):
    """A signal asked to stop; what was done is saved. Exit code 130 (interrupt) or 143 (terminate)."""

    def __init__(self, message: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(message)


def likeness(given: str, name: str) -> float:
    """Tell how alike two names are: 0 for nothing in common, 1 for equal but for capitals.

    >>> likeness("Additoin", "addition") > 0.8
    True
    """
    from difflib import SequenceMatcher  # only a mistake needs it, and --help should not wait

    return SequenceMatcher(None, given[:LONGEST_NAME].lower(), name.lower()).ratio()


def nearest(given: str, known: Iterable[str]) -> list[str]:
    """Sort `known` by likeness to `given`, the most alike first.

    >>> nearest("adition", ["division", "addition"])
    ['addition', 'division']
    """
    return sorted(known, key=lambda name: (-likeness(given, name), name))


def shown(value: object, limit: int = 60) -> str:
    """Write a value on one short line, for use in a message.

    >>> shown("x" * 100)[-7:]
    "xxx...'"
    """
    try:
        text = repr(value).replace("\n", " ")
    except (ValueError, RecursionError):  # more digits than Python writes; lists in lists in lists
        text = f"a {type(value).__name__} too long to show"
    return text if len(text) <= limit else text[: limit - 4] + "..." + (text[0] if text[0] in "'\"" else "")


def _printable(path: str) -> str:
    """Write a path as it is, unless it would break the line or fill the screen."""
    return path if path.isprintable() and len(path) <= LONGEST_PATH else shown(path, LONGEST_PATH)
