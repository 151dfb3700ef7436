"""From what people write to specs: presets, TOML files, changes to them, seeds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from latebloom import presets
from latebloom.errors import InputError, SpecError, UnknownNameError, shown
from latebloom.models import MODELS, Model
from latebloom.objectives import OBJECTIVES, Objective
from latebloom.optimizers import OPTIMIZERS, Optimizer
from latebloom.spec.grids import Grid, alternatives, grid_of, read_overrides, read_seeds, widen
from latebloom.spec.spec import MAX_STEPS, Spec
from latebloom.spec.structuring import structure
from latebloom.tasks import TASKS, Task

MAX_FILE = 1_000_000  # bytes of a TOML file
LONGEST_PATH = 300  # letters of a file's path that a message shows
MAX_DIGITS = 4300  # of a whole number, beyond which Python refuses to read it
MAX_PARTS = 100  # of a dotted key; for 100,000 tomllib takes 10 s, and four times that for twice as many
WORD = r"[^\s.,=#\[\]{}]"
LONG_KEY = re.compile(rf"(?<!{WORD})(?:{WORD}+[ \t]*\.[ \t]*){{{MAX_PARTS}}}")
LONG_NUMBER = re.compile(rf"[0-9][0-9_]{{{MAX_DIGITS},}}")
SHELVES = {Task: TASKS, Model: MODELS, Objective: OBJECTIVES, Optimizer: OPTIMIZERS}
OWN_KEYS = ("preset", "description", "source", "seeds", "looks", "grid")
SPEC_KEYS = ("task", "model", "training", "split", "objective", "optimizer", "evaluation", "snapshots")


@dataclass(frozen=True)
class Request:
    """What was asked for: the runs, the preset or file that they come from, and the looks that it asks for."""

    specs: tuple[Spec, ...]
    preset: str
    looks: tuple[str, ...] = ()


def from_plain(plain: Mapping[str, Any]) -> Spec:
    """Make a spec of plain data, as `Spec.plain` writes it.

    Raises:
        SpecError, UnknownNameError: the first thing wrong, with its full path.
    """
    return cast(Spec, structure(plain, Spec, SHELVES))


def read_request(
    source: str,
    *,
    overrides: Sequence[str] = (),
    seeds: str | int | Sequence[int] | None = None,
    steps: int | None = None,
    text: str | None = None,
) -> Request:
    """Read a preset or a TOML file, change it as asked, and widen it to one spec per run.

    Args:
        source: the name of a preset, or the path of a file that ends in ``.toml``.
        overrides: texts ``key.path=value``; several values, parted by commas, make a grid.
        seeds: how many (``8``: seeds 0 to 7) or which (``"3,5,7"``); none: what the source says.
        steps: train for so many optimizer steps instead.
        text: the TOML itself, where it does not stand in a file; `source` only names it then.

    Raises:
        InputError: an unknown preset, a file that does not parse (with its line), a wrong key or value.
    """
    document, name = _document(source, text)
    asked = _asked(overrides, steps)
    displaced = {other for key in asked for other in alternatives(key)}
    grid = {key: values for key, values in grid_of(document).items() if key not in displaced} | asked
    chosen = read_seeds(seeds if seeds is not None else document.get("seeds", 1))
    base = {key: value for key, value in document.items() if key not in OWN_KEYS}
    return Request(widen(base, grid, chosen, from_plain), name, tuple(document.get("looks", ())))


def _asked(overrides: Sequence[str], steps: int | None) -> Grid:
    asked = read_overrides(overrides)
    if steps is None:
        return asked
    if type(steps) is not int or not 1 <= steps <= MAX_STEPS:
        raise SpecError("training.steps", f"is {shown(steps)}", f"a whole number from 1 to {MAX_STEPS:,}")
    if "training.steps" in asked:
        raise SpecError("training.steps", "is given twice", "say it by --steps or by --set")
    return {**asked, "training.steps": [steps]}


def _document(source: str, text: str | None) -> tuple[dict[str, Any], str]:
    if text is not None:
        _check_length(text.encode("utf-8", "replace"), source)
        document, name = parse_toml(text, source), source
    elif source.lower().endswith(".toml"):
        path = Path(source)
        document, name = parse_toml(_read(path), _named(path)), path.stem
    elif source in presets.names():
        document, name = parse_toml(presets.text(source), source), source
    else:
        raise UnknownNameError("preset or .toml file", source, presets.names())
    _check_top(document)
    if "preset" in document:
        given = document["preset"]
        if not isinstance(given, str) or given not in presets.names():
            raise UnknownNameError("preset", given, presets.names(), "preset")
        document = _inherit(parse_toml(presets.text(given), given), document)
    return document, name


def _check_top(document: Mapping[str, Any]) -> None:
    for key in document:
        if key not in OWN_KEYS + SPEC_KEYS:
            raise UnknownNameError("key", key, OWN_KEYS + SPEC_KEYS)
    for key in ("description", "source"):
        if not isinstance(document.get(key, ""), str):
            raise SpecError(key, f"is {shown(document[key])}", "must be a text")
    looks: object = document.get("looks", [])
    if not isinstance(looks, list) or not all(isinstance(look, str) for look in cast(list[object], looks)):
        raise SpecError(
            "looks",
            f"is {shown(cast(object, looks))}",
            'must be a list of texts such as "ring_scan@final:5000"',
        )
    for key in SPEC_KEYS:
        if not isinstance(document.get(key, {}), Mapping):
            raise SpecError(key, f"is {shown(document[key])}", "must be a table")


def _read(path: Path) -> str:
    data = _bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{_named(path)} is not text in UTF-8 (at line {line}); give a TOML file") from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read {_named(path)}: {reason}; give a preset or a TOML file") from None
    _check_length(data, _named(path))
    return data


def _check_length(data: bytes, name: str) -> None:
    if len(data) > MAX_FILE:
        raise InputError(f"{name} is too large; a file of settings has at most {MAX_FILE:,} bytes")


def _named(path: Path) -> str:
    return shown(str(path), LONGEST_PATH)


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """Parse TOML; `name` says in messages where the text comes from.

    Raises:
        InputError: with the line and column where it stops making sense.
    """
    if long := LONG_KEY.search(text):
        raise InputError(f"{name} has a key of more than {MAX_PARTS} parts ({_place(text, long.start())})")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = str(error).splitlines()[0].replace("at end of document", _place(text, len(text)))
        raise InputError(f"{name} is not TOML: {problem}") from None
    except RecursionError:
        raise InputError(f"{name} is nested too deeply; no key needs that many tables or lists") from None
    except ValueError:
        long = LONG_NUMBER.search(text)
        where = _place(text, long.start()) if long else "somewhere"
        raise InputError(f"{name} has a number of more than {MAX_DIGITS:,} digits ({where})") from None


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"at line {line}, column {position - text.rfind(chr(10), 0, position)}"


def _inherit(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a file on the preset that it names; what the file sets, the preset's grid no longer varies."""
    varied = {key: values for key, values in grid_of(base).items() if not _sets(over, base, key)}
    merged = _merged({**base, "grid": {}}, {key: value for key, value in over.items() if key != "grid"})
    return {**merged, "grid": {**varied, **grid_of(over)}}


