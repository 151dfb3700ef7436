"""Training from Python: in a notebook, a script, or another program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from latebloom.errors import InputError, LatebloomError, LockedError, shown
from latebloom.running.execute import Outcome, carry_out, choose_device, choose_looks
from latebloom.running.plan import Options, check_plan
from latebloom.runs import Runs, open_runs
from latebloom.spec import Request, Spec, read_request
from latebloom.spec.grids import override, read_seeds
from latebloom.store import Lab


def run(
    source: Spec | Sequence[Spec] | str,
    /,
    *,
    seeds: int | str | Sequence[int] | None = None,
    overrides: Mapping[str, Any] | None = None,
    steps: int | None = None,
    lab: str | Path = "latebloom-lab",
    looks: Sequence[str] = (),
    device: str = "auto",
    workers: int = 0,
    again: bool = False,
) -> Runs:
    """Train runs, or find them trained already, and return them.

    Training happens in processes of its own, so a script needs no guard around its main part.

    Args:
        source: the name of a preset, the path of a TOML file, a spec, or several specs.
        seeds: how many (8: seeds 0 to 7) or which ([3, 5, 7]); none: as the source says.
        overrides: values by key path, such as ``{"optimizer.weight_decay": 0.5}``; a list makes a grid.
        steps: train for so many optimizer steps instead.
        lab: the directory that holds the runs.
        looks: what to measure along training, such as ``["ring_scan@final:5000"]``, beside what the source asks for.
        device: ``auto``, ``cpu`` or a device of torch.
        workers: processes at once; 0 for one per core on a CPU.
        again: forget finished runs and train them anew.

    Raises:
        InputError: anything in the request that cannot be.
        LockedError: another process is training one of the runs.
        LatebloomError: a population could not be trained; the others are stored.

    Example: ``latebloom.run("demo", seeds=8).summary()``.
    """
    request = _request(source, seeds, overrides or {}, steps)
    specs, name = request.specs, request.preset
    options = Options(device=choose_device(device), workers=workers, again=again)
    check_plan(specs, options)
    options = replace(options, looks=choose_looks(specs, (*request.looks, *_listed(looks))))
    opened = Lab.open(Path(lab), create=True)
    outcome = carry_out(
        opened,
        specs,
        name,
        options,
        on_plan=_ignore,
        on_message=_ignore,
        should_stop=bool,
    )
    _raise_first(outcome)
    return open_runs(opened.path, [spec.id for spec in specs])


def _listed(looks: object) -> tuple[str, ...]:
    """Refuse a single text, which is a sequence of letters, and anything but texts."""
    several = isinstance(looks, Sequence) and not isinstance(looks, str)
    given = cast(Sequence[object], looks) if several else (None,)
    texts = tuple(look for look in given if isinstance(look, str))
    if len(texts) < len(given):
        raise InputError(
            f"looks is {shown(cast(object, looks))}; give a list of texts such as 'ring_scan@final:5000'"
        )
    return texts


def _request(
    source: object, seeds: str | int | Sequence[int] | None, overrides: Mapping[str, Any], steps: int | None
) -> Request:
    if isinstance(source, str):
        texts = [override(key, value) for key, value in overrides.items()]
        return read_request(source, overrides=texts, seeds=seeds, steps=steps)
    if overrides or steps is not None:
        raise InputError(
            "overrides and steps go with a preset or a file; change a spec by dataclasses.replace"
        )
    given = cast(Sequence[object], source if isinstance(source, Sequence) else (source,))
    specs = tuple(spec for spec in given if isinstance(spec, Spec))
    if not specs or len(specs) < len(given):
        raise InputError(
            f"got {shown(cast(object, source))}; give a preset, a TOML file, a spec or several specs"
        )
    if seeds is None:
        return Request(specs, "")
    return Request(tuple(replace(spec, seed=seed) for spec in specs for seed in read_seeds(seeds)), "")


def _ignore(*_: object) -> None:
    """Hear what training says and do nothing; whoever wants to watch uses the command line."""


def _raise_first(outcome: Outcome) -> None:
    for failure in outcome.failures:
        raise (LockedError if failure.exit_code == LockedError.exit_code else LatebloomError)(failure.message)
