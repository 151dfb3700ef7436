"""How a watched run is described in a lab: it has no settings of ours, so it says what was watched."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

from latebloom.errors import InputError, shown
from latebloom.records import run_id
from latebloom.running.sessions import now, versions
from latebloom.watching.undisturbed import devices_of

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
LONGEST = 32  # letters of a name; seed and hash take the other 32 of an id
LARGEST = 2**63 - 1


def spec_of(model: nn.Module, name: str, seed: int, watch: Mapping[str, Any]) -> dict[str, Any]:
    """Write what is watched, in the place where a trained run has its settings.

    `kind` tells the two apart. Runs that differ in nothing but `seed` make a group.
    """
    return {
        "kind": "watched",
        "task": {"name": name},
        "model": {
            "name": type(model).__name__,
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
        },
        "watch": dict(watch),
        "seed": seed,
    }


def document_of(model: nn.Module, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Write what is stored of a watched run when it begins. Nobody knows yet how many steps it will have."""
    device = next(iter(devices_of(model)), torch.device("cpu"))
    return {
        "id": run_id(spec),
        "spec": dict(spec),
        "steps": 0,
        "preset": "",
        "created": now(),
        "versions": versions(),
        "threads": torch.get_num_threads(),
        "device": str(device),
    }


def checked_name(name: object) -> str:
    """Take a name: 1 to 32 of a-z, 0-9 and -, not beginning or ending with -.

    Raises:
        InputError: something else.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InputError(
            f"name: got {shown(name)}; 1 to {LONGEST} of a-z, 0-9 and -, with no - at the ends, are needed"
        )
    return name


def checked_count(what: str, value: object, least: int) -> int:
    """Take a whole number of at least `least`.

    Raises:
        InputError: something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        raise InputError(f"{what}: got {shown(value)}; a whole number of at least {least} is needed")
    return value


def free_name(model: nn.Module, taken: list[str]) -> str:
    """Name a watch after the model's class, with the first number that no run of the lab has."""
    plain = re.sub(r"[^a-z0-9]+", "-", type(model).__name__.lower())[:20].strip("-") or "model"
    number = 1
    while any(run.startswith(f"{plain}-{number}-s") for run in taken):
        number += 1
    return f"{plain}-{number}"


def refuse_taken(taken: Iterable[str], spec: Mapping[str, Any], *, again: bool) -> None:
    """Refuse a name and seed that a run has already; with `again`, a run of this very spec may be there.

    Raises:
        InputError: there is such a run.
    """
    own, name, seed = run_id(spec), spec["task"]["name"], spec["seed"]
    same = re.compile(f"{re.escape(name)}-s{seed}-[0-9a-f]{{10}}")
    for run in filter(same.fullmatch, taken):
        if run != own:
            raise InputError(
                f"the name {name!r} with seed {seed} is taken by run {run}; give another name or seed"
            )
        if not again:
            raise InputError(
                f"the name {name!r} with seed {seed} is taken by run {run}, a watch of the same settings; give another "
                "name or seed, or again=True to forget it"
            )
