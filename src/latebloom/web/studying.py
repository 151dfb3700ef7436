"""Studies as answers: the verdict board, and one study with what was seen of each run."""

from __future__ import annotations

from functools import cache
from typing import Any

from latebloom.errors import InputError, UnknownNameError
from latebloom.store.studies import stored_studies
from latebloom.studies import STUDIES, open_study
from latebloom.views.studies import BoardEntry, StudyEntry, in_short, stored_study, study_board, study_entry
from latebloom.web.asking import Asking
from latebloom.web.context import Context
from latebloom.web.places import Place


def studies(context: Context, asking: Asking) -> dict[str, list[BoardEntry] | list[StudyEntry]]:
    """Give the board: every study that the lab holds anything of; and every study that is declared."""
    del asking
    return {"boards": study_board(context.lab), "studies": _declared()}


@cache
def _declared() -> list[StudyEntry]:
    return [study_entry(open_study(name).study) for name in STUDIES]


def study(context: Context, asking: Asking) -> dict[str, Any]:
    """Give one study at one scale, with its verdicts and what was seen of each run."""
    return in_short(asked_study(context, asking))


def asked_study(context: Context, asking: Asking) -> dict[str, Any]:
    """Read the study that is asked for, at the scale that is asked for, or at the first that the lab holds.

    Raises:
        InputError: none is named. UnknownNameError: the lab holds no such study, or not at that scale.
        LabError: it was not judged yet. DamagedError: it is not what was written.
    """
    name, scale = asking.text("name"), asking.text("scale")
    if not name:
        raise InputError("name is missing; give the name of a study that the lab holds")
    known = stored_studies(context.lab)
    scales = [own for study, own in known if study == name]
    if not scales:
        raise UnknownNameError("stored study", name, sorted({study for study, _ in known}))
    return stored_study(context.lab, name, asking.choice("scale", scales, scale or scales[0]))


PLACES = (
    Place("/api/studies", "view", studies, "The verdict board, and the studies that are declared."),
    Place("/api/study", "view", study, "One study with its verdicts.", ("name", "scale")),
)
