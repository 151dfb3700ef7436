"""What points are coloured by: their label, their place on the group, its cosets, or whether they are right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import NotApplicableError, UnknownNameError
from latebloom.lens.scene import Scene
from latebloom.lens.shapes import Colour, Colouring
from latebloom.looks.subject import Subject
from latebloom.measures.cyclic import divisors

COSET = "coset:"
RIGHT = "correct"


def colourings(subject: Subject) -> list[Colouring]:
    """List what the points of a task can be coloured by."""
    found = [Colouring(value="label", title="label")]
    if subject.order:
        title = f"place on Z_{subject.order}" if subject.cyclic else "element of the group"
        found.append(Colouring(value="logarithm", title=title))
    found += [Colouring(value=f"{COSET}{m}", title=f"place mod {m}") for m in _quotients(subject)]
    return [*found, Colouring(value=RIGHT, title="right or wrong")]


def colour_of(
    scene: Scene, labels: str, examples: NDArray[np.int64], right: NDArray[np.int64] | None
) -> Colour:
    """Colour examples.

    Args:
        scene: their run.
        labels: one of `colourings`.
        right: whether each is answered rightly at the last snapshot, where that is asked for.

    Raises:
        NotApplicableError: the task has no group, or its group no such cosets.
        UnknownNameError: no such colouring.
    """
    subject, label = scene.subject, scene.table.labels[examples]
    known = {one["value"]: one["title"] for one in colourings(subject)}
    if labels not in known:
        refuse(subject, labels, list(known))
    if labels == RIGHT:
        assert right is not None
        return Colour(kind="binary", order=2, values=right.tolist(), name=known[labels])
    if labels == "label":
        own = subject.cyclic and (subject.places == np.arange(len(subject.places))).all()
        kind = "cyclic" if own else "discrete"
        return Colour(kind=kind, order=scene.table.classes, values=label.tolist(), name=known[labels])
    place = subject.places[label]
    order = int(labels.removeprefix(COSET)) if labels.startswith(COSET) else subject.order
    values = np.where(place < 0, -1, place % order)
    return Colour(
        kind="cyclic" if subject.cyclic else "discrete",
        order=order,
        values=values.tolist(),
        name=known[labels],
    )


def refuse(subject: Subject, labels: str, known: list[str]) -> None:
    """Say why points cannot be coloured so.

    Raises:
        NotApplicableError, UnknownNameError: always.
    """
    if labels == "logarithm":
        raise NotApplicableError(
            f"the classes of {subject.task} here are no group, so they have no place on one"
        )
    if labels.startswith(COSET) and not subject.cyclic:
        raise NotApplicableError(
            f"the classes of {subject.task} here are no cyclic group, so they have no quotients"
        )
    raise UnknownNameError("colouring", labels, known)


def _quotients(subject: Subject) -> list[int]:
    return divisors(subject.order)[1:-1] if subject.cyclic else []
