"""The shapes of plain data as JSON Schema, read off the types that the views are written with."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

PLAIN: Mapping[Any, Mapping[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}


def schema(shape: Any) -> dict[str, Any]:
    """Write a type as JSON Schema: TypedDicts, lists, dictionaries, unions, literals, and what JSON has."""
    if shape in PLAIN:
        return dict(PLAIN[shape])
    if is_typeddict(shape):
        return _object(shape)
    origin, parts = get_origin(shape), get_args(shape)
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema(part) for part in parts]}
    if origin is Literal:
        return {"enum": list(parts)}
    if origin is list:
        return {"type": "array", "items": schema(parts[0])}
    if origin is tuple:
        return {"type": "array", "minItems": len(parts), "maxItems": len(parts)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(parts[1])}
    raise TypeError(f"{shape} is no shape of plain data")


def _object(shape: Any) -> dict[str, Any]:
    hints = get_type_hints(shape)
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(shape) or "").split("\n\n")[0].split()),
        "properties": {name: schema(hint) for name, hint in hints.items()},
        "required": sorted(shape.__required_keys__),
    }
