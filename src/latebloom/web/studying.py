"""Studies as answers: the verdict board, one study with what was seen of each run, and its maps."""

from __future__ import annotations

from functools import cache
from typing import Any, TypedDict

from latebloom.errors import InputError, UnknownNameError
from latebloom.report.map_words import legend, outcome
from latebloom.store.studies import stored_studies
from latebloom.studies import STUDIES, open_study
from latebloom.views.studies import BoardEntry, StudyEntry, in_short, stored_study, study_board, study_entry
from latebloom.views.study_maps import MapView, map_views
from latebloom.web.answers import Body, json_bytes
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


class ShownMap(MapView):
    """A map, and in words what its colours are (`outcome`) and what colours, hatching and blanks mean (`legend`)."""

    outcome: str
    legend: str


class ShownMaps(TypedDict):
    """The maps of a study at a scale; none for most studies, and for those that somebody's own file declares."""

    maps: list[ShownMap]


def maps(context: Context, asking: Asking) -> Body:
    """Give the maps of a study: laid out once, from all its runs, until it is judged anew or a run is gone."""
    document = asked_study(context, asking)

    def make() -> Body:
        shown = [
            ShownMap(**view, outcome=outcome(view), legend=legend(view)) for view in _maps(context, document)
        ]
        return Body(json_bytes(ShownMaps(maps=shown)))

    state = (document["judged"], *context.lab.run_ids())
    return context.kept.get(("study/maps", document["study"], document["scale"]), state, make)


def asked_map(context: Context, asking: Asking) -> MapView:
    """Lay out the one map that is asked for, or the study's first.

    Raises:
        UnknownNameError: the study has no such map, or none. Besides, as `asked_study`.
    """
    document = asked_study(context, asking)
    found = {view["name"]: view for view in _maps(context, document)}
    return found[asking.choice("map", list(found), next(iter(found), ""))]


def _maps(context: Context, document: dict[str, Any]) -> list[MapView]:
    """Lay out the maps that this installation's studies declare; files of others are not run by a server."""
    word = document["word"]
    return map_views(context.lab, document, open_study(word).study.maps) if word in STUDIES else []


PLACES = (
    Place("/api/studies", "view", studies, "The verdict board, and the studies that are declared."),
    Place("/api/study", "view", study, "One study with its verdicts.", ("name", "scale")),
    Place(
        "/api/study/maps",
        "view",
        maps,
        "The maps of a study: an outcome over its settings, cell by cell.",
        ("name", "scale"),
        ShownMaps,
    ),
)
