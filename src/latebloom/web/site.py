"""A lab as a static site: the page, and its answers as files beside it, which any web host can serve."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latebloom.errors import InputError, LatebloomError, shown
from latebloom.store import ColumnReader, Lab, files
from latebloom.views.training import ORIGINS
from latebloom.web import seeing, studying, viewing
from latebloom.web.access import Access
from latebloom.web.answers import Body, json_bytes
from latebloom.web.asking import MOST_RUNS, MOST_WORDS, Asking
from latebloom.web.assets import BUILD, INDEX, Assets
from latebloom.web.container import KIND as CONTAINER
from latebloom.web.context import Context
from latebloom.web.places import Place

DATA = "data"
LIST = "index.json"
MARK = b'<meta name="latebloom-site" content="1">'
POINTS = 600
SEEN = ("manifold", "spectrum", "structure")
PENDING = 202
PAUSE = 0.2  # seconds between two questions for an answer that is being computed
OUTCOMES = ("grokked_first", "grokked_stable", "memorised", "up_time", "test_accuracy")
VIEWS: Mapping[str, Place] = {
    place.path.removeprefix("/api/"): place for place in (*viewing.PLACES, *studying.PLACES, *seeing.PLACES)
}


@dataclass(frozen=True, slots=True)
class Question:
    """A view that is exported: the fields by which the page finds it, and those that it is asked with besides."""

    view: str
    query: Mapping[str, str]
    besides: Mapping[str, str]


def export_site(lab: Lab, out: Path, runs: Sequence[str] = (), assets: Assets | None = None) -> Path:
    """Write the live view of these runs, or of all, as files; return the page's path.

    Args:
        lab: where the runs are.
        out: a directory that is new, empty, or holds a site that was exported before; that is replaced.
        runs: ids; at most 200.
        assets: the built page; this installation's own if none is given.

    Raises:
        InputError: the page is not built, too many runs, or a directory with other things in it.
        LabError, ResourceError: a file cannot be written.
    """
    page = dict((assets or Assets()).files())
    if INDEX not in page:
        raise InputError(f"the page is not built in this installation; build it with: {BUILD}")
    chosen = list(runs) or lab.run_ids()
    if len(chosen) > MOST_RUNS:
        raise InputError(
            f"a site holds at most {MOST_RUNS} runs, and these are {len(chosen):,}; choose with --runs"
        )
    _check_place(out)
    context = Context(lab, Access.at(0), ColumnReader(lab))
    files.make_folder(out / DATA)
    try:
        entries = [_write(context, question, out, chosen) for question in _questions(context, chosen)]
    finally:
        context.lens.close()
        context.work.close()
    for name, asset in page.items():
        files.make_folder((out / name).parent)
        files.write_atomic(out / name, _marked(asset.data) if name == INDEX else asset.data)
    files.write_atomic(out / DATA / LIST, json_bytes({"entries": [entry for entry in entries if entry]}))
    return out / INDEX


def _check_place(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"{shown(str(out))} is a file; name a directory")
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not (out / DATA / LIST).is_file():
        raise InputError(f"{shown(str(out))} is not empty and no exported site; name a new directory")


def _marked(page: bytes) -> bytes:
    """Tell the page that its answers are files."""
    return page.replace(b"<head>", b"<head>" + MARK, 1) if b"<head>" in page else MARK + page


def _questions(context: Context, runs: Sequence[str]) -> Iterator[Question]:
    """List what the page may ask: more keys first do not matter, as the page takes the entry that names most."""
    together = {"runs": ",".join(runs)}
    for view in ("lab", "runs", "studies"):
        yield Question(view, {}, together)
    names = sorted({name for run in context.reader.read(runs) for name in run.points})[:MOST_WORDS]
    shape = {"points": str(POINTS), "names": ",".join(names), "members": "1"}
    for origin in ORIGINS:
        for format_ in ("json", "f32"):
            query = {"origin": origin} | ({"format": format_} if format_ == "f32" else {})
            yield Question("training", query, {**together, **shape, "origin": origin, "format": format_})
    yield Question("phase", {}, together)
    for outcome in OUTCOMES:
        yield Question("phase", {"outcome": outcome}, together)
    for run in runs:
        yield Question("run", {"run": run}, {})
        yield Question("timebar", {"run": run}, {})
    for run in context.reader.read(runs):
        for view in SEEN if run.snapshots else ():
            yield Question(view, {"run": run.id}, {})
    for board in studying.study_board(context.lab):
        for view in ("study", "study/maps"):
            yield Question(view, {"name": board["study"], "scale": board["scale"]}, {})


def _write(context: Context, question: Question, out: Path, runs: Sequence[str]) -> dict[str, Any] | None:
    """Write one answer; None where the runs do not allow it."""
    place = VIEWS[question.view]
    asking = Asking({**question.query, **question.besides}.items())
    assert place.answer
    try:
        found = place.answer(context, asking)
        while isinstance(found, Body) and found.status == PENDING:
            time.sleep(PAUSE)
            found = place.answer(context, asking)
    except LatebloomError:
        return None  # a run is damaged, a view not for it, a study not judged: the page says that it was not exported
    body = found if isinstance(found, Body) else Body(json_bytes(_static(found, len(runs), question.view)))
    ending = "bin" if body.kind == CONTAINER else "json"
    name = "-".join([question.view.replace("/", "-"), *question.query.values()]) + f".{ending}"
    files.write_atomic(out / DATA / name, body.data)
    return {"view": question.view, "query": dict(question.query), "file": name}


def _static(view: Mapping[str, Any], runs: int, name: str) -> Mapping[str, Any]:
    """Say of the lab only what a site can hold to."""
    if name != "lab":
        return view
    return {**view, "static": True, "control": False, "runs": runs, "disk": {"free": 0, "low": False}}
