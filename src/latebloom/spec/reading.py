"""From what people write to specs: presets, TOML files, overrides, lists that make a grid, seeds."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from latebloom import presets
from latebloom.errors import InputError, SpecError, UnknownNameError, shown
from latebloom.models import MODELS, Model
from latebloom.objectives import OBJECTIVES, Objective
from latebloom.optimizers import OPTIMIZERS, Optimizer
from latebloom.spec.spec import MAX_SEED, Spec
from latebloom.spec.structuring import structure
from latebloom.tasks import TASKS, Task

MAX_RUNS = 10_000
MAX_FILE = 1_000_000  # bytes of a TOML file
SHELVES = {Task: TASKS, Model: MODELS, Objective: OBJECTIVES, Optimizer: OPTIMIZERS}
OWN_KEYS = ("preset", "description", "source", "seeds", "grid")
SPEC_KEYS = ("task", "model", "training", "split", "objective", "optimizer", "evaluation", "snapshots")


@dataclass(frozen=True)
class Request:
    """What was asked for: the runs, and the preset or file that they come from."""

    specs: tuple[Spec, ...]
    preset: str


def from_plain(plain: Mapping[str, Any]) -> Spec:
    """Make a spec of plain data, as `Spec.plain` writes it.

    Raises:
        SpecError, UnknownNameError: the first thing wrong, with its full path.
    """
    return cast(Spec, structure(plain, Spec, SHELVES))


def read_request(
    source: str, *, overrides: Sequence[str] = (), seeds: str | int | Sequence[int] | None = None, steps: int | None = None
) -> Request:
    """Read a preset or a TOML file, change it as asked, and widen it to one spec per run.

    Args:
        source: the name of a preset, or the path of a file that ends in ``.toml``.
        overrides: texts ``key.path=value``; several values, parted by commas, make a grid.
        seeds: how many (``8``: seeds 0 to 7) or which (``"3,5,7"``); none: what the source says.
        steps: train for so many optimizer steps instead.

    Raises:
        InputError: an unknown preset, a file that does not parse (with line and column), a wrong key or value.
    """
    document, name = _document(source)
    base, grid = dict(document), dict(_grid_of(document))
    chosen = _seeds(seeds if seeds is not None else document.get("seeds", 1))
    for key in OWN_KEYS:
        base.pop(key, None)
    for text in overrides:
        key, values = _override(text)
        grid[key] = values
    if steps is not None:
        grid["training.steps"], grid["training.epochs"] = [steps], [0]
    specs = _widen(base, grid, chosen)
    return Request(specs, name)


def _document(source: str) -> tuple[dict[str, Any], str]:
    if source.endswith(".toml"):
        path = Path(source)
        document, name = parse_toml(_read(path), source), path.stem
    elif source in presets.names():
        document, name = parse_toml(presets.text(source), source), source
    else:
        raise UnknownNameError("preset", source, presets.names())
    for key in document:
        if key not in OWN_KEYS + SPEC_KEYS:
            raise UnknownNameError("key", key, OWN_KEYS + SPEC_KEYS)
    if "preset" in document:
        given = document["preset"]
        if not isinstance(given, str) or given not in presets.names():
            raise UnknownNameError("preset", given, presets.names(), "preset")
        document = _merged(parse_toml(presets.text(given), given), document)
    return document, name


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"{path} has {path.stat().st_size:,} bytes; a file of settings has at most {MAX_FILE:,}")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text in UTF-8; give a TOML file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read {shown(str(path))}: {reason}; give a preset or a TOML file") from None


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        InputError: with the line and column where it stops making sense.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is not TOML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise InputError(f"{name} is nested too deeply; no key needs that many tables or lists") from None
    except ValueError as error:  # a number with more digits than Python converts
        raise InputError(f"{name} holds a value that cannot be read: {error}") from None


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `over` on `base`, table by table; a table that names another thing of its shelf replaces it whole."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        same = isinstance(value, Mapping) and isinstance(old, Mapping)
        renamed = same and value.get("name", old.get("name")) != old.get("name")
        schedule = key in ("evaluation", "snapshots")
        merged[key] = _merged(old, value) if same and not renamed and not schedule else value
    return merged


def _grid_of(document: Mapping[str, Any]) -> dict[str, list[Any]]:
    grid = document.get("grid", {})
    if not isinstance(grid, Mapping):
        raise SpecError("grid", f"is {shown(grid)}", 'must be a table such as {"optimizer.weight_decay" = [0.5, 1.0]}')
    for key, values in cast(Mapping[str, Any], grid).items():
        if not isinstance(values, list) or not values:
            raise SpecError(f"grid.{key}", f"is {shown(values)}", "must be a list of the values to try, under a quoted key")
    return dict(cast(Mapping[str, list[Any]], grid))


def _override(text: str) -> tuple[str, list[Any]]:
    key, equals, values = text.partition("=")
    if not equals or not key.strip() or not values.strip():
        raise InputError(f"--set {shown(text)} is not key=value; such as optimizer.weight_decay=1.0,1.5")
    return key.strip(), [_value(piece) for piece in _split_outside_brackets(values)]


def _value(text: str) -> Any:
    """Read a value as TOML would; what TOML cannot read is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError, KeyError):
        return text.strip()


