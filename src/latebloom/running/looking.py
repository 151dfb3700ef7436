"""Looks held against the specs that they are asked of, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from latebloom.errors import InputError
from latebloom.looks import Look, parse_looks, subject_of
from latebloom.looks.checking import check_look, check_steps
from latebloom.looks.frame import parameter_sites
from latebloom.looks.place import Place
from latebloom.looks.sight import MAX_POINTS, PARTS
from latebloom.measures.applying import takes
from latebloom.running.build import measured_order
from latebloom.spec import Spec

SHOWN = 5


def checked_looks(specs: Sequence[Spec], texts: Sequence[str], *, live: bool = True) -> tuple[Look, ...]:
    """Read looks and make sure that each can be taken of every spec.

    Args:
        specs: of the runs.
        texts: the looks.
        live: they are to be taken while it is trained, so the spec must come by their steps.

    Raises:
        InputError: one cannot; says what there is, or what is missing.
    """
    looks = parse_looks(texts)
    kinds = {_kind(spec): spec for spec in specs}
    places = {kind: (spec, place_of(spec)) for kind, spec in kinds.items()}
    for look in looks:
        for spec, place in places.values():
            check_look(look, place)
            if live:
                check_steps(look, spec.evaluation_steps, spec.snapshot_steps)
        for spec in specs:
            _check_classes(look, spec)
    return looks


def place_of(spec: Spec) -> Place:
    """Say what can be looked at in a run."""
    task, train = spec.task, spec.train_size
    return Place(
        sites=spec.model.sites(),
        parameters=parameter_sites(_shapes(spec)),
        subject=subject_of(task),
        classes=task.classes,
        vocabulary=task.vocabulary,
        examples={
            sample: sum({"train": train, "test": task.examples - train}[part] for part in parts)
            for sample, parts in PARTS.items()
        },
        paired=task.length == 2,
    )


def _kind(spec: Spec) -> tuple[str, int]:
    """Tell apart what looks may be taken of differently."""
    return spec.shape(), id(subject_of(spec.task))


def _shapes(spec: Spec) -> dict[str, tuple[int, ...]]:
    """Build the module once, with draws that touch nobody's randomness, and ask it."""
    task = spec.task
    with torch.random.fork_rng(devices=[]):
        module = spec.model.build(vocabulary=task.vocabulary, length=task.length, classes=task.classes)
    return {name: tuple(value.shape) for name, value in module.named_parameters()}


def _check_classes(look: Look, spec: Spec) -> None:
    """Refuse means of classes on a sample that misses one: it would leave a hole in the group."""
    if look.site not in spec.model.sites() or not {"order", "centroids"} & set(takes(look.measure).required):
        return
    subject = subject_of(spec.task).of(look.sample)
    table = spec.task.table()
    train, test = spec.split.divide(table, spec.seed)
    parts = {"train": train, "test": test[measured_order(spec, len(test))][:MAX_POINTS]}
    examples = np.concatenate([parts[part] for part in PARTS[look.sample]])
    seen = table.labels[examples if subject.members is None else examples[subject.members[examples]]]
    lacking = np.setdiff1d(subject.elements, seen)
    if len(lacking):
        named = ", ".join(map(str, lacking[:SHOWN])) + (", ..." if len(lacking) > SHOWN else "")
        raise InputError(
            f"look {look.text} cannot be taken of {spec.id}: its {look.sample} sample has no example of the "
            f"classes {named}; {replace(look, sample='all').text} would have"
        )