def _sets(over: Mapping[str, Any], base: Mapping[str, Any], key: str) -> bool:
    """Tell whether `over` sets this key, or one that takes its place, or names another thing in its table."""
    table = key.partition(".")[0]
    if _renames(base.get(table), over.get(table)):
        return True
    return any(_holds(over, path.split(".")) for path in (key, *alternatives(key)))


def _holds(plain: object, keys: Sequence[str]) -> bool:
    if not keys:
        return True
    if not isinstance(plain, Mapping):
        return False
    table = cast(Mapping[str, object], plain)
    return keys[0] in table and _holds(table[keys[0]], keys[1:])


def _renames(old: object, new: object) -> bool:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    before, after = cast(Mapping[str, object], old), cast(Mapping[str, object], new)
    return "name" in after and before.get("name") != after["name"]


def _merged(base: Mapping[str, Any], over: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Lay `over` on `base`, table by table; one that names another thing of its shelf replaces it whole."""
    displaced = {other for key in over for other in alternatives(path + key)}
    merged = {key: value for key, value in base.items() if path + key not in displaced}
    for key, value in over.items():
        old = merged.get(key)
        if (
            isinstance(old, Mapping)
            and isinstance(value, Mapping)
            and not _renames(cast(object, old), cast(object, value))
        ):
            both = cast(Mapping[str, Any], old), cast(Mapping[str, Any], value)
            merged[key] = _merged(*both, f"{path}{key}.")
        else:
            merged[key] = value
    return merged
