"""The server's description of itself, as OpenAPI 3.1: made of the table of addresses, so it leaves none out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from latebloom.lens.requests import BASES, INPUTS, MOST_FREQUENCY, PARTS, PROJECTIONS
from latebloom.views.training import ORIGINS
from latebloom.web.answers import JSON
from latebloom.web.asking import LONGEST_WORD, MOST_RUNS, MOST_WORDS
from latebloom.web.container import KIND as CONTAINER
from latebloom.web.places import Place
from latebloom.web.shapes import schema

DIALECT = "3.1.0"
IDENTIFIER = "^[a-z0-9-]{1,64}$"
STEP = {"type": "integer", "minimum": 0, "maximum": 10**15 - 1}
SIGNED = {"type": "integer", "minimum": 1 - 10**15, "maximum": 10**15 - 1}
FREQUENCY = {"type": "integer", "minimum": 0, "maximum": MOST_FREQUENCY}
RUN = {"type": "string", "pattern": IDENTIFIER}
FIELDS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "run": (RUN, "The id of a run."),
    "runs": (
        {"type": "string", "pattern": "^([a-z0-9-]{1,64}(,[a-z0-9-]{1,64})*)?$"},
        f"Ids of runs with commas between them, at most {MOST_RUNS}; none: the first of the lab.",
    ),
    "names": (
        {"type": "string", "maxLength": MOST_WORDS * (LONGEST_WORD + 1)},
        f"Names of recorded numbers with commas between them, at most {MOST_WORDS}.",
    ),
    "points": (
        {"type": "integer", "minimum": 16, "maximum": 20_000},
        "Draw each curve with at most so many points.",
    ),
    "from": (
        SIGNED,
        "The first step, counted from the origin.",
    ),
    "to": (
        SIGNED,
        "The last step, counted from the origin.",
    ),
    "origin": (
        {"enum": list(ORIGINS)},
        "What steps are counted from: the start, or what happened to each run.",
    ),
    "members": ({"enum": ["0", "1"]}, "1: single runs too, however many they are."),
    "site": ({"type": "string", "maxLength": LONGEST_WORD}, "An activation of the model, such as final."),
    "step": (
        STEP,
        "A step of training; none for the last. The snapshot at it, or the last before it, is shown.",
    ),
    "inputs": (
        {"enum": list(INPUTS)},
        "Which examples: the stored probes, those held back, or the whole table.",
    ),
    "projection": ({"enum": list(PROJECTIONS)}, "How activations become three coordinates."),
    "basis": ({"enum": list(BASES)}, "In which snapshots the axes are found."),
    "k": (FREQUENCY, "The frequency of a Fourier projection's plane; 0 for the strongest."),
    "l": (FREQUENCY, "The frequency of its third axis; 0 for the strongest other."),
    "labels": (
        {"type": "string", "maxLength": LONGEST_WORD},
        "What colours the points: label, logarithm, correct, or coset:M.",
    ),
    "part": ({"enum": list(PARTS)}, "all, or step for what belongs to the one step alone."),
    "format": ({"enum": ["json", "f32"]}, "json, or f32 for a container of binary columns."),
    "x": ({"type": "string", "maxLength": LONGEST_WORD}, "The path of a setting in which runs differ."),
    "y": ({"type": "string", "maxLength": LONGEST_WORD}, "The path of another such setting."),
    "outcome": ({"type": "string", "maxLength": LONGEST_WORD}, "An event, up_time, or the name of a number."),
    "name": ({"type": "string", "maxLength": LONGEST_WORD}, "The name of a study."),
    "scale": ({"type": "string", "maxLength": LONGEST_WORD}, "A scale of the study."),
    "claim": (
        {"type": "string", "maxLength": LONGEST_WORD},
        "The name of a claim of the study; none: its first.",
    ),
    "map": (
        {"type": "string", "maxLength": LONGEST_WORD},
        "The name of a map of the study; none: its first.",
    ),
    "since": (STEP, "The number of the newest piece of news that was seen."),
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "command"],
            "properties": {name: {"type": "string"} for name in ("code", "message", "command")},
        }
    },
}
REFUSALS: Mapping[int, str] = {
    400: "A value that cannot be used; the message says what would be right.",
    403: "The token, the name of the server, or the page that asks is not the right one.",
    404: "There is no such run, study, claim or map, nothing at that address, or no lab any more.",
    405: "Another method is needed.",
    409: "The run does not allow it, is being written, or damaged; or the disk is full.",
    429: "Too many requests at once.",
    503: "It took too long.",
}
PENDING: Mapping[str, Any] = {
    "description": "It is being computed; ask again in a second.",
    "content": {JSON: {"schema": {"type": "object", "required": ["pending"], "properties": {"pending": {
        "type": "object",
        "required": ["what", "since", "done"],
        "properties": {"what": {"type": "string"}, "since": {"type": "number"}, "done": {"type": ["number", "null"]}},
    }}}}},
}  # fmt: skip
OK = {"type": "object", "required": ["ok", "runs"], "properties": {
    "ok": {"const": True}, "runs": {"type": "array", "items": RUN}}}  # fmt: skip


def described(places: Sequence[Place]) -> dict[str, Any]:
    """Describe every address under /api/."""
    return {
        "openapi": DIALECT,
        "info": {
            "title": "latebloom",
            "version": version("latebloom"),
            "description": "A lab of runs, as plain data. Numbers that are not finite are null.",
        },
        "paths": {
            place.path: {place.method.lower(): _operation(place)}
            for place in places
            if place.path.startswith("/api/")
        },
        "components": {
            "schemas": {"Error": ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": place.path.removeprefix("/api/").replace("/", "-").replace(".", "-"),
        "summary": place.summary,
        "parameters": [*_in_path(place), *(_parameter(name) for name in place.fields)],
        "responses": {
            "200": {"description": place.summary, "content": _content(place)},
            **({"202": PENDING} if place.waits else {}),
            **{str(status): _refusal(text) for status, text in REFUSALS.items()},
        },
    }
    if place.kind == "change":
        proof = {"name": "X-Latebloom", "in": "header", "required": True, "schema": {"const": "1"}}
        body = {"required": True, "content": {JSON: {"schema": schema(place.gives)}}}
        return {**found, "parameters": [proof], "requestBody": body}
    return found


def _in_path(place: Place) -> list[dict[str, Any]]:
    names = [part[1:-1].partition(":")[0] for part in place.path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _parameter(name: str) -> dict[str, Any]:
    shape, text = FIELDS[name]
    return {"name": name, "in": "query", "description": text, "schema": dict(shape)}


def _content(place: Place) -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    if place.kind == "stream":
        return {"text/event-stream": {"schema": {"type": "string"}}}
    if place.kind == "file":
        return dict.fromkeys(place.kinds, binary)
    if place.kind == "change":
        return {JSON: {"schema": OK}}
    shape = {} if place.gives is None else schema(place.gives)
    more = {CONTAINER: binary} if "format" in place.fields else {}
    return {JSON: {"schema": shape}, **more}


def _refusal(text: str) -> dict[str, Any]:
    return {"description": text, "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}
