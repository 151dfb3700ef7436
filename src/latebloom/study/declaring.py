"""What was declared, by content: so that a claim that changed after its runs began says so."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import textwrap
from collections.abc import Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any, TypedDict

from latebloom.records import content_hash
from latebloom.study.claim import Arm, Claim


class Changes(TypedDict):
    """What differs between a declaration and what is judged now; empty lists where nothing does."""

    changed: list[str]
    added: list[str]
    removed: list[str]
    arms: list[str]


def claim_hash(claim: Claim) -> str:
    """Hash all that decides a claim: its words, its numbers, its rule, and the code of its statistic.

    Comments and layout of the code do not count; functions and constants of the same file that it uses do.
    """
    return content_hash(_content(claim, frozenset()))


def arm_hash(arm: Arm) -> str:
    """Hash what an arm's runs are, their seeds left out."""
    spec = {key: value for key, value in arm.spec.plain.items() if key != "seed"}
    return content_hash([spec, list(arm.looks), list(arm.afterwards)])


def declared(claims: Sequence[Claim], arms: Sequence[Arm]) -> dict[str, Any]:
    """Give the hashes of claims and arms, and the seeds, as plain data."""
    return {
        "claims": {claim.name: claim_hash(claim) for claim in claims},
        "arms": {arm.name: arm_hash(arm) for arm in arms},
        "seeds": {arm.name: list(arm.seeds) for arm in arms},
    }


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Changes:
    """Compare what `declared` gave before with what it gives now.

    >>> changes({"claims": {"a": "1"}}, {"claims": {"a": "2", "b": "1"}})["changed"]
    ['a']
    """
    old, new = before.get("claims", {}), now.get("claims", {})
    arms, arms_now = before.get("arms", {}), now.get("arms", {})
    seeds, seeds_now = before.get("seeds", {}), now.get("seeds", {})
    return Changes(
        changed=sorted(name for name in old.keys() & new.keys() if old[name] != new[name]),
        added=sorted(new.keys() - old.keys()),
        removed=sorted(old.keys() - new.keys()),
        arms=sorted(
            name
            for name in arms.keys() | arms_now.keys()
            if arms.get(name) != arms_now.get(name) or seeds.get(name) != seeds_now.get(name)
        ),
    )


def _content(value: object, seen: frozenset[CodeType]) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return repr(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: _content(getattr(value, field.name), seen) for field in dataclasses.fields(value)
        }
        return {"type": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): _content(inner, seen) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_content(inner, seen) for inner in value]
    if isinstance(value, functools.partial):
        parts = (value.func, value.args, value.keywords)
        return ["partial", *(_content(part, seen) for part in parts)]
    if isinstance(value, FunctionType):
        return _function(value, seen)
    return getattr(value, "__qualname__", None) or repr(value)


def _function(function: FunctionType, seen: frozenset[CodeType]) -> Any:
    """A function by its code, what it closes over, its defaults, and what it uses of its own file."""
    code = function.__code__
    if code in seen:
        return function.__qualname__
    inside = seen | {code}
    bound = inspect.getclosurevars(function)
    used = {**bound.nonlocals, **{name: v for name, v in bound.globals.items() if _own(v, function)}}
    return {
        "code": _source(function),
        "defaults": _content([function.__defaults__, function.__kwdefaults__], inside),
        "used": {name: _content(value, inside) for name, value in sorted(used.items())},
    }


def _own(value: object, function: FunctionType) -> bool:
    if isinstance(value, FunctionType):
        return value.__module__ == function.__module__
    return isinstance(value, bool | int | float | str | tuple | frozenset)


def _source(function: FunctionType) -> str:
    """Write the code without comments, layout and docstring; by its instructions where there is no text to parse."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        code = function.__code__
        return f"{code.co_code.hex()} {code.co_consts!r} {code.co_names!r}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
