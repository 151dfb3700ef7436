"""Many specs from one: changed keys, lists of values that make a grid, seeds."""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from latebloom.errors import InputError, SpecError, shown
from latebloom.spec.spec import MAX_SEED, Spec
from latebloom.spec.structuring import MAX_DEPTH

MAX_RUNS = 10_000
SCHEDULE = ("every", "every_epochs", "per_decade", "steps")
ALTERNATIVES = {"training": ("steps", "epochs"), "evaluation": SCHEDULE, "snapshots": SCHEDULE}
SEEDS = "give how many (8: seeds 0 to 7) or which (3,5,7)"

Grid = dict[str, list[Any]]
"""The values to try, by key path."""


def alternatives(key: str) -> tuple[str, ...]:
    """List the key paths whose place this one takes: of each such group a spec has exactly one.

    >>> alternatives("training.steps"), alternatives("training.batch")
    (('training.epochs',), ())
    """
    table, _, name = key.partition(".")
    group = ALTERNATIVES.get(table, ())
    return tuple(f"{table}.{other}" for other in group if other != name) if name in group else ()


def grid_of(document: Mapping[str, Any]) -> Grid:
    """Read the table ``grid`` of a document.

    Raises:
        SpecError: it is no table of lists.
    """
    grid = document.get("grid", {})
    if not isinstance(grid, Mapping):
        right = 'must be a table such as {"optimizer.weight_decay" = [0.5, 1.0]}'
        raise SpecError("grid", f"is {shown(grid)}", right)
    for key, values in cast(Mapping[str, Any], grid).items():
        if not isinstance(values, list) or not values:
            right = "must be a list of the values to try, under a quoted key"
            raise SpecError(f"grid.{key}", f"is {shown(cast(object, values))}", right)
    return dict(cast(Mapping[str, list[Any]], grid))


def override(key: str, value: Any) -> str:
    """Write a change as the command line takes it; a list makes a grid, unless it is empty.

    >>> override("optimizer.weight_decay", [0.5, 1.0]), override("task.name", "addition")
    ('optimizer.weight_decay=0.5,1.0', 'task.name="addition"')
    """
    if isinstance(value, list) and value:
        return f"{key}={','.join(map(json.dumps, cast(list[Any], value)))}"
    return (
        f"{key}={json.dumps(value)}"  # what JSON writes of texts, numbers, truth values and lists is TOML too
    )


def read_overrides(texts: Sequence[str]) -> Grid:
    """Read texts ``key.path=value``; commas outside brackets and quotes part several values.

    Raises:
        InputError: not of that form, or one key twice.

    >>> read_overrides(["optimizer.weight_decay=0.5,1", 'task.operations=["addition", "division"]'])
    {'optimizer.weight_decay': [0.5, 1], 'task.operations': [['addition', 'division']]}
    """
    grid: Grid = {}
    for text in texts:
        key, equals, values = text.partition("=")
        key = key.strip()
        if not equals or not key or not values.strip():
            raise InputError(f"--set {shown(text)} is not key=value; such as optimizer.weight_decay=1.0,1.5")
        if key in grid:
            raise SpecError(key, "is set twice", "several values for one key are parted by commas")
        grid[key] = [_value(piece) for piece in _pieces(values)]
    return grid


def _value(text: str) -> Any:
    """Read a value as TOML would; what TOML cannot read is a text."""
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    return read["value"] if len(read) == 1 else text.strip()


