"""Writes plain values as TOML, right or wrong: the standard library only reads it."""

import json
import math


def written(value):
    """Write a value as it stands after an equals sign, or as a quoted key.

    >>> written({"a": [1, "x"]})
    '{"a" = [1, "x"]}'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)} = {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return repr(value)


def keys_of(plain, path=""):
    """List the paths and values of all keys that are no tables.

    >>> keys_of({"a": {"b": 1}, "c": []})
    [('a.b', 1), ('c', [])]
    """
    found = []
    for key, value in plain.items():
        inner = keys_of(value, f"{path}{key}.") if isinstance(value, dict) else [(path + key, value)]
        found += inner
    return found
