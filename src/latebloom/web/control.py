"""What the page may change, where the server was started with --control: start, stop, resume, delete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict

from latebloom import presets
from latebloom.errors import InputError, LockedError, UnknownNameError, shown
from latebloom.spec import read_request
from latebloom.spec.grids import override
from latebloom.store import Lab, is_locked, remove_run
from latebloom.web.asking import known_run
from latebloom.web.context import Context
from latebloom.web.places import Place

SEEDS = re.compile(r"[0-9][0-9,]{0,199}")
MOST_SET = 64
MOST_LOOKS = 32
MOST_STARTED = 1024
LONGEST_KEY = 200
LONGEST_VALUE = 10_000
SOURCE = "the page's TOML"


class Start(TypedDict, total=False):
    """What to train: a preset or a TOML document, and what is changed in it. Values are set by key path."""

    preset: str
    toml: str
    set: dict[str, Any]
    seeds: str
    look: list[str]
    again: bool


class OneRun(TypedDict):
    """Which run."""

    run: str


class Deletion(TypedDict):
    """Which run, and its id once more."""

    run: str
    confirm: str


KEYS: Mapping[str, frozenset[str]] = {
    "start": frozenset(Start.__annotations__),
    "stop": frozenset(OneRun.__annotations__),
    "resume": frozenset(OneRun.__annotations__),
    "delete": frozenset(Deletion.__annotations__),
}


def start(context: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """Train a preset or a TOML document, with changed settings, as `latebloom run` would."""
    _check_keys("start", body)
    text, preset = _text(body, "toml"), _text(body, "preset")
    if (text is None) == (preset is None):
        raise InputError("give either a preset or a toml, and not both")
    if preset is not None and preset not in presets.names():
        raise UnknownNameError("preset", preset, presets.names())
    changes, seeds, looks = _changes(body.get("set", {})), _seeds(body), _looks(body.get("look", []))
    request = read_request(preset or SOURCE, overrides=changes, seeds=seeds, text=text)
    if len(request.specs) > MOST_STARTED:
        raise InputError(
            f"this asks for {len(request.specs):,} runs; the page starts at most {MOST_STARTED:,} at once"
        )
    words = [
        "run",
        preset or "{file}",
        *(f"--set={change}" for change in changes),
        *([f"--seeds={seeds}"] if seeds else []),
        *(f"--look={look}" for look in looks),
        *(["--again"] if _flag(body, "again") else []),
        f"--lab={context.lab.path}",
    ]
    context.lab.writable()
    runs = [spec.id for spec in request.specs]
    _refuse_running(context.lab, runs)
    context.jobs.start("start", words, runs, text)
    return {"ok": True, "runs": runs}


def stop(context: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """Let the command that trains a run save and stop."""
    _check_keys("stop", body)
    return {"ok": True, "runs": list(context.jobs.stop(_run(context.lab, body)).runs)}


def resume(context: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """Go on with an interrupted run, as `latebloom resume` would."""
    _check_keys("resume", body)
    run = _run(context.lab, body)
    _refuse_running(context.lab, [run])
    (found,) = context.reader.read([run])
    if found.status != "interrupted" or found.watched:
        what = "was only watched" if found.watched else f"is {found.status}"
        raise InputError(f"run {run} {what}; only an interrupted run can be resumed")
    context.jobs.start("resume", ["resume", run, f"--lab={context.lab.path}"], [run])
    return {"ok": True, "runs": [run]}


def delete(context: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """Delete a run for good; its id, given once more, confirms it."""
    _check_keys("delete", body)
    run = _run(context.lab, body)
    if body.get("confirm") != run:
        raise InputError(
            f"confirm is {shown(body.get('confirm'))}; give the run's id, {run}, to delete it for good"
        )
    remove_run(context.lab, run)
    return {"ok": True, "runs": [run]}


def _check_keys(deed: str, body: Mapping[str, Any]) -> None:
    for key in body:
        if key not in KEYS[deed]:
            raise UnknownNameError("key", key, sorted(KEYS[deed]))


def _text(body: Mapping[str, Any], name: str) -> str | None:
    found = body.get(name)
    if found is not None and not isinstance(found, str):
        raise InputError(f"{name} is {shown(found)}; must be a text")
    return found


def _run(lab: Lab, body: Mapping[str, Any]) -> str:
    given = _text(body, "run")
    if given is None:
        raise InputError("run is missing; give the id of a run")
    return known_run(lab, given)


def _seeds(body: Mapping[str, Any]) -> str | None:
    given = _text(body, "seeds")
    if given and not SEEDS.fullmatch(given):
        raise InputError(f"seeds is {shown(given)}; give how many (8: seeds 0 to 7) or which (3,5,7)")
    return given or None


def _looks(given: object) -> list[str]:
    texts = [look for look in given if isinstance(look, str)] if isinstance(given, list) else []
    if not isinstance(given, list) or len(texts) < len(given) or len(texts) > MOST_LOOKS:
        raise InputError(f"look is {shown(given)}; give a list of texts such as ring_scan@final:5000")
    if any(len(look) > LONGEST_KEY for look in texts):
        raise InputError(f"a look is longer than {LONGEST_KEY} letters")
    return texts


def _changes(given: object) -> list[str]:
    """Write changed settings as `--set` takes them."""
    if not isinstance(given, dict) or len(given) > MOST_SET:
        raise InputError(f"set is {shown(given)}; give an object of values by key path, at most {MOST_SET}")
    changes = [override(str(key), value) for key, value in given.items()]
    for key, change in zip(given, changes, strict=True):
        if not key.isprintable() or "=" in key or len(key) > LONGEST_KEY or len(change) > LONGEST_VALUE:
            raise InputError(f"set has the key {shown(key)}, or a value of it, that no setting has")
    return changes


def _flag(body: Mapping[str, Any], name: str) -> bool:
    given = body.get(name, False)
    if not isinstance(given, bool):
        raise InputError(f"{name} is {shown(given)}; must be true or false")
    return given


def _refuse_running(lab: Lab, runs: list[str]) -> None:
    running = [run for run in runs if is_locked(lab.folder(run))]
    if running:
        raise LockedError(f"run {running[0]} is being trained already")


PLACES = (
    Place(
        "/api/control/start", "change", start, "Train a preset or TOML, with changed settings.", gives=Start
    ),
    Place(
        "/api/control/stop", "change", stop, "Let the command that trains a run save and stop.", gives=OneRun
    ),
    Place("/api/control/resume", "change", resume, "Go on with an interrupted run.", gives=OneRun),
    Place("/api/control/delete", "change", delete, "Delete a run for good.", gives=Deletion),
)