def _pieces(text: str) -> list[str]:
    """Part a text at the commas that stand outside brackets and quotes."""
    pieces, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'" and (depth or not pieces[-1].strip()):
            quote = letter
        else:
            depth += (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0 and not quote:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


def read_seeds(given: object) -> list[int]:
    """Read ``8`` (seeds 0 to 7), ``"3,5,7"``, ``"42,"`` (seed 42 alone) or ``[3, 5, 7]``.

    Raises:
        SpecError: not of these forms, no seed, too many, a seed twice or out of range.
    """
    if isinstance(given, str):
        given = _seeds_of_text(given)
    if isinstance(given, int) and not isinstance(given, bool):
        if not 1 <= given <= MAX_RUNS:
            raise SpecError("seeds", f"is {shown(given)}", f"from 1 to {MAX_RUNS:,} runs; {SEEDS}")
        return list(range(given))
    seeds = list(cast(Sequence[Any], given)) if isinstance(given, Sequence) else []
    if not seeds:
        raise SpecError("seeds", f"is {shown(cast(object, given))}", SEEDS)
    if any(type(seed) is not int or not 0 <= seed <= MAX_SEED for seed in seeds):
        raise SpecError("seeds", f"is {shown(seeds)}", "each a whole number from 0 to 2^63 - 1")
    if len(set(seeds)) != len(seeds):
        raise SpecError("seeds", f"is {shown(seeds)}", "each seed once: equal seeds are equal runs")
    return seeds


def _seeds_of_text(text: str) -> int | list[int]:
    pieces = [piece.strip() for piece in text.split(",")]
    listed = pieces[:-1] if len(pieces) > 1 and not pieces[-1] else pieces
    if not all(piece.isascii() and piece.isdigit() and len(piece) < 25 for piece in listed):
        raise SpecError("seeds", f"is {shown(text)}", SEEDS)
    return [int(piece) for piece in listed] if len(pieces) > 1 else int(listed[0])


def widen(
    base: Mapping[str, Any],
    grid: Mapping[str, list[Any]],
    seeds: Sequence[int],
    make: Callable[[Mapping[str, Any]], Spec],
) -> tuple[Spec, ...]:
    """Make a spec for each combination of the grid's values and each seed, the seed running fastest.

    Args:
        base: plain data of a spec, without a seed.
        grid: the values to try; each takes the place of what `base` has there.
        seeds: each gives a run of every combination.
        make: makes a spec of plain data.

    Raises:
        SpecError: too many runs, a value twice, or what `make` refuses.
    """
    _check_grid(grid, len(seeds))
    # A name comes before the keys of its table: another thing of the shelf drops what the old one was given.
    order = sorted(grid, key=lambda key: (key.count("."), not key.endswith(".name")))
    base = _without(base, {other for key in grid for other in alternatives(key)})
    templates: dict[Spec, None] = {}
    for values in itertools.product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        plain = base
        for key in order:
            plain = _placed(plain, key.split("."), chosen[key], key)
        template = make({**plain, "seed": 0})
        if template in templates:
            right = "each value once: equal specs are equal runs"
            raise SpecError(", ".join(grid), f"has {shown(list(values))} twice", right)
        templates[template] = None
    return tuple(replace(template, seed=seed) for template in templates for seed in seeds)


def _check_grid(grid: Mapping[str, list[Any]], count: int) -> None:
    for key, values in {"seeds": [None], **grid}.items():
        count *= len(values)
        if count > MAX_RUNS:
            raise SpecError(key, f"makes this {count:,} runs", f"at most {MAX_RUNS:,} in one command")
        if key.count(".") >= MAX_DEPTH:
            raise SpecError(key, f"goes through more than {MAX_DEPTH} tables", "no key needs that many")
        if key in grid and key.partition(".")[0] in ("seed", "seeds"):
            raise SpecError(key, "is set as a key", "say --seeds 3,5,7, or seeds = [3, 5, 7] in a file")


def _without(plain: Mapping[str, Any], paths: set[str]) -> dict[str, Any]:
    """Copy a document without these keys of its tables."""
    return {
        table: {
            key: value
            for key, value in cast(Mapping[str, Any], inner).items()
            if f"{table}.{key}" not in paths
        }
        if isinstance(inner, Mapping)
        else inner
        for table, inner in plain.items()
    }


def _placed(plain: Mapping[str, Any], keys: Sequence[str], value: Any, path: str) -> dict[str, Any]:
    """Copy nested tables with one value placed at the path; a new name of a shelf drops the old keys."""
    first, rest = keys[0], keys[1:]
    if not rest:
        renames = first == "name" and value != plain.get("name")
        return {"name": value} if renames else {**plain, first: value}
    inner = plain.get(first, {})
    if not isinstance(inner, Mapping):
        raise SpecError(path, f"goes through {first!r}, which is {shown(inner)}", "name a key of a table")
    return {**plain, first: _placed(cast(Mapping[str, Any], inner), rest, value, path)}