def _split_outside_brackets(text: str) -> list[str]:
    pieces, depth = [""], 0
    for letter in text:
        depth += (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


def _seeds(given: object) -> list[int]:
    """Read ``8`` (seeds 0 to 7), ``"3,5,7"`` or ``[3, 5, 7]``."""
    right = "give how many (8: seeds 0 to 7) or which (3,5,7)"
    if isinstance(given, str):
        pieces = given.split(",")
        if not all(piece.strip().isascii() and piece.strip().isdigit() and len(piece) < 25 for piece in pieces):
            raise SpecError("seeds", f"is {shown(given)}", right)
        given = [int(piece) for piece in pieces] if len(pieces) > 1 else int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        if not 1 <= given <= MAX_RUNS:
            raise SpecError("seeds", f"is {shown(given)}", f"from 1 to {MAX_RUNS:,} runs; {right}")
        return list(range(given))
    if not isinstance(given, list | tuple) or not given:
        raise SpecError("seeds", f"is {shown(given)}", right)
    seeds = cast(list[Any], list(cast(Sequence[Any], given)))
    if any(type(seed) is not int or not 0 <= seed <= MAX_SEED for seed in seeds):
        raise SpecError("seeds", f"is {shown(given)}", "each a whole number from 0 to 2^63 - 1")
    if len(set(seeds)) != len(seeds):
        raise SpecError("seeds", f"is {shown(given)}", "each seed once: equal seeds are equal runs")
    return seeds


def _widen(base: Mapping[str, Any], grid: Mapping[str, list[Any]], seeds: Sequence[int]) -> tuple[Spec, ...]:
    count = len(seeds)
    for key, values in grid.items():
        count *= len(values)
        if count > MAX_RUNS:
            raise SpecError(key, f"makes this {count:,} runs", f"at most {MAX_RUNS:,} in one command")
    specs: list[Spec] = []
    for values in itertools.product(*grid.values()):
        plain = dict(base)
        for key, value in zip(grid, values, strict=True):
            plain = _placed(plain, key.split("."), value, key)
        template = from_plain({**plain, "seed": 0})
        specs.extend(replace(template, seed=seed) for seed in seeds)
    return tuple(specs)



def _placed(plain: Mapping[str, Any], keys: Sequence[str], value: Any, path: str) -> dict[str, Any]:
    """Copy nested tables with one value placed at the path; a new name on a shelf drops the old one's keys."""
    first, rest = keys[0], keys[1:]
    if not rest:
        if first == "seed":
            raise SpecError("seed", "is set as a key", "say --seeds 3,5,7 instead")
        renames = first == "name" and value != plain.get("name")
        return {"name": value} if renames else {**plain, first: value}
    inner = plain.get(first, {})
    if not isinstance(inner, Mapping):
        raise SpecError(path, f"goes through {first!r}, which is {shown(inner)}", "name a key of a table")
    if first in ("evaluation", "snapshots"):
        inner = {}
    return {**plain, first: _placed(cast(Mapping[str, Any], inner), rest, value, path)}
