"""How far every measure is from its oracles, in float32."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from benchmarks.oracles.catalogue import ORACLES
from benchmarks.oracles.oracle import WRONG, Oracle, answers, error_of
from benchmarks.rounds import table

Errors = Mapping[str, list[dict[str, Any]]]
"""For each measure what `errors_of` says of each of its oracles."""

LEGEND = (
    "errors in float32: the largest, absolute or relative to the largest true number of the same result; or how "
    "many answers are wrong"
)


def measure(quick: bool) -> dict[str, Any]:
    """Hold every measure to its oracles; print how far it is from each, and how far it may be."""
    del quick  # it takes no longer than that
    found = errors_of(ORACLES)
    rows = [row for name in ORACLES for row in _rows(name, found[name])]
    print(LEGEND)
    table(["", "error", "at most", "oracle"], rows, left=(0, 3))
    return {"oracles": found}


def errors_of(measures: Iterable[str]) -> Errors:
    """Say of each oracle of these measures its words, its error (None where it lacks a module) and its bounds."""
    return {name: [_held(name, oracle) for oracle in ORACLES[name]] for name in measures}


def written(one: Mapping[str, Any]) -> str:
    """Write an error with its kind, and whether it is too large; or what is lacking."""
    if one["error"] is None:
        return f"lacks {', '.join(one['lacking'])}"
    said = f"{one['error']:.0f} {WRONG}" if one["kind"] == WRONG else f"{_short(one['error'])} {one['kind']}"
    return said if one["error"] <= one["tolerance"] else f"TOO LARGE: {said}"


def _held(name: str, oracle: Oracle) -> dict[str, Any]:
    error = None if oracle.lacking else error_of(*answers(name, oracle), oracle.kind)
    return {
        "oracle": oracle.known,
        "kind": oracle.kind,
        "error": error,
        "tolerance": oracle.tolerance,
        "lacking": list(oracle.lacking),
    }


def _rows(name: str, errors: list[dict[str, Any]]) -> Iterator[list[str]]:
    for place, one in enumerate(errors):
        yield [
            "" if place else name,
            written(one),
            f"{one['tolerance']:.0e}" if one["tolerance"] else "0",
            one["oracle"],
        ]


def _short(error: float) -> str:
    return f"{error:.1e}" if error else "0"
