"""Plain data to frozen dataclasses and back: strictly, and with the full path of whatever is wrong.

No casts but whole number to float, no unknown keys, no missing ones. A settings class that stands on a shelf
is chosen by its ``name``. The types are few and all ours, so walking down with the path in hand is shorter
than walking a library's groups of exceptions back up to find it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from latebloom.errors import SpecError, UnknownNameError, shown

Shelves = Mapping[type, Mapping[str, type]]

KINDS: Mapping[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
MAX_DEPTH = 8
EXACT = 2**53  # floats hold every whole number up to it


def structure(plain: object, target: Any, shelves: Shelves, path: str = "", depth: int = 0) -> Any:
    """Make a `target` of plain data.

    Args:
        plain: nested mappings, lists, texts and numbers, as TOML or JSON hold them.
        target: a dataclass, bool, int, float, str, or a Literal, optional or tuple of these.
        shelves: for each abstract settings class, the classes on its shelf by name.
        path: where `plain` stands, for messages.
        depth: how many tables `plain` lies in.

    Raises:
        SpecError: the first problem found, with its full path.
        UnknownNameError: a name that is on no shelf.
    """
    if depth > MAX_DEPTH:
        raise SpecError(path, f"lies in more than {MAX_DEPTH} tables", "no key needs that many")
    if target in shelves:
        target, plain = _choose(plain, target, shelves[target], path)
    origin = get_origin(target)
    if origin in (Union, UnionType):
        if plain is None:
            return None
        return structure(
            plain, next(kind for kind in get_args(target) if kind is not NoneType), shelves, path, depth
        )
    if origin is Literal:
        return _one_of(plain, get_args(target), path)
    if origin is tuple:
        return _entries(plain, get_args(target), shelves, path, depth)
    if dataclasses.is_dataclass(target):
        return _table(plain, cast(type, target), shelves, path, depth)
    return _leaf(plain, target, path)


def unstructure(value: Any) -> Any:
    """Write a dataclass as plain data, defaults included; a settings class gets its ``name`` first."""
    if dataclasses.is_dataclass(value):
        name: str | None = getattr(type(value), "name", None)
        fields = {field.name: unstructure(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"name": name, **fields} if name else fields
    return [unstructure(item) for item in cast(tuple[Any, ...], value)] if isinstance(value, tuple) else value


def _mapping(plain: object, path: str, keys: str) -> Mapping[str, Any]:
    if not isinstance(plain, Mapping):
        raise SpecError(path or "spec", f"is {shown(plain)}", f"must be a table with {keys}")
    return cast(Mapping[str, Any], plain)


def _choose(
    plain: object, base: type, shelf: Mapping[str, type], path: str
) -> tuple[type, Mapping[str, Any]]:
    table = _mapping(plain, path, "a name")
    name = table.get("name")
    if name is None:
        raise SpecError(path, "has no name", f"name one of {', '.join(shelf)}")
    if not isinstance(name, str) or name not in shelf:
        raise UnknownNameError(base.__name__.lower(), name, shelf, f"{path}.name")
    return shelf[name], {key: value for key, value in table.items() if key != "name"}


@lru_cache
def _hints(target: type) -> Mapping[str, Any]:
    """Evaluate a class's annotations, once: most of the time that thousands of specs would take."""
    return get_type_hints(target)


def _table(plain: object, target: type, shelves: Shelves, path: str, depth: int) -> Any:
    hints = _hints(target)
    fields = {field.name: field for field in dataclasses.fields(target) if field.init}
    table = _mapping(plain, path, f"keys out of {', '.join(fields)}")
    dot = f"{path}." if path else ""
    for key in table:
        if key not in fields:
            raise UnknownNameError("key", key, fields, f"{dot}{key}" if dot else "")
    missing = (dataclasses.MISSING, dataclasses.MISSING)
    for name, field in fields.items():
        if name not in table and (field.default, field.default_factory) == missing:
            raise SpecError(f"{dot}{name}", "is missing", f"must be {_said(hints[name])}")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if hints[key] in shelves:
            value = _named(value, fields[key])
        values[key] = structure(value, hints[key], shelves, f"{dot}{key}", depth + 1)
    try:
        return target(**values)
    except SpecError as error:
        raise SpecError(f"{dot}{error.path}", error.problem, error.right) from None


def _named(plain: object, field: dataclasses.Field[Any]) -> object:
    """Give a table without a name that of the field's default, where there is one."""
    if not isinstance(plain, Mapping) or "name" in plain or field.default_factory is dataclasses.MISSING:
        return cast(object, plain)
    return {"name": field.default_factory().name, **cast(Mapping[str, Any], plain)}


def _entries(
    plain: object, kinds: tuple[Any, ...], shelves: Shelves, path: str, depth: int
) -> tuple[Any, ...]:
    if not isinstance(plain, list | tuple):
        raise SpecError(path, f"is {shown(plain)}", "must be a list")
    entries = cast(list[Any], plain)
    kinds = (kinds[0],) * len(entries) if kinds[-1] is Ellipsis else kinds
    if len(kinds) != len(entries):
        raise SpecError(path, f"has {len(entries)} entries", f"must have {len(kinds)}")
    pairs = enumerate(zip(entries, kinds, strict=True))
    return tuple(
        structure(entry, kind, shelves, f"{path}[{index}]", depth + 1) for index, (entry, kind) in pairs
    )


def _one_of(plain: object, choices: tuple[Any, ...], path: str) -> Any:
    for choice in choices:
        if type(plain) is type(choice) and plain == choice:
            return choice
    raise UnknownNameError("choice", plain, [str(choice) for choice in choices], path)


def _leaf(plain: object, kind: type, path: str) -> Any:
    if kind is float and type(plain) is int:
        if abs(plain) > EXACT:
            raise SpecError(path, f"is {shown(plain)}", "must be a number; whole ones are at most 2^53")
        return float(plain)
    if type(plain) is not kind:
        raise SpecError(path, f"is {shown(plain)}", f"must be {KINDS[kind]}")
    if isinstance(plain, float) and not math.isfinite(plain):
        raise SpecError(path, f"is {plain}", "must be finite")
    return plain


def _said(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    return KINDS.get(kind, "a list" if get_origin(kind) is tuple else "a table")
