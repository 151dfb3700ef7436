"""Specs as people tell them apart: dotted paths, what differs, TOML, the command that trains them again."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from latebloom import presets
from latebloom.errors import InputError
from latebloom.records import is_watched

Settings = Mapping[str, Any]
ABSENT = object()
BARE = re.compile(r"[A-Za-z0-9_-]+")
UNSHOWN = re.compile(r"[\x7f-\x9f\u2028\u2029]")  # control characters that JSON leaves as they are
LONE = re.compile(r"[\ud800-\udfff]")  # halves of characters, which no file in UTF-8 can hold


def flattened(spec: Settings, prefix: str = "") -> dict[str, Any]:
    """Write nested settings under dotted paths.

    >>> flattened({"task": {"name": "addition"}, "seed": 1})
    {'task.name': 'addition', 'seed': 1}
    """
    flat: dict[str, Any] = {}
    for key, value in spec.items():
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def without_seed(spec: Settings) -> dict[str, Any]:
    """Leave the run's seed out; a seed of the split stays, as it makes another experiment."""
    return {key: value for key, value in spec.items() if key != "seed"}


def differing(specs: Sequence[Settings]) -> list[str]:
    """List the paths of settings that tell specs apart, in the order in which they are written.

    A path that only some of the specs have is left out where others tell them apart already: the width of
    another model is no news beside its name.
    """
    flat = [flattened(spec) for spec in specs]
    paths = list(dict.fromkeys(path for settings in flat for path in settings))
    loose = [path for path in paths if len({_identity(s.get(path, ABSENT)) for s in flat}) > 1]
    strict = [path for path in loose if len({_identity(s[path]) for s in flat if path in s}) > 1]
    apart = {tuple(_identity(settings.get(path, ABSENT)) for path in strict) for settings in flat}
    whole = {tuple(_identity(settings.get(path, ABSENT)) for path in loose) for settings in flat}
    return strict if len(apart) == len(whole) else loose


def _identity(value: Any) -> str:
    return "" if value is ABSENT else json.dumps(value, sort_keys=True, default=str)


def label(spec: Settings, paths: Iterable[str]) -> str:
    """Say in short what a spec's settings at these paths are.

    >>> label({"optimizer": {"weight_decay": 1.5}}, ["optimizer.weight_decay"])
    'optimizer.weight_decay=1.5'
    """
    flat = flattened(spec)
    return " ".join(f"{path}={written(flat[path])}" for path in paths if path in flat)


def order(spec: Settings, paths: Iterable[str]) -> tuple[Any, ...]:
    """Make a key that sorts specs by their settings at these paths: numbers by size, before texts."""
    flat = flattened(spec)
    values = [flat.get(path) for path in paths]
    return tuple(
        (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value)) for value in values
    )


def title(spec: Settings) -> str:
    """Name what a spec trains: its task and its model.

    >>> title({"task": {"name": "addition"}, "model": {"name": "transformer"}})
    'addition, transformer'
    """
    parts = [spec[part].get("name") for part in ("task", "model") if isinstance(spec.get(part), Mapping)]
    return ", ".join(str(part) for part in parts if part) or "unknown"


def written(value: Any) -> str:
    """Write one value as TOML does.

    >>> written(True), written([1, 2]), written("a"), written({"b": 1})
    ('true', '[1, 2]', '"a"', '{b = 1}')
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key_text(key)} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return UNSHOWN.sub(
        lambda found: f"\\u{ord(found[0]):04x}", LONE.sub("\ufffd", json.dumps(value, ensure_ascii=False))
    )


def _key_text(key: str) -> str:
    return key if BARE.fullmatch(key) else written(key)


def toml(spec: Settings, seeds: Sequence[int] = ()) -> str:
    """Write settings as a TOML file that `latebloom run` reads, with these seeds instead of the run's own."""
    lines = [f"seeds = {written(sorted(seeds))}"] if seeds else []
    _write_tables(without_seed(spec), "", lines)
    return "\n".join(lines).strip() + "\n"


def _write_tables(table: Settings, path: str, lines: list[str]) -> None:
    values = {
        key: value for key, value in table.items() if not isinstance(value, Mapping) and value is not None
    }
    if path and (values or not any(isinstance(value, Mapping) for value in table.values())):
        lines += ["", f"[{path}]"]
    lines += [f"{_key_text(key)} = {written(value)}" for key, value in values.items()]
    for key, value in table.items():
        if isinstance(value, Mapping):
            _write_tables(value, f"{path}.{_key_text(key)}" if path else _key_text(key), lines)


def training_command(preset: str, spec: Settings, seeds: Sequence[int]) -> str:
    """Find the command that trains these runs again.

    It names a preset, with `--set`, where that gives the very same specs; otherwise `settings.toml`, for the
    text that `toml` writes. Empty for runs that were watched: their own loops trained them.
    """
    if is_watched(spec):
        return ""
    asked = _asked(seeds)
    changes = _changes(preset, spec) if preset in presets.names() and asked else None  # never a lab's path
    if changes is None:
        return "latebloom run settings.toml"
    return " ".join(
        [f"latebloom run {preset} --seeds {asked}", *(f"--set {shlex.quote(change)}" for change in changes)]
    )


def _asked(seeds: Sequence[int]) -> str:
    """Say which seeds as `--seeds` does: a count or a list; one seed other than 0 has no such form."""
    chosen = sorted(seeds)
    if chosen == list(range(len(chosen))):
        return str(len(chosen)) if chosen else ""
    return ",".join(map(str, chosen)) if len(chosen) > 1 else ""


def _changes(preset: str, spec: Settings) -> list[str] | None:
    """Find what must be set for the preset to give this spec, and prove it by reading it so; None if none."""
    from latebloom.spec import read_request

    wanted = flattened(without_seed(spec))
    try:
        offered = [flattened(without_seed(found.plain)) for found in read_request(preset, seeds=[0]).specs]
        paths = sorted({path for one in offered for path in wanted if one.get(path, ABSENT) != wanted[path]})
        changes = [f"{path}={written(wanted[path])}" for path in paths if wanted[path] is not None]
        found = read_request(preset, seeds=[0], overrides=changes).specs
    except InputError:
        return None
    return changes if [without_seed(one.plain) for one in found] == [without_seed(spec)] else None
